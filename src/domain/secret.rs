//! Random values handed out once; only their hashes are kept.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A secret in the clear, on its way to or from its owner. Never printed by `Debug`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// 32 random bytes as 43 characters from `[A-Za-z0-9_-]`, which survive every encoding that
    /// relying parties apply or forget (RFC 6749 2.3.1).
    pub fn from_bytes(bytes: &[u8; 32]) -> Secret {
        Secret(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A secret as somebody sent it.
    pub fn sent(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The secret itself: only to hand it to its owner or to check it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The SHA-256 that is stored in its place; enough for values of 256 random bits.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// Compares with a stored hash in constant time.
    pub fn matches(&self, hash: &[u8]) -> bool {
        self.hash().ct_eq(hash).into()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The public half of a token: a time-ordered number that finds its row, and tells nothing else.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Selector(pub i64);

impl Selector {
    /// The smallest selector that could be made at or after `seconds`: to delete what is older.
    pub fn floor(seconds: super::Timestamp) -> Selector {
        let microseconds = seconds.0.saturating_mul(1_000_000);
        Selector(microseconds.saturating_mul(1 << Selector::NODE_BITS))
    }

    /// When it was made.
    pub fn made_at(self) -> super::Timestamp {
        super::Timestamp((self.0 >> Selector::NODE_BITS).div_euclid(1_000_000))
    }

    /// Bits below the microsecond that tell nodes and moments apart; with more of them, selectors
    /// would run out within decades rather than in 2255.
    pub const NODE_BITS: u32 = 10;
}

/// A code, cookie or opaque token: a selector and 32 secret bytes, as 54 characters of base64url.
pub struct Token {
    /// Finds the row.
    pub selector: Selector,
    secret: [u8; 32],
}

impl Token {
    /// Joins a fresh selector and fresh secret bytes.
    pub fn new(selector: Selector, secret: [u8; 32]) -> Token {
        Token { selector, secret }
    }

    /// Reads a token as sent; `None` for anything that cannot be one of ours.
    pub fn parse(text: &str) -> Option<Token> {
        let mut bytes = [0; 40];
        let length = BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (selector, secret) = bytes.split_at(8);
        (length == 40).then_some(Token {
            selector: Selector(i64::from_be_bytes(selector.try_into().ok()?)),
            secret: secret.try_into().ok()?,
        })
    }

    /// What its owner is handed.
    pub fn expose(&self) -> String {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.selector.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.secret);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The SHA-256 of the secret half, which is stored.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }

    /// Compares with a stored hash in constant time.
    pub fn matches(&self, hash: &[u8]) -> bool {
        self.hash().ct_eq(hash).into()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::{Selector, Token};
    use crate::domain::Timestamp;

    #[test]
    fn selectors_keep_the_order_of_time_for_centuries() {
        let years = [-1, 1970, 2041, 2042, 2200, 9999, i64::MAX / 31_557_600];
        let made = years.map(|year| Selector::floor(Timestamp((year - 1970) * 31_557_600)));
        assert!(made.is_sorted() && made[2] < made[3] && made[3] < made[4]);
    }

    #[test]
    fn a_token_survives_its_own_text() {
        let token = Token::new(Selector(-7), [9; 32]);
        let read = Token::parse(&token.expose()).unwrap();
        assert_eq!(read.selector, Selector(-7));
        assert!(read.matches(&token.hash()));
    }

    #[test]
    fn text_of_another_shape_is_no_token() {
        let token = Token::new(Selector(7), [9; 32]).expose();
        for text in ["", "abc", &token[1..], &format!("{token}A"), &token.replace('A', "+")] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
