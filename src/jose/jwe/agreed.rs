//! Keys that both sides of an agreement derive: ECDH-ES, RFC 7518 4.6.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ParsedPublicKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::content;
use crate::domain::{ContentEncryption, KeyManagement};

/// A curve that keys are agreed on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Curve {
    /// The curve of this `crv`.
    pub fn named(crv: &str) -> Option<Curve> {
        match crv {
            "P-256" => Some(Curve::P256),
            "P-384" => Some(Curve::P384),
            _ => None,
        }
    }

    fn crv(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
        }
    }

    pub fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Curve::P256 => &ECDH_P256,
            Curve::P384 => &ECDH_P384,
        }
    }

    fn coordinate(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
        }
    }

    /// The point of a JWK, if it lies on the curve.
    pub fn point(self, jwk: &Value) -> Option<ParsedPublicKey> {
        let coordinate = |name: &str| {
            let bytes = BASE64.decode(jwk.get(name)?.as_str()?).ok()?;
            (bytes.len() == self.coordinate()).then_some(bytes)
        };
        let point = [vec![4], coordinate("x")?, coordinate("y")?].concat();
        UnparsedPublicKey::new(self.algorithm(), point).try_into().ok()
    }

    /// A public key of ours as a JWK.
    pub fn jwk(self, public: &[u8]) -> Value {
        let (x, y) = public.get(1..).unwrap_or_default().split_at(self.coordinate());
        json!({ "kty": "EC", "crv": self.crv(), "x": BASE64.encode(x), "y": BASE64.encode(y) })
    }
}

/// Bytes of what is agreed on: the content key itself, or the key that wraps it.
pub(super) fn length(alg: KeyManagement) -> usize {
    match alg {
        KeyManagement::EcdhEsA128kw => 16,
        KeyManagement::EcdhEsA256kw => 32,
        KeyManagement::EcdhEs | KeyManagement::RsaOaep256 => content::KEY,
    }
}

/// Derives it from the shared secret; `parties` are `apu` and `apv`.
pub(super) fn derive(
    secret: &[u8],
    (alg, enc): (KeyManagement, ContentEncryption),
    parties: (&[u8], &[u8]),
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let id = match alg {
        KeyManagement::EcdhEs => enc.as_str(),
        alg => alg.as_str(),
    };
    concat_kdf(secret, id, parties, length(alg))
}

fn concat_kdf(
    secret: &[u8],
    id: &str,
    (apu, apv): (&[u8], &[u8]),
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let mut info = Vec::new();
    for part in [id.as_bytes(), apu, apv] {
        info.extend(u32::try_from(part.len()).map_err(|_| Unspecified)?.to_be_bytes());
        info.extend(part);
    }
    info.extend(u32::try_from(length * 8).map_err(|_| Unspecified)?.to_be_bytes());
    let function = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(Unspecified)?;
    let mut key = Zeroizing::new(vec![0; length]);
    sskdf_digest(function, secret, &info, &mut key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

    use super::concat_kdf;

    #[test]
    fn the_example_of_rfc_7518_appendix_c() {
        let secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let key = concat_kdf(&secret, "A128GCM", (b"Alice", b"Bob"), 16).unwrap();
        assert_eq!(BASE64.encode(&*key), "VqqN6vgjbSBcIijNcacQGg");
    }
}
