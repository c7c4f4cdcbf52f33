//! Pushed authorization requests, RFC 9126. A request is checked when it is pushed and given back
//! sealed, as its own `request_uri`: nothing is stored before it is answered, once.

use axum::Extension;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::authorize::{arrival, asked, validate};
use super::client::{self, Asked};
use super::dpop::{self, Place};
use super::token::refused;
use super::{Tracked, request_object};
use crate::app::AppState;
use crate::domain::{Cause, Client, Confirmation, Layout, MINUTE, Once, Timestamp};
use crate::layouts;
use crate::protocol::authorize::{Arrival, Params, Request};
use crate::protocol::callback::Callback;
use crate::protocol::next_step::PATIENCE;
use crate::protocol::{ErrorCode, OAuthError};
use crate::seal::Purpose;
use crate::store::{Tx, spent};
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::json::NoStore;
use crate::web::visitor::Visitor;

/// How every `request_uri` of ours begins (RFC 9126 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// Seconds between the push and the browser.
const LIFETIME: i64 = MINUTE;
/// Bytes of a `request_uri`: what proxies and browsers let through.
const LONGEST: usize = 6000;
const CONTEXT: (Purpose, &str) = (Purpose::PushedRequest, "");

/// A request that was pushed.
#[derive(Serialize, Deserialize)]
pub struct Pushed {
    /// The request, checked.
    pub request: Request,
    /// The end of its life.
    expires_at: Timestamp,
}

/// `POST`
pub async fn post(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    headers: HeaderMap,
    ClientForm { client: form, params }: ClientForm<Params>,
) -> Result<Response, JsonError> {
    let caller = Asked { visitor: &visitor, headers: &headers, endpoint: "par", layout };
    let client = match client::authenticate(&app, &caller, &form).await {
        Ok((client, _)) => client,
        Err(Failure::Refused(error)) => {
            let named = form.named(&headers);
            return Err(refused(&app, &Tracked::stray(&app, layout, named.as_ref()), error));
        }
        Err(broken) => return Err(JsonError(broken)),
    };
    let arrival = arrival(&app, layout);
    let tracked = Tracked::begin(arrival.flow.clone(), layout, visitor.address_text());
    let tracked = tracked.client(&client.id);
    let refused = |error| refused(&app, &tracked, error);
    if params.request_uri.is_some() {
        return Err(refused(malformed("request_uri cannot be pushed")));
    }
    let place = Place { method: "POST", endpoint: |urls| urls.pushed_requests, access_token: None };
    let proved = match dpop::prove(&app, &client, &headers, &place).await {
        // Nobody need prove a key here, and who does binds the code to it (RFC 9449 10.1).
        Err(Failure::Refused(error)) if error.cause == Cause::DpopProofMissing => None,
        Err(Failure::Refused(error)) if error.code == ErrorCode::UseDpopNonce => {
            return Err(error.into());
        }
        Err(Failure::Refused(error)) => return Err(refused(error)),
        Err(broken) => return Err(JsonError(broken)),
        Ok(proved) => proved,
    };
    let params = request_object::unpack(&app, &client, params).await.map_err(refused)?;
    tracked.step(&app, "pushed", asked(&params));
    let request = push(&app, &client, params, arrival).map_err(refused)?;
    let request = bind(request, proved).map_err(refused)?;
    let request_uri = seal(&app, request)?;
    if request_uri.len() > LONGEST {
        return Err(refused(malformed("the request is too long to be pushed")));
    }
    let body = json!({ "request_uri": request_uri, "expires_in": LIFETIME });
    Ok((StatusCode::CREATED, NoStore(body)).into_response())
}

/// Checks the request as the authorization endpoint would.
fn push(
    app: &AppState,
    client: &Client,
    params: Params,
    arrival: Arrival,
) -> Result<Request, OAuthError> {
    let issuer = layouts::issuer(app.config.public_url.as_str(), arrival.layout, client);
    let callback = Callback::of(client, &params, issuer).map_err(|untrusted| {
        let text = "redirect_uri is missing or not registered";
        let error = OAuthError::new(ErrorCode::InvalidRequest, untrusted.cause, text);
        match untrusted.offered {
            Some(uri) => error.with("offered", uri),
            None => error,
        }
    })?;
    let request = validate(app, client, (params, callback), arrival)?;
    let id = BASE64_URL_SAFE_NO_PAD.encode(app.random.bytes::<16>());
    Ok(Request { pushed: Some(id), ..request })
}

