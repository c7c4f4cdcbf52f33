//! What a token tells whoever may ask, RFC 7662 2.2.

use serde::Serialize;
use serde_json::Value;

use crate::domain::{Confirmation, Timestamp};

/// The answer of the introspection endpoint.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "RFC 7662 2.2 says what each member is")]
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
    pub aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
}

impl Introspection {
    /// The answer for every token that is not good, or none of the asker's business.
    pub fn inactive() -> Introspection {
        Introspection::default()
    }
}
