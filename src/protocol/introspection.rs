//! What a token tells whoever may ask, RFC 7662 2.2; plainly, or as a token itself, RFC 9701.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::domain::{AuthorizationDetail, Client, Confirmation, Timestamp};

/// The answer of the introspection endpoint.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "RFC 7662 2.2 and RFC 9396 9.2 say what each member is")]
pub struct Introspection {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<AuthorizationDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
}

/// `typ` and media type of the answer as a token, RFC 9701 5.
pub const TYP: &str = "token-introspection+jwt";
/// As `Accept` and `Content-Type` name it.
pub const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// Whether an `Accept` header asks for a token (RFC 9701 4).
pub fn wants_token(accept: &str) -> bool {
    let mut types = accept.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
    types.any(|one| one.eq_ignore_ascii_case(MEDIA_TYPE))
}

/// The claims of the answer as a token. Without `sub` and `exp`, so that it passes for no other kind
/// of token (RFC 9701 5, 8.1).
pub fn claims(
    answer: &Introspection,
    issuer: &str,
    asker: &Client,
    now: Timestamp,
) -> Map<String, Value> {
    let told = [
        ("iss", json!(issuer)),
        ("aud", json!(asker.id)),
        ("iat", json!(now - asker.settings.iat_backdate)),
        ("token_introspection", json!(answer)),
    ];
    told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Introspection {
    /// The answer for every token that is not good, or none of the asker's business.
    pub fn inactive() -> Introspection {
        Introspection::default()
    }
}

#[cfg(test)]
mod tests {
    use super::wants_token;

    #[test]
    fn a_token_is_asked_for_by_its_media_type() {
        assert!(wants_token("application/token-introspection+jwt"));
        assert!(wants_token("application/json;q=0.5, Application/Token-Introspection+JWT; q=1"));
        for other in ["", "*/*", "application/json", "application/jwt"] {
            assert!(!wants_token(other), "{other}");
        }
    }
}