/// Binds the code to come to the key that was proved, which must be the one that was named, if any.
fn bind(request: Request, proved: Option<Confirmation>) -> Result<Request, OAuthError> {
    let Some(Confirmation::Key(jkt)) = proved else { return Ok(request) };
    if request.jkt.as_ref().is_some_and(|named| *named != jkt) {
        let (code, cause) = (ErrorCode::InvalidDpopProof, Cause::DpopKeyMismatch);
        return Err(OAuthError::new(code, cause, "dpop_jkt is not the key of the proof"));
    }
    Ok(Request { jkt: Some(jkt), ..request })
}

fn seal(app: &AppState, request: Request) -> Result<String, Failure> {
    let pushed = Pushed { request, expires_at: app.clock.now() + LIFETIME };
    let plain = serde_json::to_vec(&pushed).map_err(anyhow::Error::from)?;
    let sealed = app.sealer.seal(CONTEXT, &plain, &app.random).map_err(anyhow::Error::from)?;
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(sealed)))
}

/// Whether a `request_uri` claims to be one of a pushed request.
pub fn is_ours(uri: &str) -> bool {
    uri.starts_with(PREFIX)
}

/// Opens a pushed request of this client. What else stood beside the `request_uri` counts for
/// nothing (RFC 9126 4).
///
/// # Errors
/// `RequestUriUnknown` for what was changed, never ours, or given to another client.
pub fn open(
    app: &AppState,
    (client, layout): (&Client, Layout),
    uri: &str,
) -> Result<Pushed, Cause> {
    let unknown = || Cause::RequestUriUnknown;
    let sealed = uri.strip_prefix(PREFIX).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).map_err(|_| unknown())?;
    let plain = app.sealer.open(CONTEXT, &bytes).map_err(|_| unknown())?;
    let mut pushed: Pushed = serde_json::from_slice(&plain).map_err(|_| unknown())?;
    let request = &mut pushed.request;
    // The client may have been changed since.
    let redirect_uri = &request.callback.redirect_uri;
    if request.client_id != client.id || !client.owns_redirect_uri(redirect_uri) {
        return Err(unknown());
    }
    // One push endpoint serves the paths of all layouts; the browser's path decides the issuer.
    request.layout = layout;
    request.callback.issuer = layouts::issuer(app.config.public_url.as_str(), layout, client);
    Ok(pushed)
}

/// Looks whether it still may be answered; opening it does not use it up.
///
/// # Errors
/// `invalid_request_uri` once it is too old or was answered.
pub async fn check(app: &AppState, pushed: &Pushed) -> Result<(), Failure> {
    if pushed.expires_at <= app.clock.now() {
        let text = "the request_uri has expired";
        return Err(refusal(Cause::RequestUriExpired, text).into());
    }
    let mut conn = app.db.read().await?;
    let id = pushed.request.pushed.as_deref().unwrap_or_default();
    match spent::is_spent(&mut conn, (Once::PushedRequest, id)).await? {
        true => Err(used().into()),
        false => Ok(()),
    }
}

/// Uses the request up if it was pushed: of any number of browsers that come with it, one is
/// answered.
///
/// # Errors
/// `invalid_request_uri` for the others.
pub async fn spend(tx: &mut Tx, request: &Request) -> Result<(), Failure> {
    let Some(id) = &request.pushed else { return Ok(()) };
    match spent::spend(tx, (Once::PushedRequest, id), request.started_at + PATIENCE).await? {
        true => Ok(()),
        false => Err(used().into()),
    }
}

fn used() -> OAuthError {
    refusal(Cause::RequestUriUsed, "the request_uri was used")
}

fn refusal(cause: Cause, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestUri, cause, text)
}
