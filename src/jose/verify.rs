//! Verifying tokens of our own: ID token hints and JWT access tokens.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

/// The token was not signed by a key of ours, or is no token at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token was not signed by a key published here")]
pub struct Unverified;

/// Public keys by `kid`.
#[derive(Default)]
pub struct Verifier {
    keys: HashMap<String, (Algorithm, DecodingKey)>,
}

impl Verifier {
    /// Takes the public JWKs that name a `kid` and an `alg`.
    pub fn new(jwks: &[Value]) -> Verifier {
        let read = |jwk: &Value| {
            let kid = jwk.get("kid")?.as_str()?.to_owned();
            let alg: Algorithm = jwk.get("alg")?.as_str()?.parse().ok()?;
            let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
            Some((kid, (alg, DecodingKey::from_jwk(&jwk).ok()?)))
        };
        Verifier { keys: jwks.iter().filter_map(read).collect() }
    }

    /// Checks the signature alone and returns the claims: whether they are still true is the
    /// caller's question. The algorithm is the key's, never the token's choice.
    ///
    /// # Errors
    /// `Unverified` for every other token.
    pub fn verify(&self, token: &str, typ: &str) -> Result<Map<String, Value>, Unverified> {
        let header = decode_header(token).map_err(|_| Unverified)?;
        if !header.typ.is_some_and(|sent| sent.eq_ignore_ascii_case(typ)) {
            return Err(Unverified);
        }
        let kid = header.kid.ok_or(Unverified)?;
        let (alg, key) = self.keys.get(&kid).ok_or(Unverified)?;
        let mut validation = Validation::new(*alg);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        decode(token, key, &validation).map(|data| data.claims).map_err(|_| Unverified)
    }

    /// The claims of a token whose key is not published here, or not any more. Nothing vouches
    /// for them: anybody could have written them.
    pub fn unvouched(&self, token: &str, typ: &str) -> Option<Map<String, Value>> {
        let header = decode_header(token).ok()?;
        let typed = header.typ.is_some_and(|sent| sent.eq_ignore_ascii_case(typ));
        if !typed || self.keys.contains_key(&header.kid?) {
            return None;
        }
        let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&claims).ok()
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    use serde_json::{Value, json};

    use super::{Unverified, Verifier};
    use crate::domain::Algorithm;
    use crate::jose::{NewKey, Signer};

    fn pair(alg: Algorithm) -> (Signer, Verifier) {
        let key = NewKey::generate(alg).unwrap();
        let verifier = Verifier::new(&[Value::Object(key.public)]);
        (Signer::parse(key.kid, alg, &key.private).unwrap(), verifier)
    }

    #[test]
    fn what_each_algorithm_signs_an_independent_library_verifies() {
        for alg in Algorithm::ALL {
            let (signer, verifier) = pair(alg);
            let token = signer.sign("JWT", &json!({ "sub": "alice" })).unwrap();
            assert_eq!(verifier.verify(&token, "JWT").unwrap()["sub"], "alice");
            assert_eq!(verifier.verify(&token, "at+jwt"), Err(Unverified));
        }
    }

    #[test]
    fn a_token_that_was_changed_or_is_unsigned_is_refused() {
        let (signer, verifier) = pair(Algorithm::ES256);
        let token = signer.sign("JWT", &json!({ "sub": "alice" })).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let mallory = BASE64.encode(r#"{"sub":"mallory"}"#);
        let none =
            BASE64.encode(json!({ "alg": "none", "kid": signer.kid, "typ": "JWT" }).to_string());
        for forged in [
            format!("{}.{mallory}.{}", parts[0], parts[2]),
            format!("{none}.{mallory}."),
            format!("{none}.{}.{}", parts[1], parts[2]),
            parts[..2].join("."),
            String::new(),
        ] {
            assert_eq!(verifier.verify(&forged, "JWT"), Err(Unverified), "{forged}");
            assert_eq!(verifier.unvouched(&forged, "JWT"), None, "{forged}");
        }
        let stranger = pair(Algorithm::ES256).1;
        assert_eq!(stranger.verify(&token, "JWT"), Err(Unverified));
        assert_eq!(stranger.unvouched(&token, "JWT").unwrap()["sub"], "alice");
        assert_eq!(stranger.unvouched(&token, "at+jwt"), None);
    }
}
