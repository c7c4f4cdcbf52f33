//! Requests that their client signed, and may have encrypted (RFC 9101): in a parameter, or at an
//! address that it registered.

use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::{Cause, Client};
use crate::jose::is_encrypted;
use crate::layouts;
use crate::protocol::authorize::Params;
use crate::protocol::request_object::{self, refuse};
use crate::protocol::{ErrorCode, OAuthError};

/// The parameters that count: those that were signed where any were, else those that were sent.
///
/// # Errors
/// `invalid_request_object` and its like.
pub async fn unpack(app: &App, client: &Client, params: Params) -> Result<Params, OAuthError> {
    let token = match (&params.request, &params.request_uri) {
        (None, None) => return request_object::not_required(client).map(|()| params),
        (Some(_), Some(_)) => {
            return Err(refuse("request and request_uri cannot be sent together"));
        }
        (Some(token), None) => token.clone(),
        (None, Some(uri)) => fetched(app, client, uri).await?,
    };
    let claims = claims(app, client, &token).await?;
    let issuers = issuers(app, client);
    request_object::params(client, &claims, &issuers, app.clock.now())
}

/// Whom a signed request may be addressed to: us, on the paths of any layout.
pub fn issuers(app: &App, client: &Client) -> Vec<String> {
    let url = app.config.public_url.as_str();
    layouts::TABLES.iter().map(|paths| layouts::issuer(url, paths.layout, client)).collect()
}

/// What a client says in a signed request, once its signature is checked.
///
/// # Errors
/// `invalid_request_object` and its like.
pub async fn claims(
    app: &App,
    client: &Client,
    token: &str,
) -> Result<Map<String, Value>, OAuthError> {
    let settings = &client.settings;
    if settings.jwks.is_none() && settings.jwks_uri.is_none() {
        let (code, cause) = (ErrorCode::RequestNotSupported, Cause::RequestObjectUnsupported);
        return Err(OAuthError::new(code, cause, "the client has no keys to sign requests with"));
    }
    let inside = match is_encrypted(token) {
        true => Some(opened(app, client, token)?),
        false => request_object::plain(client).map(|()| None)?,
    };
    let token = inside.as_deref().unwrap_or(token);
    let signed = app.client_keys.verify(app, client, token).await.map_err(|untrusted| {
        let text = "the request object is not signed with a key of the client";
        // Whoever may not sign so can be told; all else is a matter of the object.
        let cause = match untrusted.cause {
            Cause::ClientAlgorithmRefused => untrusted.cause,
            _ => Cause::RequestObjectInvalid,
        };
        OAuthError::new(ErrorCode::InvalidRequestObject, cause, text).with("why", untrusted.detail)
    })?;
    Ok(signed.claims)
}

/// The signed request that was encrypted to a key of ours. What is inside has to be signed, whoever
/// could encrypt it: the key is known to everybody.
fn opened(app: &App, client: &Client, token: &str) -> Result<String, OAuthError> {
    let unreadable = || {
        let (code, cause) = (ErrorCode::InvalidRequestObject, Cause::RequestObjectUnreadable);
        OAuthError::new(code, cause, "the request object is not encrypted to a key of this server")
    };
    // Whoever names a client can send us something: only those that are to encrypt make us work.
    if client.settings.request_object_encryption_alg.is_none() {
        return Err(unreadable());
    }
    let opened = app.registry().keyring.open(token).map_err(|_| unreadable())?;
    String::from_utf8(opened.plain).map_err(|_| refuse("the request object is no text"))
}

/// What stands at an address that the client registered; a fragment says which version, and is
/// compared like the rest (OpenID Connect Core 6.2).
async fn fetched(app: &App, client: &Client, uri: &str) -> Result<String, OAuthError> {
    if !client.settings.request_uris.iter().any(|registered| registered == uri) {
        let (code, cause) = (ErrorCode::RequestUriNotSupported, Cause::RequestUriUnsupported);
        let text = "the request_uri is neither pushed nor registered";
        return Err(OAuthError::new(code, cause, text).with("offered", uri));
    }
    let body = app.fetcher.get(uri).await.map_err(|error| {
        let (code, cause) = (ErrorCode::InvalidRequestUri, Cause::RequestUriUnreachable);
        OAuthError::new(code, cause, "the request_uri cannot be fetched")
            .with("why", error.to_string())
    })?;
    let text = String::from_utf8(body).map_err(|_| refuse("the request object is no text"))?;
    Ok(text.trim().to_owned())
}
