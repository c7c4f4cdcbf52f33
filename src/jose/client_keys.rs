//! The public keys of a client, RFC 7517: what it signs its assertions and request objects with, and
//! what is encrypted to.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use super::EncryptionKey;
use super::jws::{Compact, algorithm};
use crate::domain::KeyManagement;

/// Bytes of an RSA modulus, at least (RFC 7518 3.3).
const RSA_LEAST: usize = 256;
/// Keys in a set, at most.
const KEYS_MOST: usize = 30;

/// The set is no set of public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// It has no `keys`.
    #[error("it is no JWK set; write an object with an array 'keys'")]
    NoSet,
    /// There are too many.
    #[error("it has more than {KEYS_MOST} keys")]
    TooMany,
    /// It holds what only its owner may have.
    #[error("it holds a private or symmetric key; give the public keys alone")]
    Private,
    /// Nothing in it verifies what we could accept, or can be encrypted to.
    #[error(
        "it has no key for RS256, PS256, ES256, ES384, EdDSA, RSA-OAEP-256 or ECDH-ES, RSA with \
         2048 bits at least"
    )]
    NoneUsable,
}

/// Why a token is not the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// It is no signed token.
    #[error("it is not a signed JWT")]
    Malformed,
    /// No key of the client has its `kid`, or fits its algorithm.
    #[error("no key of the client fits")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("the signature is wrong")]
    Forged,
}

/// What a client signed.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The algorithm of its header, by whichever name.
    pub alg: Algorithm,
    /// What kind of token it says it is.
    pub typ: Option<String>,
    /// What it says.
    pub claims: Map<String, Value>,
}

/// Public keys of one client.
#[derive(Default)]
pub struct ClientKeys {
    signing: Vec<ClientKey>,
    encryption: Vec<Arc<EncryptionKey>>,
    /// The certificates of the keys (RFC 7517 4.7), DER.
    certificates: Vec<Vec<u8>>,
}

struct ClientKey {
    kid: Option<String>,
    algs: Vec<Algorithm>,
    key: DecodingKey,
}

impl ClientKeys {
    /// Reads a set. Keys of kinds that we do not know are passed over.
    ///
    /// # Errors
    /// When it is none, or holds what must not leave its owner.
    pub fn read(set: &Map<String, Value>) -> Result<ClientKeys, BadKeys> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(BadKeys::NoSet)?;
        if keys.len() > KEYS_MOST {
            return Err(BadKeys::TooMany);
        }
        let private = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
        if keys.iter().any(private) {
            return Err(BadKeys::Private);
        }
        let certificates = keys.iter().filter_map(|key| key.get("x5c")?.get(0)?.as_str());
        Ok(ClientKeys {
            certificates: certificates.filter_map(|one| BASE64_STANDARD.decode(one).ok()).collect(),
            signing: keys.iter().filter_map(ClientKey::read).collect(),
            encryption: keys.iter().filter_map(EncryptionKey::read).map(Arc::new).collect(),
        })
    }

    /// Whether it is good for nothing.
    pub fn is_empty(&self) -> bool {
        self.signing.is_empty() && self.encryption.is_empty()
    }

    /// Whether this certificate, DER, belongs to one of the keys (RFC 8705 2.2.2).
    ///
    /// # Errors
    /// `UnknownKey` where it does not.
    pub fn certify(&self, certificate: &[u8]) -> Result<(), NotSigned> {
        match self.certificates.iter().any(|own| own == certificate) {
            true => Ok(()),
            false => Err(NotSigned::UnknownKey),
        }
    }

    /// The key to encrypt to in this way: the first that is meant for it, else the first that fits.
    pub fn recipient(&self, alg: KeyManagement) -> Option<Arc<EncryptionKey>> {
        let fitting = || self.encryption.iter().filter(|key| key.fits(alg));
        fitting().find(|key| key.is_dedicated()).or_else(|| fitting().next()).cloned()
    }

    /// Checks the signature alone: whether the claims are true is the caller's question.
    ///
    /// # Errors
    /// Why it is not the client's.
    pub fn verify(&self, token: &str) -> Result<Signed, NotSigned> {
        let sent = Compact::read(token).ok_or(NotSigned::Malformed)?;
        let alg = sent.alg().ok_or(NotSigned::Malformed)?;
        let kid = sent.text("kid");
        let named = |key: &&ClientKey| match (kid, &key.kid) {
            (Some(sent), Some(own)) => sent == own,
            (Some(_), None) | (None, _) => true,
        };
        let fitting = self.signing.iter().filter(named).filter(|key| key.algs.contains(&alg));
        let mut refusal = NotSigned::UnknownKey;
        for key in fitting {
            match sent.claims(alg, &key.key) {
                Some(claims) => return Ok(signed(&sent, alg, claims)),
                None => refusal = NotSigned::Forged,
            }
        }
        Err(refusal)
    }
}

/// Checks what a client signed with its secret (`client_secret_jwt`, OpenID Connect Core 9).
///
/// # Errors
/// Why it is not the client's.
pub fn verify_with_secret(token: &str, secret: &[u8]) -> Result<Signed, NotSigned> {
    let sent = Compact::read(token).ok_or(NotSigned::Malformed)?;
    let alg = sent.alg().ok_or(NotSigned::Malformed)?;
    let symmetric = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    if !symmetric.contains(&alg) {
        return Err(NotSigned::UnknownKey);
    }
    let claims = sent.claims(alg, &DecodingKey::from_secret(secret)).ok_or(NotSigned::Forged)?;
    Ok(signed(&sent, alg, claims))
}

fn signed(sent: &Compact<'_>, alg: Algorithm, claims: Map<String, Value>) -> Signed {
    Signed { alg, typ: sent.text("typ").map(str::to_owned), claims }
}

