//! What the secret key does: seal what is stored, and recognise what we handed out.
//!
//! Each purpose has a key of its own, derived by HKDF-SHA256, so that nothing sealed for one can
//! pass for another.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};

use zeroize::Zeroizing;

use crate::random::Random;

/// Random bytes that tell the keys of messages apart.
const SALT_LEN: usize = 16;

/// What a sealed value or a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Private signing keys in the database.
    SigningKey,
    /// Client secrets that can be shown again.
    ClientSecret,
    /// Authorization requests that travel through the login page.
    Request,
    /// Authorization requests that were pushed.
    PushedRequest,
    /// What people type for a device, as it is kept.
    UserCode,
    /// A device on its way through the page that lets it in.
    Device,
    /// The known value by which a wrong secret key is noticed.
    Check,
    /// Tokens in forms.
    Csrf,
    /// Pairwise subjects.
    Pairwise,
    /// The links of the audit log.
    Audit,
    /// Names whose attempts are counted.
    Throttle,
    /// What the next page of the console says was done.
    Toast,
    /// That it is we who answer at an address.
    Proof,
    /// Nonces for proofs of possession.
    DpopNonce,
    /// The password for the mail server.
    MailPassword,
    /// What browsers show of a session to the frames of clients.
    BrowserState,
    /// Keys that outlive the secret key they were derived from.
    KeptKey,
}

/// The value is not ours, was changed, or was sealed under another key or for another purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sealed value cannot be opened: the secret key is another one, or the value was changed"
)]
pub struct NotOurs;

/// Seals and recognises with keys derived from the secret key.
pub struct Sealer {
    root: hkdf::Prk,
    pairwise: Option<Zeroizing<[u8; 32]>>,
}

