//! How a client that registers itself is answered and told: what is signed and encrypted (OpenID
//! Connect Dynamic Client Registration 2, RFC 9701 6), what its tokens are bound to (RFC 9449 5.2),
//! and where it hears of sign-outs (Back-Channel Logout 2.2, Front-Channel Logout 2).

use serde::Serialize;
use serde_json::json;
use url::Url;

use super::members::Members;
use super::{TEXT, refuse};
use crate::domain::{Algorithm, Bounds, ClientSettings, ContentEncryption, Dpop, KeyManagement};
use crate::protocol::OAuthError;

/// Says how the content of requests is encrypted, which any client may choose each time.
pub const REQUEST_CONTENT: &str = "request_object_encryption_enc";

/// Reads it all into the settings of a client with these redirect URIs.
pub fn read(
    members: &Members<'_>,
    (bounds, redirect_uris): (&Bounds, &[String]),
    settings: &mut ClientSettings,
) -> Result<(), OAuthError> {
    signatures(members, settings)?;
    encryption(members, settings)?;
    if members.flag("dpop_bound_access_tokens")? == Some(true) {
        settings.dpop = Dpop::Required;
    }
    sign_outs(members, (bounds, redirect_uris), settings)
}

fn signatures(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    let alg = |name| one_of(members, name, &Algorithm::ALL);
    settings.userinfo_signed_response_alg = alg("userinfo_signed_response_alg")?;
    settings.introspection_signed_response_alg = alg("introspection_signed_response_alg")?;
    Ok(())
}

fn encryption(members: &Members<'_>, settings: &mut ClientSettings) -> Result<(), OAuthError> {
    let pair = |alg, enc| {
        let (to, how) = (
            one_of(members, alg, &KeyManagement::ALL)?,
            one_of(members, enc, &ContentEncryption::ALL)?,
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

fn sign_outs(
    members: &Members<'_>,
    (bounds, redirect_uris): (&Bounds, &[String]),
    settings: &mut ClientSettings,
) -> Result<(), OAuthError> {
    let address = |name| match members.address(name)? {
        Some(uri) if !bounds.reach(&uri) => {
            Err(refuse(name, "this host is not among those allowed").with("offered", uri))
        }
        uri => Ok(uri),
    };
    settings.backchannel_logout_uri = address("backchannel_logout_uri")?;
    settings.frontchannel_logout_uri = address("frontchannel_logout_uri")?;
    // Front-Channel Logout 2: what browsers are sent to belongs to where answers go.
    if let Some(uri) = &settings.frontchannel_logout_uri
        && !redirect_uris.iter().any(|other| origin(other) == origin(uri))
    {
        let text = "its scheme, host and port must be those of a redirect URI";
        return Err(refuse("frontchannel_logout_uri", text).with("offered", uri));
    }
    let flag = |name| Ok(members.flag(name)?.unwrap_or_default());
    settings.backchannel_logout_session_required = flag("backchannel_logout_session_required")?;
    settings.frontchannel_logout_session_required = flag("frontchannel_logout_session_required")?;
    Ok(())
}

fn origin(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}

/// A word of this list.
fn one_of<T: Serialize + Copy>(
    members: &Members<'_>,
    name: &'static str,
    all: &[T],
) -> Result<Option<T>, OAuthError> {
    let Some(text) = members.text(name, TEXT)? else { return Ok(None) };
    let found = all.iter().find(|one| json!(one) == text).copied();
    found.map(Some).ok_or_else(|| refuse(name, "this is not served").with("offered", text))
}
