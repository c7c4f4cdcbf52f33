//! Signed tokens in their compact form (RFC 7515 3.1), of which nothing is believed before the
//! signature is checked. RFC 9864 gives EdDSA with Ed25519 a name of its own, which others use as well.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Map, Value};

/// Characters of a token, at most.
const LONGEST: usize = 16 * 1024;

/// The algorithm of this name. Of the two curves of `EdDSA` we know one, so that both names say the same.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "Ed25519" => Some(Algorithm::EdDSA),
        name => name.parse().ok(),
    }
}

/// A token as it was sent.
pub(super) struct Compact<'a> {
    /// What its header says.
    pub header: Map<String, Value>,
    /// What is signed: header and claims as they were sent.
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl Compact<'_> {
    /// Takes a token apart: three parts, of which the first is an object.
    pub fn read(token: &str) -> Option<Compact<'_>> {
        if token.len() > LONGEST {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Map<String, Value> =
            serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
        // What must be understood to be believed, we do not understand (RFC 7515 4.1.11).
        let plain = !header.contains_key("crit") && !claims.contains('.');
        plain.then_some(Compact { header, message, claims, signature })
    }

    /// A text of the header.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// What it says that it is signed with.
    pub fn alg(&self) -> Option<Algorithm> {
        self.text("alg").and_then(algorithm)
    }

    /// What it says, whatever that is, if this key signed it in this way.
    pub fn claims(&self, alg: Algorithm, key: &DecodingKey) -> Option<Map<String, Value>> {
        let right = crypto::verify(self.signature, self.message.as_bytes(), key, alg).ok()?;
        if !right {
            return None;
        }
        serde_json::from_slice(&BASE64.decode(self.claims).ok()?).ok()
    }
}
