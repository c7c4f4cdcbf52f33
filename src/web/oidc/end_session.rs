//! The end-session endpoint, OpenID Connect RP-Initiated Logout 1.0.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, RawQuery};
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;

use super::Tracked;
use super::path_client::OnPath;
use crate::app::AppState;
use crate::domain::{Cause, Client, ClientId, Layout};
use crate::layouts;
use crate::protocol::end_session::{self, Hint, Params, Return};
use crate::protocol::{ErrorCode, OAuthError};
use crate::registry::Snapshot;
use crate::web::error::PageError;
use crate::web::signin::logout;
use crate::web::visitor::Visitor;

/// A sign-out that was checked: for whom, and where it leads.
pub struct Checked {
    /// The client that asks, if it says so.
    pub client: Option<Arc<Client>>,
    /// Where the browser goes.
    pub destination: Return,
    /// What the ID token says, if one was sent.
    pub hint: Option<Hint>,
}

/// `GET`
pub async fn get(
    app: AppState,
    _: OnPath,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&app, visitor, &query.unwrap_or_default()).await
}

/// `POST`: browsers send no `Lax` cookies along with a form from another site, so the request goes
/// on by a redirect, where they do.
pub async fn post(app: AppState, _: OnPath, visitor: Visitor, body: Bytes) -> Response {
    let Some(params) = parse::<Params>(&String::from_utf8_lossy(&body)) else {
        return refuse(&app, &visitor, Cause::MalformedRequest.into());
    };
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params.sent()).finish();
    Redirect::to(&format!("{}?{query}", layouts::NATIVE.end_session)).into_response()
}

/// Why a sign-out is refused, and of which client it is.
pub struct Refused {
    cause: Cause,
    client: Option<ClientId>,
    offered: Option<String>,
}

impl From<Cause> for Refused {
    fn from(cause: Cause) -> Refused {
        Refused { cause, client: None, offered: None }
    }
}

/// Tells the person, and a flow.
pub fn refuse(app: &AppState, visitor: &Visitor, refused: Refused) -> Response {
    let cause = refused.cause;
    let tracked = Tracked::begin(app.random.flow_ref(), Layout::Native, visitor.address_text());
    let tracked = match &refused.client {
        Some(client) => tracked.client(client),
        None => tracked,
    };
    tracing::info!(%cause, flow.r#ref = %tracked.reference(), "a sign-out was refused");
    let mut error = OAuthError::new(ErrorCode::InvalidRequest, cause, "");
    let named = refused.client.filter(|_| cause == Cause::UnknownClient);
    error.detail = [("offered", refused.offered), ("client_id", named.map(|id| id.0))]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .chain(visitor.unusual())
        .collect();
    tracked.sign_out_refused(app, &error);
    let page = PageError::new(app, visitor, cause).reference(tracked.reference());
    page.sign_out().into_response()
}

async fn answer(app: &AppState, visitor: Visitor, text: &str) -> Response {
    let checked = parse(text).ok_or_else(|| Cause::MalformedRequest.into()).and_then(|params| {
        let checked = check(app, &params)?;
        Ok((params, checked))
    });
    let (params, checked) = match checked {
        Ok(checked) => checked,
        Err(refused) => return refuse(app, &visitor, refused),
    };
    let signed_in = match visitor.signed_in(app).await {
        Ok(signed_in) => signed_in,
        Err(error) => return PageError::broken(app, &visitor, error).into_response(),
    };
    let sid = signed_in.as_ref().map(|(session, _)| session.sid.as_str());
    if !end_session::is_proven(checked.hint.as_ref(), sid) {
        let user = signed_in.map(|(_, user)| user);
        return logout::confirm(app, visitor, (&params, checked.client.as_deref()), user);
    }
    match logout::end(app, &visitor, signed_in).await {
        Ok(ended) => logout::leave(app, ended, checked.client.as_deref(), &checked.destination),
        Err(error) => PageError::broken(app, &visitor, error).into_response(),
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    let uri = format!("/?{text}").parse().ok()?;
    Query::try_from_uri(&uri).ok().map(|Query(params)| params)
}

/// What an ID token says. Applications keep theirs for weeks, longer than its key is published;
/// then it still names the client, and the person is asked.
fn read_hint(app: &AppState, registry: &Snapshot, token: &str) -> Option<Hint> {
    let verifier = registry.keyring.verifier();
    match verifier.verify(token, "JWT") {
        Ok(claims) => Hint::read(&claims),
        Err(_) => {
            let claims = verifier.unvouched(token, "JWT")?;
            Hint::read_unvouched(&claims, app.config.public_url.as_str())
        }
    }
}

/// Checks who asks and where the browser is to go.
///
/// # Errors
/// The reason why the request is refused; the browser is then sent nowhere.
pub fn check(app: &AppState, params: &Params) -> Result<Checked, Refused> {
    let registry = app.registry();
    let hint = match &params.id_token_hint {
        Some(token) => {
            let hint = read_hint(app, &registry, token);
            let client = params.client_id.clone().map(ClientId);
            let client = client.filter(|id| registry.client(id).is_some());
            Some(hint.ok_or(Refused { client, ..Cause::BadIdTokenHint.into() })?)
        }
        None => None,
    };
    let named = match (&hint, &params.client_id) {
        (Some(hint), Some(id)) if hint.client_id != *id => {
            let client = registry.client(&ClientId(id.clone())).map(|client| client.id.clone());
            return Err(Refused { client, ..Cause::BadIdTokenHint.into() });
        }
        (Some(hint), _) => Some(hint.client_id.clone()),
        (None, id) => id.clone(),
    };
    let client = match named {
        Some(id) => {
            let id = ClientId(id);
            let Some(client) = registry.client(&id) else {
                return Err(Refused { client: Some(id), ..Cause::UnknownClient.into() });
            };
            Some(client).filter(|client| client.disabled_at.is_none())
        }
        None => None,
    };
    let destination = end_session::destination(client.as_deref(), params).map_err(|cause| {
        let client = client.as_ref().map(|client| client.id.clone());
        Refused { cause, client, offered: params.post_logout_redirect_uri.clone() }
    })?;
    Ok(Checked { client, destination, hint })
}
