//! The keys in use, parsed once, with the JWKS document that publishes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::jwe::recipient;
use super::{KeyError, Opened, Opener, Signer, Unreadable, Verifier};
use crate::domain::{Algorithm, KeyAlgorithm, KeyState, Kid, ServerKey};

/// What signs, what others verify with and what reads what they encrypt, at one moment.
pub struct Keyring {
    signers: Vec<Arc<Signer>>,
    readers: Vec<Arc<Reader>>,
    readable: Vec<KeyAlgorithm>,
    verifier: Verifier,
    jwks: String,
}

/// A private key that reads, by its name.
struct Reader {
    kid: Kid,
    opener: Opener,
}

impl Keyring {
    /// Parses the keys in use, whose private halves `unseal` opens. What `before` parsed is kept.
    ///
    /// # Errors
    /// When a key cannot be unsealed or read.
    pub fn new<E: From<KeyError>>(
        keys: &[ServerKey],
        before: Option<&Keyring>,
        unseal: impl Fn(&ServerKey) -> Result<Vec<u8>, E>,
    ) -> Result<Keyring, E> {
        let (mut signers, mut readers) = (Vec::new(), Vec::new());
        for key in keys {
            match key.alg.signs() {
                Some(_) if key.state != KeyState::Active => {}
                Some(alg) => {
                    let kept =
                        before.and_then(|ring| ring.signers.iter().find(|s| s.kid == key.kid));
                    signers.push(match kept {
                        Some(signer) => signer.clone(),
                        None => Arc::new(Signer::parse(key.kid.clone(), alg, &unseal(key)?)?),
                    });
                }
                // Others keep the JWKS, so that a retired one is encrypted to for a while.
                None => {
                    let kept =
                        before.and_then(|ring| ring.readers.iter().find(|r| r.kid == key.kid));
                    readers.push(match kept {
                        Some(reader) => reader.clone(),
                        None => Arc::new(Reader::parse(key, &unseal(key)?)?),
                    });
                }
            }
        }
        let public: Vec<Value> = keys
            .iter()
            .filter(is_published)
            .map(|key| Value::Object(key.public.0.clone()))
            .collect();
        let jwks = json!({ "keys": public }).to_string();
        let reads = |key: &&ServerKey| key.alg.signs().is_none();
        let readable = keys.iter().filter(is_published).filter(reads).map(|key| key.alg).collect();
        Ok(Keyring { signers, readers, readable, verifier: Verifier::new(&public), jwks })
    }

    /// The key that signs with this algorithm now: the newest active one.
    pub fn signer(&self, alg: Algorithm) -> Option<&Signer> {
        self.signers.iter().rev().find(|signer| signer.alg == alg).map(Arc::as_ref)
    }

    /// Verifies what any published key signed.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Decrypts what was encrypted to a key of ours.
    ///
    /// # Errors
    /// `Unreadable`, whatever is wrong.
    pub fn open(&self, token: &str) -> Result<Opened, Unreadable> {
        let named = recipient(token);
        let fits =
            |reader: &&Arc<Reader>| named.as_deref().is_none_or(|name| name == reader.kid.as_str());
        let mut fitting = self.readers.iter().rev().filter(fits);
        fitting.find_map(|reader| reader.opener.open(token).ok()).ok_or(Unreadable)
    }

    /// The kinds of published keys that others may encrypt to.
    pub fn readable(&self) -> Vec<KeyAlgorithm> {
        self.readable.clone()
    }

    /// The JWKS document, RFC 7517 5.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }
}

impl Reader {
    fn parse(key: &ServerKey, private: &[u8]) -> Result<Reader, KeyError> {
        let opener = Opener::parse(private);
        let opener = opener.ok_or_else(|| KeyError::unread(key.alg, "it is of no known kind"))?;
        Ok(Reader { kid: key.kid.clone(), opener })
    }
}

/// Whether others are to know it: what a retired key signed can still be verified, and nothing new
/// is encrypted to it.
fn is_published(key: &&ServerKey) -> bool {
    key.alg.signs().is_some() || key.state != KeyState::Retired
}