impl Sealer {
    /// Works with this secret key.
    pub fn new(secret_key: &[u8; 32]) -> Sealer {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"keystead").extract(secret_key);
        Sealer { root, pairwise: None }
    }

    /// The same with pairwise subjects as they were under an earlier secret key.
    pub fn with_pairwise(self, key: [u8; 32]) -> Sealer {
        Sealer { pairwise: Some(Zeroizing::new(key)), ..self }
    }

    /// The key of pairwise subjects, to be kept when the secret key is replaced.
    pub fn pairwise_key(&self) -> Zeroizing<[u8; 32]> {
        match &self.pairwise {
            Some(kept) => kept.clone(),
            None => Zeroizing::new(self.derive(Purpose::Pairwise, b"")),
        }
    }

    /// AES-256-GCM under a key of its own for each message, so that no number of messages wears a
    /// key out: salt, nonce, ciphertext and tag in one. `context` must be given again to open it.
    ///
    /// # Errors
    /// None in practice: only a value of many gigabytes cannot be sealed.
    pub fn seal(
        &self,
        (purpose, context): (Purpose, &str),
        plain: &[u8],
        random: &Random,
    ) -> Result<Vec<u8>, NotOurs> {
        let (salt, nonce) = (random.bytes::<SALT_LEN>(), random.bytes::<NONCE_LEN>());
        let mut body = plain.to_vec();
        self.aead(purpose, &salt)
            .and_then(|key| {
                let aad = Aad::from(context.as_bytes());
                key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            })
            .map_err(|Unspecified| NotOurs)?;
        Ok([salt.as_slice(), &nonce, &body].concat())
    }

    /// Opens what `seal` made for the same purpose and context.
    ///
    /// # Errors
    /// `NotOurs` for anything else.
    pub fn open(
        &self,
        (purpose, context): (Purpose, &str),
        sealed: &[u8],
    ) -> Result<Vec<u8>, NotOurs> {
        let (salt, rest) = sealed.split_first_chunk::<SALT_LEN>().ok_or(NotOurs)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(NotOurs)?;
        let mut body = body.to_vec();
        let key = self.aead(purpose, salt).map_err(|Unspecified| NotOurs)?;
        let aad = Aad::from(context.as_bytes());
        let plain = key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
            .map_err(|Unspecified| NotOurs)?;
        Ok(plain.to_vec())
    }

    /// HMAC-SHA256 of a value.
    pub fn mac(&self, purpose: Purpose, value: &[u8]) -> [u8; 32] {
        let key = match purpose {
            Purpose::Pairwise => self.pairwise_key(),
            _ => Zeroizing::new(self.derive(purpose, b"")),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*key);
        let mut code = [0; 32];
        code.copy_from_slice(hmac::sign(&key, value).as_ref());
        code
    }

    fn aead(&self, purpose: Purpose, salt: &[u8]) -> Result<LessSafeKey, Unspecified> {
        UnboundKey::new(&AES_256_GCM, &self.derive(purpose, salt)).map(LessSafeKey::new)
    }

    fn derive(&self, purpose: Purpose, salt: &[u8]) -> [u8; 32] {
        let info: &[u8] = match purpose {
            Purpose::SigningKey => b"signing key",
            Purpose::ClientSecret => b"client secret",
            Purpose::Request => b"authorization request",
            Purpose::PushedRequest => b"pushed authorization request",
            Purpose::UserCode => b"user code",
            Purpose::Device => b"device",
            Purpose::Check => b"check",
            Purpose::Csrf => b"csrf",
            Purpose::DpopNonce => b"dpop nonce",
            Purpose::Pairwise => b"pairwise",
            Purpose::Audit => b"audit",
            Purpose::Throttle => b"throttle",
            Purpose::Toast => b"toast",
            Purpose::Proof => b"proof",
            Purpose::MailPassword => b"mail password",
            Purpose::BrowserState => b"browser state",
            Purpose::KeptKey => b"kept key",
        };
        let mut key = [0; 32];
        // HKDF-SHA256 gives up to 8160 bytes; 32 cannot fail.
        if let Ok(okm) = self.root.expand(&[info, salt], hkdf::HKDF_SHA256) {
            okm.fill(&mut key).ok();
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::{NotOurs, Purpose, Sealer};
    use crate::random::Random;

    #[test]
    fn only_the_same_key_purpose_and_context_open_it() {
        let (ours, random) = (Sealer::new(&[1; 32]), Random::seeded(1));
        let sealed = ours.seal((Purpose::ClientSecret, "netbox"), b"s3cret", &random).unwrap();
        assert_eq!(ours.open((Purpose::ClientSecret, "netbox"), &sealed).unwrap(), b"s3cret");
        assert_eq!(ours.open((Purpose::ClientSecret, "gitea"), &sealed), Err(NotOurs));
        assert_eq!(ours.open((Purpose::SigningKey, "netbox"), &sealed), Err(NotOurs));
        let theirs = Sealer::new(&[2; 32]);
        assert_eq!(theirs.open((Purpose::ClientSecret, "netbox"), &sealed), Err(NotOurs));
    }

    #[test]
    fn a_changed_or_cut_value_is_refused() {
        let (ours, random) = (Sealer::new(&[1; 32]), Random::seeded(1));
        let sealed = ours.seal((Purpose::Request, ""), b"hello", &random).unwrap();
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert_eq!(ours.open((Purpose::Request, ""), &changed), Err(NotOurs));
            assert_eq!(ours.open((Purpose::Request, ""), &sealed[..n]), Err(NotOurs));
        }
    }

    #[test]
    fn pairwise_subjects_outlive_the_secret_key() {
        let former = Sealer::new(&[1; 32]);
        let code = former.mac(Purpose::Pairwise, b"alice");
        let next = Sealer::new(&[2; 32]);
        assert_ne!(next.mac(Purpose::Pairwise, b"alice"), code);
        let next = next.with_pairwise(*former.pairwise_key());
        assert_eq!(next.mac(Purpose::Pairwise, b"alice"), code);
        assert_eq!(next.pairwise_key(), former.pairwise_key(), "and the one after it");
        assert_ne!(next.mac(Purpose::Audit, b"x"), former.mac(Purpose::Audit, b"x"));
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let sealer = Sealer::new(&[1; 32]);
        assert_ne!(sealer.mac(Purpose::Csrf, b"x"), sealer.mac(Purpose::Pairwise, b"x"));
        assert_ne!(sealer.mac(Purpose::Csrf, b"x"), [0; 32]);
    }
}