impl ClientKey {
    fn read(value: &Value) -> Option<ClientKey> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let (algs, key) = public_key(value.as_object()?)?;
        Some(ClientKey { kid: text("kid").map(str::to_owned), algs, key })
    }
}

/// A public key that is strong enough, and what may be signed with it.
pub(super) fn public_key(jwk: &Map<String, Value>) -> Option<(Vec<Algorithm>, DecodingKey)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let mut algs = match (text("kty")?, text("crv")) {
        ("RSA", _) => {
            let modulus = BASE64_URL_SAFE_NO_PAD.decode(text("n")?).ok()?;
            let length = modulus.iter().skip_while(|byte| **byte == 0).count();
            (length >= RSA_LEAST).then(|| vec![Algorithm::RS256, Algorithm::PS256])?
        }
        ("EC", Some("P-256")) => vec![Algorithm::ES256],
        ("EC", Some("P-384")) => vec![Algorithm::ES384],
        ("OKP", Some("Ed25519")) => vec![Algorithm::EdDSA],
        _ => return None,
    };
    if let Some(alg) = text("alg") {
        algs.retain(|one| algorithm(alg) == Some(*one));
    }
    // An `alg` that we do not know must not keep a good key from being read.
    let mut plain = jwk.clone();
    plain.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "n" | "e" | "x" | "y"));
    let jwk: Jwk = serde_json::from_value(Value::Object(plain)).ok()?;
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    (!algs.is_empty()).then_some((algs, key))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{BadKeys, ClientKeys, NotSigned, verify_with_secret};
    use crate::domain::{Algorithm, KeyManagement};
    use crate::jose::{NewKey, Signer};

    fn set(keys: &[Value]) -> Map<String, Value> {
        Map::from_iter([("keys".to_owned(), json!(keys))])
    }

    fn pair(alg: Algorithm) -> (Signer, Value) {
        let key = NewKey::generate(alg).unwrap();
        let public = Value::Object(key.public);
        (Signer::parse(key.kid, alg, &key.private).unwrap(), public)
    }

    #[test]
    fn what_a_key_of_the_set_signed_is_the_clients() {
        for alg in Algorithm::ALL {
            let (signer, public) = pair(alg);
            let (other, _) = pair(alg);
            let keys = ClientKeys::read(&set(&[public])).unwrap();
            let token = signer.sign("JWT", &json!({ "sub": "web" })).unwrap();
            assert_eq!(keys.verify(&token).unwrap().claims["sub"], "web");
            let foreign = other.sign("JWT", &json!({ "sub": "web" })).unwrap();
            assert_eq!(keys.verify(&foreign).unwrap_err(), NotSigned::UnknownKey);
            let mut changed = token.clone();
            changed.insert(token.len() / 2, 'A');
            assert!(keys.verify(&changed).is_err());
        }
    }

    #[test]
    fn a_key_without_kid_is_tried_and_a_wrong_one_refused() {
        let (signer, mut public) = pair(Algorithm::ES256);
        let (other, _) = pair(Algorithm::ES256);
        public.as_object_mut().unwrap().remove("kid");
        let keys = ClientKeys::read(&set(&[public])).unwrap();
        assert!(keys.verify(&signer.sign("JWT", &json!({})).unwrap()).is_ok());
        let forged = other.sign("JWT", &json!({})).unwrap();
        assert_eq!(keys.verify(&forged).unwrap_err(), NotSigned::Forged);
    }

    #[test]
    fn what_is_meant_for_encryption_is_encrypted_to() {
        let alg = KeyManagement::EcdhEs;
        let (mut signs, mut reads) = (pair(Algorithm::ES256).1, pair(Algorithm::ES256).1);
        (reads["use"], reads["kid"], reads["alg"]) = (json!("enc"), json!("e"), json!("ECDH-ES"));
        assert!(ClientKeys::read(&set(&[signs.clone()])).unwrap().recipient(alg).is_none());
        for name in ["use", "alg"] {
            signs.as_object_mut().unwrap().remove(name);
        }
        let keys = ClientKeys::read(&set(&[signs.clone(), reads.clone()])).unwrap();
        assert_eq!(keys.recipient(alg).unwrap().kid(), Some("e"));
        assert!(keys.recipient(KeyManagement::EcdhEsA128kw).unwrap().kid() != Some("e"));
        assert!(keys.recipient(KeyManagement::RsaOaep256).is_none());
        let only = ClientKeys::read(&set(&[reads])).unwrap();
        assert!(!only.is_empty() && only.recipient(alg).is_some());
    }

    #[test]
    fn nothing_private_weak_or_unsigned_is_taken() {
        let read = |keys: &[Value]| ClientKeys::read(&set(keys));
        let private = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA" });
        assert_eq!(read(&[private]).err(), Some(BadKeys::Private));
        assert_eq!(read(&[json!({ "kty": "oct", "k": "AA" })]).err(), Some(BadKeys::Private));
        assert_eq!(ClientKeys::read(&Map::new()).err(), Some(BadKeys::NoSet));
        let weak = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        assert!(read(&[weak, json!({ "kty": "EC", "crv": "secp256k1" })]).unwrap().is_empty());
        let (signer, public) = pair(Algorithm::ES256);
        let keys = read(&[public]).unwrap();
        let token = signer.sign("JWT", &json!({})).unwrap();
        let (_, rest) = token.split_once('.').unwrap();
        // {"alg":"none"}
        for bad in [format!("eyJhbGciOiJub25lIn0.{rest}"), String::new(), "a.b.c".to_owned()] {
            assert_eq!(keys.verify(&bad).unwrap_err(), NotSigned::Malformed, "{bad}");
        }
        assert_eq!(verify_with_secret(&token, b"secret").unwrap_err(), NotSigned::UnknownKey);
    }
}
