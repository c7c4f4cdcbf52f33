//! JWT access tokens, RFC 9068. Opaque ones carry nothing and so need no rules.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::domain::{Client, Confirmation, Grant, Scopes, Selector, Target, Timestamp};

/// `typ` of RFC 9068 2.1.
pub const TYP: &str = "at+jwt";

/// What an access token is made of.
pub struct Content<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// To whom it is issued.
    pub client: &'a Client,
    /// `sub`: the person, or the client where it acts for itself (RFC 9068 2.2).
    pub sub: &'a str,
    /// What it rests on; none where the client acts for itself.
    pub grant: Option<&'a Grant>,
    /// What it opens.
    pub scopes: &'a Scopes,
    /// What it is for beside them.
    pub target: &'a Target,
    /// Makes it one of a kind.
    pub jti: String,
    /// The key it is bound to.
    pub cnf: Option<&'a Confirmation>,
}

/// The claims.
pub fn claims(content: &Content<'_>, now: Timestamp) -> Map<String, Value> {
    let client = content.client;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", json!(content.issuer));
    put("sub", json!(content.sub));
    put("aud", audience(&content.target.resources, client));
    put("client_id", json!(client.id));
    put("exp", json!(now + client.settings.access_token_lifetime));
    put("iat", json!(now - client.settings.iat_backdate));
    put("jti", json!(content.jti));
    put("scope", json!(content.scopes.to_string()));
    if let Some(cnf) = content.cnf {
        put("cnf", json!(cnf));
    }
    if !content.target.details.is_empty() {
        put("authorization_details", json!(content.target.details));
    }
    if let Some(grant) = content.grant {
        put("auth_time", json!(grant.auth_time - client.settings.iat_backdate));
        put("acr", json!(grant.acr));
        put("amr", json!(grant.amr.0));
        put("sid", json!(grant.sid));
    }
    claims
}

/// Where a token is good: at the resources that were named, else wherever the client goes (RFC 9068
/// 2.2, RFC 8707 2).
pub fn audience(resources: &[String], client: &Client) -> Value {
    match resources {
        [] => json!(client.id),
        [one] => json!(one),
        many => json!(many),
    }
}

/// What the claims of a token of ours say it is for.
pub fn target_of(claims: &Map<String, Value>, client: &Client) -> Target {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut resources: Vec<String> = match claims.get("aud") {
        Some(Value::Array(many)) => many.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    };
    if resources == [client.id.as_str()] {
        resources.clear();
    }
    let details = claims.get("authorization_details").cloned();
    let details = details.and_then(|details| serde_json::from_value(details).ok());
    Target { resources, details: details.unwrap_or_default() }
}

/// A `jti` that names the grant it hangs off, so that a JWT needs no row to be revocable.
pub fn jti(grant: Option<Selector>, chance: [u8; 16]) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&grant.map_or(0, |id| id.0).to_be_bytes());
    bytes[8..].copy_from_slice(&chance);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The grant a `jti` of ours names; `None` where the client acts for itself.
pub fn grant_of_jti(jti: &str) -> Option<Selector> {
    let bytes: [u8; 24] = BASE64_URL_SAFE_NO_PAD.decode(jti).ok()?.try_into().ok()?;
    let (selector, _) = bytes.split_first_chunk::<8>()?;
    Some(Selector(i64::from_be_bytes(*selector))).filter(|id| id.0 != 0)
}

#[cfg(test)]
mod tests {
    use super::{grant_of_jti, jti};
    use crate::domain::Selector;

    #[test]
    fn a_jti_tells_its_grant() {
        assert_eq!(grant_of_jti(&jti(Some(Selector(77)), [3; 16])), Some(Selector(77)));
        assert_eq!(grant_of_jti(&jti(None, [3; 16])), None);
        assert_eq!(grant_of_jti("something else"), None);
    }
}
