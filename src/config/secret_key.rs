//! The key under which everything secret is sealed at rest.

use std::fmt;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::value::Value;

/// 32 bytes; printing them hides them, dropping them wipes them.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Reads base64, with or without padding, as in `secret_key` and `secret_key_file`.
    pub fn parse(text: &str) -> Option<SecretKey> {
        let text = text.trim();
        let engines = [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD];
        let mut bytes = engines.iter().find_map(|engine| engine.decode(text).ok())?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().map(SecretKey);
        bytes.zeroize();
        key
    }

    /// The bytes, for the cipher alone.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Value for SecretKey {
    fn parse(text: &str) -> Result<SecretKey, String> {
        SecretKey::parse(text).ok_or_else(|| {
            "is not 32 bytes in base64; make one with: openssl rand -base64 32".to_owned()
        })
    }

    fn show(&self) -> String {
        "(hidden)".to_owned()
    }
}
