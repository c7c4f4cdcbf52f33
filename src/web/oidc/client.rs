//! Which client calls: the phase that all of its endpoints share.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::domain::{Actor, AuthMethod, Cause, Client, ClientId};
use crate::explain::audit::Entry;
use crate::protocol::client_auth::{self, Credentials, Sent};
use crate::protocol::{ErrorCode, OAuthError};
use crate::store;
use crate::web::error::Failure;
use crate::web::visitor::Visitor;

/// Where a client proves who it is.
pub struct Asked<'a> {
    /// From where it calls.
    pub visitor: &'a Visitor,
    /// What it sent along.
    pub headers: &'a HeaderMap,
    /// The endpoint, as the audit log names it.
    pub endpoint: &'static str,
}

/// The client that a request names, whether or not it is one; to be told, not trusted.
pub fn named(headers: &HeaderMap, client_id: Option<&str>) -> Option<ClientId> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = Sent { authorization, client_id, client_secret: None };
    client_auth::read(&sent).ok().map(|credentials| ClientId(credentials.client_id))
}

/// The client that a request authenticates, and how it did.
///
/// # Errors
/// `invalid_client`, with the same words whether it is unknown or its secret is wrong. The audit
/// log hears of it, though not of each: see `explain::Refused`.
pub async fn authenticate(
    app: &App,
    asked: &Asked<'_>,
    (client_id, client_secret): (Option<&str>, Option<&str>),
) -> Result<(Arc<Client>, AuthMethod), Failure> {
    let authorization = asked.headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let credentials = client_auth::read(&Sent { authorization, client_id, client_secret })?;
    let registry = app.registry();
    let named = client_auth::spellings(&credentials.client_id)
        .find_map(|id| registry.client(&ClientId(id)));
    match check(named.as_deref(), &credentials) {
        Ok(()) => {}
        Err(error) => {
            note(app, asked, named.as_deref(), &error).await?;
            return Err(error.into());
        }
    }
    let gone = || OAuthError::server_error();
    Ok((named.ok_or_else(gone)?, credentials.method))
}

fn check(named: Option<&Client>, credentials: &Credentials) -> Result<(), OAuthError> {
    let sent = || credentials.client_id.clone();
    let Some(client) = named else {
        let text = "client authentication failed";
        return Err(OAuthError::new(ErrorCode::InvalidClient, Cause::UnknownClient, text)
            .with("client_id", sent()));
    };
    client_auth::check(client, credentials).map_err(|error| error.with("client_id", sent()))
}

/// Writes the first failure of a client from a network in a minute down; the others are counted.
async fn note(
    app: &App,
    asked: &Asked<'_>,
    client: Option<&Client>,
    error: &OAuthError,
) -> store::Result<()> {
    let id = client.map(|client| &client.id);
    let Some(before) = app.refused.first(id, asked.visitor.address, app.clock.now()) else {
        return Ok(());
    };
    let actor = id.map_or(Actor::Anonymous, |id| Actor::Client(id.clone()));
    let mut entry = Entry::new(app, "client.authentication_failed", &actor)
        .refused(error.cause)
        .address(asked.visitor.address_text())
        .detail("endpoint", format!("the {} endpoint", asked.endpoint));
    if before > 0 {
        entry = entry.detail("not_written_before", before);
    }
    if let Some(id) = id {
        entry = entry.client(id);
    }
    let mut tx = app.db.write().await?;
    entry.append(&mut tx).await?;
    tx.commit().await
}
