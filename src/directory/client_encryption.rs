//! Whether what a client is told can be encrypted to it, and whether somebody said that it can read it.

use super::{DirectoryError, Force, Result};
use crate::domain::{Client, ClientSettings};
use crate::jose::ClientKeys;

const ID_TOKEN: &str = "id_token_encrypted_response_alg";
const USERINFO: &str = "userinfo_encrypted_response_alg";

/// Checks that there is a key to encrypt to.
///
/// # Errors
/// The first rule that is broken, and what to do.
pub(super) fn check(client: &Client) -> Result<()> {
    let settings = &client.settings;
    let refused =
        |problem: String| DirectoryError::Settings { client: client.id.0.clone(), problem };
    for (alg, enc, field) in [
        (
            settings.id_token_encrypted_response_alg,
            settings.id_token_encrypted_response_enc,
            ID_TOKEN,
        ),
        (
            settings.userinfo_encrypted_response_alg,
            settings.userinfo_encrypted_response_enc,
            USERINFO,
        ),
    ] {
        let Some(alg) = alg else {
            match enc {
                None => continue,
                Some(_) => {
                    let problem =
                        format!("says how content is encrypted and not to what; set {field}, too");
                    return Err(refused(problem));
                }
            }
        };
        if settings.jwks.is_none() && settings.jwks_uri.is_none() {
            return Err(refused(format!(
                "is to get something encrypted with {} and has no keys; give its public keys with \
                 --jwks-file, or their address with --jwks-uri",
                alg.as_str()
            )));
        }
        let lacks = |set| ClientKeys::read(set).is_ok_and(|keys| keys.recipient(alg).is_none());
        if settings.jwks.as_ref().is_some_and(lacks) {
            return Err(refused(format!(
                "has no key for {} among its keys; add one with use 'enc', RSA for RSA-OAEP-256 \
                 or on P-256 or P-384 for ECDH-ES",
                alg.as_str()
            )));
        }
    }
    Ok(())
}

/// Sees that whoever lets something be encrypted for the first time says that the client can read it.
///
/// # Errors
/// `Encrypts` without `force`.
pub(super) fn accepted(before: &Client, after: &Client, force: Force) -> Result<()> {
    let newly = |of: fn(&ClientSettings) -> bool| of(&after.settings) && !of(&before.settings);
    let field = if newly(|settings| settings.id_token_encrypted_response_alg.is_some()) {
        ID_TOKEN
    } else if newly(|settings| settings.userinfo_encrypted_response_alg.is_some()) {
        USERINFO
    } else {
        return Ok(());
    };
    match force {
        Force::Yes => Ok(()),
        Force::No => Err(DirectoryError::Encrypts { client: after.id.0.clone(), field }),
    }
}

/// What to know of a new client that gets something encrypted.
pub(super) fn note(client: &Client) -> Option<String> {
    let settings = &client.settings;
    let encrypts =
        settings.id_token_encryption().is_some() || settings.userinfo_encryption().is_some();
    encrypts.then(|| {
        format!(
            "'{}' gets encrypted tokens: it must have the private key at hand, and \
             python-social-auth (NetBox) cannot read them.",
            client.id
        )
    })
}
