//! The key that a token is bound to.

use serde::{Deserialize, Serialize};

/// Whoever brings the token must hold this key: the `cnf` claim (RFC 7800 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// The thumbprint of a DPoP key (RFC 9449 6.1).
    #[serde(rename = "jkt")]
    Key(String),
    /// The thumbprint of a certificate (RFC 8705 3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(String),
}

impl Confirmation {
    /// `token_type`, as token answers and introspection say it.
    pub fn token_type(bound: Option<&Confirmation>) -> &'static str {
        match bound {
            Some(Confirmation::Key(_)) => "DPoP",
            Some(Confirmation::Certificate(_)) | None => "Bearer",
        }
    }
}
