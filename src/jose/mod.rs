//! Keys and signed tokens: RFC 7515 (JWS), RFC 7516 (JWE), RFC 7517 (JWK), RFC 7518 (JWA), RFC 7638 (thumbprint).

mod certificate;
mod client_keys;
mod jwe;
mod jws;
mod key;
mod keyring;
mod proof;
mod verify;

pub use certificate::{Authorities, BadAuthorities, Shown};
pub use client_keys::{BadKeys, ClientKeys, NotSigned, Signed, verify_with_secret};
pub use jwe::{
    EncryptionKey, Inside, Opened, Opener, Unencrypted, Unreadable, encrypt, is_encrypted,
};
pub use key::{KeyError, NewKey, Signer};
pub use keyring::Keyring;
pub use proof::{BadProof, Proof};
pub use verify::{Unverified, Verifier};
