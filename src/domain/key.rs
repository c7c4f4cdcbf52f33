//! Signing keys and their life.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{Kid, Timestamp};

/// How tokens are signed: the `alg` of RFC 7518 3.1 and RFC 8037 3.1.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
)]
#[sqlx(type_name = "text")]
pub enum Algorithm {
    /// RSA with SHA-256: what python-social-auth accepts without being told.
    #[default]
    RS256,
    /// RSA with PSS padding and SHA-256.
    PS256,
    /// ECDSA on P-256.
    ES256,
    /// ECDSA on P-384.
    ES384,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// Every algorithm we sign with.
    pub const ALL: [Algorithm; 5] =
        [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
    /// Those that have a key from the first start on; the others get theirs once a client is to
    /// use it, so that nobody's JWKS grows for nothing.
    pub const AT_ONCE: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

    /// The `alg` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::PS256 => "PS256",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::EdDSA => "EdDSA",
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;
    fn from_str(text: &str) -> Result<Algorithm, String> {
        let found = Algorithm::ALL.into_iter().find(|alg| alg.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            format!("'{text}' is not an algorithm; use RS256, PS256, ES256, ES384 or EdDSA")
        })
    }
}

/// Where a key stands: published before it signs, and after, because relying parties keep a JWKS
/// for up to 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, not signing yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; published until its last tokens are forgotten.
    Retired,
}

impl KeyState {
    /// The stable name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyState::Next => "next",
            KeyState::Active => "active",
            KeyState::Retired => "retired",
        }
    }
}

/// A key as stored: the private half sealed.
#[derive(Clone)]
pub struct SigningKey {
    /// Names it in the JWKS and in every token.
    pub kid: Kid,
    /// What it signs with.
    pub alg: Algorithm,
    /// Where it stands.
    pub state: KeyState,
    /// PKCS#8 DER, sealed under the secret key.
    pub private: Vec<u8>,
    /// The public JWK, as the JWKS shows it.
    pub public: Json<serde_json::Map<String, serde_json::Value>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it signs, or began to.
    pub activates_at: Timestamp,
    /// When it stopped signing.
    pub retired_at: Option<Timestamp>,
}
