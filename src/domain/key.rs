//! The keys of this server and their life.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{KeyManagement, Kid, Timestamp};

/// How tokens are signed: the `alg` of RFC 7518 3.1 and RFC 8037 3.1.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
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

/// What a key of ours is for: what it signs with, or how others encrypt to it.
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
#[expect(missing_docs, reason = "the first five are those of Algorithm")]
pub enum KeyAlgorithm {
    #[default]
    RS256,
    PS256,
    ES256,
    ES384,
    EdDSA,
    /// An RSA key that content keys are encrypted to.
    #[serde(rename = "RSA-OAEP-256")]
    #[sqlx(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// A key on P-256 that content keys are agreed on with, wrapped or not.
    #[serde(rename = "ECDH-ES")]
    #[sqlx(rename = "ECDH-ES")]
    EcdhEs,
}

impl KeyAlgorithm {
    /// Every kind of key that we have.
    pub const ALL: [KeyAlgorithm; 7] = [
        KeyAlgorithm::RS256,
        KeyAlgorithm::PS256,
        KeyAlgorithm::ES256,
        KeyAlgorithm::ES384,
        KeyAlgorithm::EdDSA,
        KeyAlgorithm::RsaOaep256,
        KeyAlgorithm::EcdhEs,
    ];

    /// What it signs with, unless it reads.
    pub fn signs(self) -> Option<Algorithm> {
        match self {
            KeyAlgorithm::RS256 => Some(Algorithm::RS256),
            KeyAlgorithm::PS256 => Some(Algorithm::PS256),
            KeyAlgorithm::ES256 => Some(Algorithm::ES256),
            KeyAlgorithm::ES384 => Some(Algorithm::ES384),
            KeyAlgorithm::EdDSA => Some(Algorithm::EdDSA),
            KeyAlgorithm::RsaOaep256 | KeyAlgorithm::EcdhEs => None,
        }
    }

    /// What a key of it does: `signs` or `reads`.
    pub fn verb(self) -> &'static str {
        if self.signs().is_some() { "signs" } else { "reads" }
    }

    /// Whether a key of it is made at the first start.
    pub fn is_made_at_once(self) -> bool {
        self.signs().is_some_and(|alg| Algorithm::AT_ONCE.contains(&alg))
    }

    /// The stable name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyAlgorithm::RsaOaep256 => KeyManagement::RsaOaep256.as_str(),
            KeyAlgorithm::EcdhEs => KeyManagement::EcdhEs.as_str(),
            alg => alg.signs().map_or("", Algorithm::as_str),
        }
    }
}

impl From<Algorithm> for KeyAlgorithm {
    fn from(alg: Algorithm) -> KeyAlgorithm {
        match alg {
            Algorithm::RS256 => KeyAlgorithm::RS256,
            Algorithm::PS256 => KeyAlgorithm::PS256,
            Algorithm::ES256 => KeyAlgorithm::ES256,
            Algorithm::ES384 => KeyAlgorithm::ES384,
            Algorithm::EdDSA => KeyAlgorithm::EdDSA,
        }
    }
}

impl From<KeyManagement> for KeyAlgorithm {
    fn from(alg: KeyManagement) -> KeyAlgorithm {
        match alg {
            KeyManagement::RsaOaep256 => KeyAlgorithm::RsaOaep256,
            KeyManagement::EcdhEs | KeyManagement::EcdhEsA128kw | KeyManagement::EcdhEsA256kw => {
                KeyAlgorithm::EcdhEs
            }
        }
    }
}

impl std::str::FromStr for KeyAlgorithm {
    type Err = String;
    fn from_str(text: &str) -> Result<KeyAlgorithm, String> {
        let found =
            KeyAlgorithm::ALL.into_iter().find(|alg| alg.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let known = KeyAlgorithm::ALL.map(KeyAlgorithm::as_str).join(", ");
            format!("'{text}' is none of {known}")
        })
    }
}

/// Where a key stands: published before it signs, and after, because relying parties keep a JWKS
/// for up to 24 hours. One that reads does so in every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, not signing yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more, and is published until its last tokens are forgotten; or is published no more.
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
pub struct ServerKey {
    /// Names it in the JWKS and in every token.
    pub kid: Kid,
    /// What it is for.
    pub alg: KeyAlgorithm,
    /// Where it stands.
    pub state: KeyState,
    /// PKCS#8 DER, sealed under the secret key.
    pub private: Vec<u8>,
    /// The public JWK, as the JWKS shows it.
    pub public: Json<serde_json::Map<String, serde_json::Value>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it signs or is the newest to encrypt to, or began to be.
    pub activates_at: Timestamp,
    /// When it stopped to be that.
    pub retired_at: Option<Timestamp>,
}
