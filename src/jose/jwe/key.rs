//! A public key of a client that is encrypted to: RSA-OAEP-256 (RFC 7518 4.3) and ECDH-ES (4.6).

use aws_lc_rs::agreement::{ParsedPublicKey, PrivateKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::Value;
use zeroize::Zeroizing;

use super::agreed::{self, Curve};
use super::content;
use crate::domain::{ContentEncryption, KeyManagement};

/// Bytes of an RSA modulus, at least (RFC 7518 4.3) and at most.
const RSA: std::ops::RangeInclusive<usize> = 256..=1024;

/// A public key.
pub struct EncryptionKey {
    kid: Option<String>,
    /// Its `alg`, where it has one.
    alg: Option<String>,
    /// Whether it is meant for nothing else.
    dedicated: bool,
    kind: Kind,
}

enum Kind {
    Rsa(OaepPublicEncryptingKey),
    Ec(Curve, ParsedPublicKey),
}

/// A content key, and how it reaches its reader.
pub(super) struct Shared {
    pub cek: Zeroizing<Vec<u8>>,
    /// Encrypted; empty where it was agreed on.
    pub wrapped: Vec<u8>,
    /// The public half of what it was agreed on with.
    pub epk: Option<Value>,
}

impl EncryptionKey {
    /// Reads a JWK; `None` for what is not for encryption, or not for any that we know.
    pub fn read(jwk: &Value) -> Option<EncryptionKey> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "enc") {
            return None;
        }
        let kind = match text("kty")? {
            "RSA" => Kind::Rsa(rsa(text("n")?, text("e")?)?),
            "EC" => {
                let curve = Curve::named(text("crv")?)?;
                Kind::Ec(curve, curve.point(jwk)?)
            }
            _ => return None,
        };
        let key = EncryptionKey {
            kid: text("kid").map(str::to_owned),
            alg: text("alg").map(str::to_owned),
            dedicated: text("use").is_some(),
            kind,
        };
        KeyManagement::ALL.iter().any(|alg| key.fits(*alg)).then_some(key)
    }

    /// Its name in the client's set.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether it can be encrypted to in this way.
    pub fn fits(&self, alg: KeyManagement) -> bool {
        let is_rsa = matches!(self.kind, Kind::Rsa(_));
        let own = self.alg.as_ref().is_none_or(|own| own == alg.as_str());
        own && is_rsa == (alg == KeyManagement::RsaOaep256)
    }

    /// Whether it is meant for encryption alone.
    pub fn is_dedicated(&self) -> bool {
        self.dedicated || self.alg.is_some()
    }

    pub(super) fn share(
        &self,
        alg: KeyManagement,
        enc: ContentEncryption,
    ) -> Result<Shared, Unspecified> {
        match &self.kind {
            Kind::Rsa(key) => {
                let cek = fresh()?;
                let mut wrapped = vec![0; key.ciphertext_size()];
                let length = key.encrypt(&OAEP_SHA256_MGF1SHA256, &cek, &mut wrapped, None)?.len();
                wrapped.truncate(length);
                Ok(Shared { cek, wrapped, epk: None })
            }
            Kind::Ec(curve, theirs) => {
                let ours = PrivateKey::generate(curve.algorithm())?;
                let epk = Some(curve.jwk(ours.compute_public_key()?.as_ref()));
                let key = agree(&ours, theirs.clone(), Unspecified, |secret| {
                    agreed::derive(secret, (alg, enc), (b"", b""))
                })?;
                if alg == KeyManagement::EcdhEs {
                    return Ok(Shared { cek: key, wrapped: Vec::new(), epk });
                }
                let cek = fresh()?;
                let cipher = if key.len() == 16 { &AES_128 } else { &AES_256 };
                let mut wrapped = vec![0; cek.len() + 8];
                AesKek::new(cipher, &key)?.wrap(&cek, &mut wrapped)?;
                Ok(Shared { cek, wrapped, epk })
            }
        }
    }
}

fn fresh() -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let mut key = Zeroizing::new(vec![0; content::KEY]);
    rand::fill(&mut key)?;
    Ok(key)
}

fn rsa(modulus: &str, exponent: &str) -> Option<OaepPublicEncryptingKey> {
    let number = |text: &str| {
        let bytes = BASE64.decode(text).ok()?;
        Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
    };
    let (n, e) = (number(modulus)?, number(exponent)?);
    if !RSA.contains(&n.len()) || e.is_empty() || e.len() > 8 {
        return None;
    }
    let key: PublicEncryptingKey = RsaPublicKeyComponents { n, e }.try_into().ok()?;
    OaepPublicEncryptingKey::new(key).ok()
}
