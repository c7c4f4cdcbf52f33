//! Which client calls: the phase that all of its endpoints share.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use serde::Deserialize;

use super::{assertion, certificate, client_document};
use crate::app::App;
use crate::domain::{Actor, AuthMethod, Cause, Client, ClientId, Layout};
use crate::explain::audit::Entry;
use crate::protocol::authorize::filled;
use crate::protocol::client_auth::{self, Credentials, Sent, Verdict};
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
    /// On whose paths it calls.
    pub layout: Layout,
}

/// What a form carries to prove it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Form {
    #[serde(deserialize_with = "filled")]
    client_id: Option<String>,
    #[serde(deserialize_with = "filled")]
    client_secret: Option<String>,
    #[serde(deserialize_with = "filled")]
    client_assertion_type: Option<String>,
    #[serde(deserialize_with = "filled")]
    client_assertion: Option<String>,
}

impl Form {
    fn read(&self, headers: &HeaderMap) -> Result<Credentials, OAuthError> {
        let authorization = headers.get(header::AUTHORIZATION);
        client_auth::read(&Sent {
            authorization: authorization.and_then(|value| value.to_str().ok()),
            client_id: self.client_id.as_deref(),
            client_secret: self.client_secret.as_deref(),
            assertion_type: self.client_assertion_type.as_deref(),
            assertion: self.client_assertion.as_deref(),
        })
    }

    /// The client that a request names, whether or not it is one; to be told, not trusted.
    pub fn named(&self, headers: &HeaderMap) -> Option<ClientId> {
        let id = self.read(headers).ok().map(|credentials| credentials.client_id);
        id.or_else(|| self.client_id.clone()).map(ClientId)
    }
}

/// The client that a request authenticates, and how it did.
///
/// # Errors
/// `invalid_client`, with the same words whether it is unknown or its secret is wrong. The audit
/// log hears of it, though not of each: see `explain::Refused`.
pub async fn authenticate(
    app: &App,
    asked: &Asked<'_>,
    form: &Form,
) -> Result<(Arc<Client>, AuthMethod), Failure> {
    let credentials = form.read(asked.headers)?;
    client_document::look_up(app, &credentials.client_id, asked.visitor.address).await?;
    let registry = app.registry();
    let named = client_auth::spellings(&credentials.client_id)
        .find_map(|id| registry.client(&ClientId(id)));
    match prove(app, asked, named.as_deref(), &credentials).await {
        Ok(()) => {}
        Err(Failure::Refused(error)) => {
            let error = error.with("client_id", credentials.client_id.clone());
            note(app, asked, named.as_deref(), &error).await?;
            return Err(error.into());
        }
        Err(broken) => return Err(broken),
    }
    let client = named.ok_or_else(OAuthError::server_error)?;
    // Who shows a certificate sends nothing else.
    let method = match (credentials.method, client.settings.auth_method) {
        (AuthMethod::None, Some(set)) => set,
        (method, _) => method,
    };
    Ok((client, method))
}

async fn prove(
    app: &App,
    asked: &Asked<'_>,
    named: Option<&Client>,
    credentials: &Credentials,
) -> Result<(), Failure> {
    let Some(client) = named else {
        let text = "client authentication failed";
        return Err(OAuthError::new(ErrorCode::InvalidClient, Cause::UnknownClient, text).into());
    };
    match client_auth::check(client, credentials)? {
        Verdict::Proven => Ok(()),
        Verdict::IfSigned(token) => {
            assertion::take(app, (client, asked.layout), (token, credentials.method)).await
        }
        Verdict::IfCertified(method) => {
            certificate::check(app, (client, method), asked.visitor.certificate.as_ref()).await
        }
    }
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
