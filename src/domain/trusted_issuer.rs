//! Whose assertions of people a client may bring, RFC 7523 2.1.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Somebody who vouches for people towards a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// `iss` of the assertions.
    pub issuer: String,
    /// The issuer's public keys, a JWK set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Map<String, Value>>,
    /// Where it publishes them, in place of `jwks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The claim that names the person.
    #[serde(default = "sub")]
    pub claim: String,
    /// What that claim holds.
    #[serde(default)]
    pub names: NamedBy,
}

fn sub() -> String {
    "sub".to_owned()
}

/// What a person is named by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum NamedBy {
    /// The username.
    #[default]
    Username,
    /// What the named source calls the person.
    External(String),
}

impl From<NamedBy> for String {
    fn from(named: NamedBy) -> String {
        match named {
            NamedBy::Username => "username".into(),
            NamedBy::External(source) => format!("external:{source}"),
        }
    }
}

impl TryFrom<String> for NamedBy {
    type Error = String;
    fn try_from(text: String) -> Result<NamedBy, String> {
        match text.strip_prefix("external:") {
            Some(source) if !source.is_empty() => Ok(NamedBy::External(source.to_owned())),
            _ if text == "username" => Ok(NamedBy::Username),
            _ => Err(format!("'{text}' names nobody; use username or external:SOURCE")),
        }
    }
}
