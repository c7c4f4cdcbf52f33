//! Reading what was encrypted to a key of ours.

use aws_lc_rs::agreement::{PrivateKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::agreed::{self, Curve};
use super::content::{self, Sealed};
use crate::domain::{ContentEncryption, KeyManagement};

/// Characters of a token, at most.
const TOKEN_MOST: usize = 64 * 1024;

/// It is no encrypted token, or not for this key; nobody learns which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not encrypted to this key")]
pub struct Unreadable;

impl From<Unspecified> for Unreadable {
    fn from(_: Unspecified) -> Unreadable {
        Unreadable
    }
}

/// What was inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The header.
    pub header: Map<String, Value>,
    /// The content.
    pub plain: Vec<u8>,
}

/// A private key that reads.
pub enum Opener {
    /// RSA.
    Rsa(Box<OaepPrivateDecryptingKey>),
    /// On a curve.
    Ec(Box<Agreeing>),
}

/// A private key on a curve.
pub struct Agreeing {
    curve: Curve,
    key: PrivateKey,
}

/// Whether it has the parts of an encrypted token, RFC 7516 7.1.
pub fn is_encrypted(token: &str) -> bool {
    token.split('.').count() == 5
}

/// The name of the key that it says it is encrypted to.
pub fn recipient(token: &str) -> Option<String> {
    let header = BASE64.decode(token.split('.').next()?).ok()?;
    let header: Map<String, Value> = serde_json::from_slice(&header).ok()?;
    header.get("kid")?.as_str().map(str::to_owned)
}

impl Opener {
    /// Reads a PKCS#8 document: an RSA key, or one on P-256 or P-384.
    pub fn parse(private: &[u8]) -> Option<Opener> {
        if let Ok(key) = PrivateDecryptingKey::from_pkcs8(private) {
            return Some(Opener::Rsa(Box::new(OaepPrivateDecryptingKey::new(key).ok()?)));
        }
        [Curve::P256, Curve::P384].into_iter().find_map(|curve| {
            let key = PrivateKey::from_private_key_der(curve.algorithm(), private).ok()?;
            Some(Opener::Ec(Box::new(Agreeing { curve, key })))
        })
    }

    /// Decrypts a compact JWE (RFC 7516 5.2).
    ///
    /// # Errors
    /// `Unreadable`, whatever is wrong.
    pub fn open(&self, token: &str) -> Result<Opened, Unreadable> {
        if token.len() > TOKEN_MOST {
            return Err(Unreadable);
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, wrapped, iv, text, tag] = parts[..] else { return Err(Unreadable) };
        let decode = |part: &str| BASE64.decode(part).map_err(|_| Unreadable);
        let read: Map<String, Value> =
            serde_json::from_slice(&decode(header)?).map_err(|_| Unreadable)?;
        // Extensions must be understood, and compression is a way to learn what is inside.
        if read.contains_key("crit") || read.contains_key("zip") {
            return Err(Unreadable);
        }
        let word = |name: &str| read.get(name).cloned().unwrap_or_default();
        let alg = serde_json::from_value(word("alg")).map_err(|_| Unreadable)?;
        let enc = serde_json::from_value(word("enc")).map_err(|_| Unreadable)?;
        let cek = self.content_key((alg, enc), &read, &decode(wrapped)?)?;
        let sealed = Sealed { iv: decode(iv)?, text: decode(text)?, tag: decode(tag)? };
        let plain = content::open(enc, &cek, header.as_bytes(), &sealed)?;
        Ok(Opened { header: read, plain })
    }

    fn content_key(
        &self,
        (alg, enc): (KeyManagement, ContentEncryption),
        header: &Map<String, Value>,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        match (self, alg) {
            (Opener::Rsa(key), KeyManagement::RsaOaep256) => {
                let mut cek = Zeroizing::new(vec![0; key.min_output_size()]);
                let length = key.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut cek, None)?.len();
                cek.truncate(length);
                if length == content::KEY { Ok(cek) } else { Err(Unreadable) }
            }
            (Opener::Ec(own), alg) if alg != KeyManagement::RsaOaep256 => {
                let key = own.agreed((alg, enc), header)?;
                match alg {
                    KeyManagement::EcdhEs if wrapped.is_empty() => Ok(key),
                    KeyManagement::EcdhEs => Err(Unreadable),
                    _ => unwrapped(&key, wrapped),
                }
            }
            _ => Err(Unreadable),
        }
    }
}

fn unwrapped(key: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    if wrapped.len() != content::KEY + 8 {
        return Err(Unreadable);
    }
    let cipher = if key.len() == 16 { &AES_128 } else { &AES_256 };
    let mut cek = Zeroizing::new(vec![0; content::KEY]);
    AesKek::new(cipher, key)?.unwrap(wrapped, &mut cek)?;
    Ok(cek)
}

impl Agreeing {
    fn agreed(
        &self,
        how: (KeyManagement, ContentEncryption),
        header: &Map<String, Value>,
    ) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let epk = header.get("epk").ok_or(Unreadable)?;
        let curve = epk.get("crv").and_then(Value::as_str).and_then(Curve::named);
        if curve != Some(self.curve) {
            return Err(Unreadable);
        }
        let theirs = self.curve.point(epk).ok_or(Unreadable)?;
        let party = |name: &str| match header.get(name) {
            None => Ok(Vec::new()),
            Some(value) => {
                let text = value.as_str().ok_or(Unreadable)?;
                BASE64.decode(text).map_err(|_| Unreadable)
            }
        };
        let (apu, apv) = (party("apu")?, party("apv")?);
        agree(&self.key, theirs, Unreadable, |secret| {
            Ok(agreed::derive(secret, how, (&apu, &apv))?)
        })
    }
}
