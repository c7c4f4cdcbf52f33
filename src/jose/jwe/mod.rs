//! Encrypted tokens, RFC 7516: made for the keys of clients, and read with our own.

mod agreed;
mod content;
mod key;
mod opener;
#[cfg(test)]
mod tests;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Map, Value, json};

pub use key::EncryptionKey;
pub use opener::{Opened, Opener, Unreadable, is_encrypted, recipient};

use crate::domain::{ContentEncryption, KeyManagement};

/// A token could not be encrypted, which only a lack of randomness or memory can cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token could not be encrypted")]
pub struct Unencrypted;

impl From<aws_lc_rs::error::Unspecified> for Unencrypted {
    fn from(_: aws_lc_rs::error::Unspecified) -> Unencrypted {
        Unencrypted
    }
}

/// Whether what is encrypted is a token itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// A signed JWT (RFC 7519 5.2).
    Token,
    /// The claims as they are.
    Claims,
}

/// Encrypts for a key of a client, as a compact JWE (RFC 7516 7.1).
///
/// # Errors
/// See `Unencrypted`.
pub fn encrypt(
    key: &EncryptionKey,
    (alg, enc): (KeyManagement, ContentEncryption),
    (inside, plain): (Inside, &[u8]),
) -> Result<String, Unencrypted> {
    let shared = key.share(alg, enc)?;
    let mut header = Map::new();
    header.insert("alg".into(), json!(alg.as_str()));
    header.insert("enc".into(), json!(enc.as_str()));
    header.insert("typ".into(), json!("JWT"));
    if let Some(kid) = key.kid() {
        header.insert("kid".into(), json!(kid));
    }
    if inside == Inside::Token {
        header.insert("cty".into(), json!("JWT"));
    }
    if let Some(epk) = shared.epk {
        header.insert("epk".into(), epk);
    }
    let header = BASE64.encode(Value::Object(header).to_string());
    let sealed = content::seal(enc, &shared.cek, header.as_bytes(), plain)?;
    let parts = [&shared.wrapped, &sealed.iv, &sealed.text, &sealed.tag];
    let parts = parts.map(|part| BASE64.encode(part));
    Ok(format!("{header}.{}", parts.join(".")))
}
