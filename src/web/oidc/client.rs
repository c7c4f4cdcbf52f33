//! Which client calls: the phase that all of its endpoints share.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::domain::{AuthMethod, Cause, Client, ClientId};
use crate::protocol::client_auth::{self, Sent};
use crate::protocol::{ErrorCode, OAuthError};

/// The client that a request names, whether or not it is one; to be told, not trusted.
pub fn named(headers: &HeaderMap, client_id: Option<&str>) -> Option<ClientId> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = Sent { authorization, client_id, client_secret: None };
    client_auth::read(&sent).ok().map(|credentials| ClientId(credentials.client_id))
}

/// The client that a request authenticates, and how it did.
///
/// # Errors
/// `invalid_client`, with the same words whether it is unknown or its secret is wrong.
pub fn authenticate(
    app: &App,
    headers: &HeaderMap,
    (client_id, client_secret): (Option<&str>, Option<&str>),
) -> Result<(Arc<Client>, AuthMethod), OAuthError> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credentials = client_auth::read(&Sent { authorization, client_id, client_secret })?;
    let registry = app.registry();
    let named = client_auth::spellings(&credentials.client_id)
        .find_map(|id| registry.client(&ClientId(id)));
    let Some(client) = named else {
        let text = "client authentication failed";
        return Err(OAuthError::new(ErrorCode::InvalidClient, Cause::UnknownClient, text)
            .with("client_id", credentials.client_id));
    };
    client_auth::check(&client, &credentials)?;
    Ok((client, credentials.method))
}
