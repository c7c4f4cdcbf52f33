//! How a client that registers itself is answered: what is signed and encrypted (OpenID Connect
//! Dynamic Client Registration 2, RFC 9701 6), and what its tokens are bound to (RFC 9449 5.2).

use super::members::Members;
use super::refuse;
use crate::domain::{Algorithm, ClientSettings, ContentEncryption, Dpop, KeyManagement};
use crate::protocol::OAuthError;

/// Says how the content of requests is encrypted, which any client may choose each time.
pub const REQUEST_CONTENT: &str = "request_object_encryption_enc";

/// Reads it all into the settings of a client.
pub fn read(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    let alg = |name| members.one_of(name, &Algorithm::ALL);
    settings.userinfo_signed_response_alg = alg("userinfo_signed_response_alg")?;
    settings.introspection_signed_response_alg = alg("introspection_signed_response_alg")?;
    encryption(members, settings)?;
    if members.flag("dpop_bound_access_tokens")? == Some(true) {
        settings.dpop = Dpop::Required;
    }
    Ok(())
}

fn encryption(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    let pair = |alg, enc| {
        let (to, how) = (
            members.one_of(alg, &KeyManagement::ALL)?,
            members.one_of(enc, &ContentEncryption::ALL)?,
        );
        match (to, how) {
            (None, Some(_)) => Err(refuse(enc, "it says how content is encrypted and not to what")),
            both => Ok(both),
        }
    };
    (settings.id_token_encrypted_response_alg, settings.id_token_encrypted_response_enc) =
        pair("id_token_encrypted_response_alg", "id_token_encrypted_response_enc")?;
    (settings.userinfo_encrypted_response_alg, settings.userinfo_encrypted_response_enc) =
        pair("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc")?;
    (settings.request_object_encryption_alg, _) =
        pair("request_object_encryption_alg", REQUEST_CONTENT)?;
    Ok(())
}
