//! Making keys (with `rsa`, `p256`, aws-lc-rs) and signing with them (with aws-lc-rs alone).
//!
//! A `Signer` is parsed once and kept: parsing an RSA key costs as much as signing with it, and
//! jsonwebtoken's own `encode` parses at every call.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use p256::elliptic_curve::Generate;
use rsa::pkcs8::EncodePrivateKey;
use rsa::traits::PublicKeyParts;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::domain::{Algorithm, KeyAlgorithm, Kid};

/// RSA keys we make: what RFC 7518 3.3 asks at least, and what costs 0.5 ms a signature.
const RSA_BITS: usize = 2048;

/// A key cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
#[error("the {} key cannot be {doing}: {reason}", alg.as_str())]
pub struct KeyError {
    alg: KeyAlgorithm,
    doing: &'static str,
    reason: String,
}

impl KeyError {
    /// A key could not be made, for this reason.
    pub(crate) fn unmade(alg: KeyAlgorithm, reason: String) -> KeyError {
        KeyError { alg, doing: "made", reason }
    }

    /// A key could not be read, for this reason.
    pub(super) fn unread(alg: KeyAlgorithm, reason: &str) -> KeyError {
        KeyError { alg, doing: "read", reason: reason.to_owned() }
    }
}

/// A key just made.
pub struct NewKey {
    /// RFC 7638 thumbprint.
    pub kid: Kid,
    /// PKCS#8 DER.
    pub private: Vec<u8>,
    /// The public JWK with `kid`, `use` and, unless it is agreed on with, `alg`.
    pub public: Map<String, Value>,
}

impl NewKey {
    /// Makes a key. RSA takes a few hundred milliseconds: not on an async thread.
    ///
    /// # Errors
    /// When the library cannot make one, which it only can for lack of randomness.
    pub fn generate(alg: impl Into<KeyAlgorithm>) -> Result<NewKey, KeyError> {
        let alg = alg.into();
        let failed = |reason: String| KeyError { alg, doing: "made", reason };
        let (private, public) = match alg {
            KeyAlgorithm::RS256 | KeyAlgorithm::PS256 | KeyAlgorithm::RsaOaep256 => rsa_key(),
            KeyAlgorithm::ES256 | KeyAlgorithm::EcdhEs => p256_key(),
            KeyAlgorithm::ES384 => p384_key(),
            KeyAlgorithm::EdDSA => ed25519_key(),
        }
        .map_err(failed)?;
        let kid = thumbprint(&public);
        let public = with_usage(public, &kid, alg);
        Ok(NewKey { kid, private, public })
    }
}

fn rsa_key() -> Result<(Vec<u8>, Map<String, Value>), String> {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)
        .map_err(|error| error.to_string())?;
    let private = key.to_pkcs8_der().map_err(|error| error.to_string())?;
    let mut public = Map::new();
    public.insert("e".into(), json!(BASE64.encode(key.e().to_bytes_be())));
    public.insert("kty".into(), json!("RSA"));
    public.insert("n".into(), json!(BASE64.encode(key.n().to_bytes_be())));
    Ok((private.as_bytes().to_vec(), public))
}

fn p256_key() -> Result<(Vec<u8>, Map<String, Value>), String> {
    use p256::pkcs8::EncodePrivateKey;
    let key = p256::ecdsa::SigningKey::generate();
    let private = key.to_pkcs8_der().map_err(|error| error.to_string())?;
    let point = key.verifying_key().to_sec1_point(false);
    Ok((private.as_bytes().to_vec(), ec_public("P-256", point.as_bytes())))
}

fn p384_key() -> Result<(Vec<u8>, Map<String, Value>), String> {
    let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
        .map_err(|error| error.to_string())?;
    let private = key.to_pkcs8v1().map_err(|error| error.to_string())?;
    Ok((private.as_ref().to_vec(), ec_public("P-384", key.public_key().as_ref())))
}

