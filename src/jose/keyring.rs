//! The signing keys in use, parsed once, with the JWKS document that publishes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{KeyError, Signer, Verifier};
use crate::domain::{Algorithm, KeyState, SigningKey};

/// What signs and what others verify with, at one moment.
pub struct Keyring {
    signers: Vec<Arc<Signer>>,
    verifier: Verifier,
    jwks: String,
}

impl Keyring {
    /// Parses the active keys, whose private halves `unseal` opens. Signers of `before` are kept.
    ///
    /// # Errors
    /// When a key cannot be unsealed or read.
    pub fn new<E: From<KeyError>>(
        keys: &[SigningKey],
        before: Option<&Keyring>,
        unseal: impl Fn(&SigningKey) -> Result<Vec<u8>, E>,
    ) -> Result<Keyring, E> {
        let mut signers = Vec::new();
        for key in keys.iter().filter(|key| key.state == KeyState::Active) {
            let kept = before.and_then(|ring| ring.signers.iter().find(|s| s.kid == key.kid));
            signers.push(match kept {
                Some(signer) => signer.clone(),
                None => Arc::new(Signer::parse(key.kid.clone(), key.alg, &unseal(key)?)?),
            });
        }
        let public: Vec<Value> =
            keys.iter().map(|key| Value::Object(key.public.0.clone())).collect();
        let verifier = Verifier::new(&public);
        Ok(Keyring { signers, verifier, jwks: json!({ "keys": public }).to_string() })
    }

    /// The key that signs with this algorithm now: the newest active one.
    pub fn signer(&self, alg: Algorithm) -> Option<&Signer> {
        self.signers.iter().rev().find(|signer| signer.alg == alg).map(Arc::as_ref)
    }

    /// Verifies what any published key signed.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The JWKS document, RFC 7517 5.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }
}
