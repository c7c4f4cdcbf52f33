//! How tokens are encrypted for a client: `alg` and `enc` of RFC 7518 4.1 and 5.1.

use serde::{Deserialize, Serialize};

/// How the content key reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyManagement {
    /// Encrypted to its RSA key.
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// Agreed on with its EC key.
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
    /// Wrapped under a 128-bit key that is agreed on so.
    #[serde(rename = "ECDH-ES+A128KW")]
    EcdhEsA128kw,
    /// Wrapped under a 256-bit key that is agreed on so.
    #[serde(rename = "ECDH-ES+A256KW")]
    EcdhEsA256kw,
}

impl KeyManagement {
    /// Every way that we know.
    pub const ALL: [KeyManagement; 4] = [
        KeyManagement::RsaOaep256,
        KeyManagement::EcdhEs,
        KeyManagement::EcdhEsA128kw,
        KeyManagement::EcdhEsA256kw,
    ];

    /// The `alg` value.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyManagement::RsaOaep256 => "RSA-OAEP-256",
            KeyManagement::EcdhEs => "ECDH-ES",
            KeyManagement::EcdhEsA128kw => "ECDH-ES+A128KW",
            KeyManagement::EcdhEsA256kw => "ECDH-ES+A256KW",
        }
    }
}

/// How the content is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentEncryption {
    /// AES-128 in CBC mode with HMAC: what OpenID Connect takes where nothing is said.
    #[default]
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES-256 in Galois/Counter mode.
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

impl ContentEncryption {
    /// Every way that we know.
    pub const ALL: [ContentEncryption; 2] =
        [ContentEncryption::A128CbcHs256, ContentEncryption::A256Gcm];

    /// The `enc` value.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentEncryption::A128CbcHs256 => "A128CBC-HS256",
            ContentEncryption::A256Gcm => "A256GCM",
        }
    }
}