/// The public JWK of a point: SEC 1 2.3.3 writes a 4, then both coordinates.
fn ec_public(curve: &str, point: &[u8]) -> Map<String, Value> {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let mut public = Map::new();
    public.insert("crv".into(), json!(curve));
    public.insert("kty".into(), json!("EC"));
    public.insert("x".into(), json!(BASE64.encode(x)));
    public.insert("y".into(), json!(BASE64.encode(y)));
    public
}

fn ed25519_key() -> Result<(Vec<u8>, Map<String, Value>), String> {
    let key = Ed25519KeyPair::generate().map_err(|error| error.to_string())?;
    let private = AsDer::<Pkcs8V1Der>::as_der(&key).map_err(|error| error.to_string())?;
    let mut public = Map::new();
    public.insert("crv".into(), json!("Ed25519"));
    public.insert("kty".into(), json!("OKP"));
    public.insert("x".into(), json!(BASE64.encode(key.public_key().as_ref())));
    Ok((private.as_ref().to_vec(), public))
}

/// RFC 7638: SHA-256 over the required members in lexicographic order, which is how `Map` keeps
/// them.
pub(super) fn thumbprint(public: &Map<String, Value>) -> Kid {
    let canonical = Value::Object(public.clone()).to_string();
    Kid(BASE64.encode(Sha256::digest(canonical)))
}

fn with_usage(mut public: Map<String, Value>, kid: &Kid, alg: KeyAlgorithm) -> Map<String, Value> {
    // A key on a curve is as good for ECDH-ES with a wrapped key, which its `alg` would deny.
    if alg != KeyAlgorithm::EcdhEs {
        public.insert("alg".into(), json!(alg.as_str()));
    }
    public.insert("kid".into(), json!(kid.as_str()));
    public.insert("use".into(), json!(if alg.signs().is_some() { "sig" } else { "enc" }));
    public
}

/// A parsed private key.
pub struct Signer {
    /// Names it in every token.
    pub kid: Kid,
    /// What it signs with.
    pub alg: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    /// Parses PKCS#8 DER.
    ///
    /// # Errors
    /// When it is no key of this algorithm.
    pub fn parse(kid: Kid, alg: Algorithm, private: &[u8]) -> Result<Signer, KeyError> {
        let rejected = |error: aws_lc_rs::error::KeyRejected| KeyError {
            alg: alg.into(),
            doing: "read",
            reason: error.to_string(),
        };
        let rsa = || RsaKeyPair::from_pkcs8(private);
        let ec = |kind| EcdsaKeyPair::from_pkcs8(kind, private).map(Pair::Ec);
        let pair = match alg {
            Algorithm::RS256 => rsa().map(|key| Pair::Rsa(key, &RSA_PKCS1_SHA256)),
            Algorithm::PS256 => rsa().map(|key| Pair::Rsa(key, &RSA_PSS_SHA256)),
            Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(private).map(Pair::Ed),
        };
        let pair = pair.map_err(rejected)?;
        Ok(Signer { kid, alg, pair })
    }

    /// Signs claims as a compact JWS (RFC 7515 7.1) with `typ` in its header.
    ///
    /// # Errors
    /// When the claims are no JSON object or the engine refuses, neither of which input can cause.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        let failed = |reason: String| KeyError { alg: self.alg.into(), doing: "used", reason };
        let header = json!({ "alg": self.alg.as_str(), "kid": self.kid, "typ": typ });
        let claims = serde_json::to_vec(claims).map_err(|error| failed(error.to_string()))?;
        let mut token = BASE64.encode(header.to_string());
        token.push('.');
        BASE64.encode_string(claims, &mut token);
        let signature = self.signature(token.as_bytes()).map_err(failed)?;
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(key, padding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*padding, &random, message, &mut signature)
                    .map_err(|error| error.to_string())?;
                Ok(signature)
            }
            Pair::Ec(key) => {
                let signature = key.sign(&random, message).map_err(|error| error.to_string())?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed(key) => Ok(key.sign(message).as_ref().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::thumbprint;

    #[test]
    fn the_thumbprint_of_rfc_7638_section_3_1() {
        let key = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB"
        });
        assert_eq!(
            thumbprint(key.as_object().unwrap()).as_str(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }
}
