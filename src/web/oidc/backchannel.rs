//! Asking for a person in the back channel, CIBA Core 7: who is asked, and polling until they have
//! decided in the portal.

use std::sync::Arc;

use axum::Extension;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::authorize::{arrival, hinted_sub};
use super::client::{self, Asked as Call};
use super::path_client::OnPath;
use super::polled::{self, Polled};
use super::token::{self, Caller, Tokens, refused};
use super::{Tracked, request_object};
use crate::app::AppState;
use crate::domain::{
    BackchannelRequest, Cause, Client, Grant, GrantType, Layout, Once, Scopes, Timestamp, Token,
    UserId,
};
use crate::protocol::authorize::Arrival;
use crate::protocol::backchannel::{
    self, FRUITLESS, Hint, LIFETIME, Params, Signature, WORDS, unknown,
};
use crate::protocol::polling::PAUSE;
use crate::protocol::{ErrorCode, OAuthError};
use crate::registry::Snapshot;
use crate::signin::authenticate;
use crate::signin::person::{self, Person};
use crate::signin::throttle::{self, Keys};
use crate::store::{self, Conn, backchannel_requests, spent, users};
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::json::NoStore;
use crate::web::visitor::Visitor;

/// The answer, CIBA Core 7.3.
#[derive(Serialize)]
pub struct Waiting {
    auth_req_id: String,
    expires_in: i64,
    interval: i64,
}

/// `POST`
pub async fn post(
    app: AppState,
    (_, Extension(layout)): (OnPath, Extension<Layout>),
    visitor: Visitor,
    headers: HeaderMap,
    ClientForm { client: form, params }: ClientForm<Params>,
) -> Response {
    let call = Call {
        visitor: &visitor,
        headers: &headers,
        endpoint: "backchannel authentication",
        layout,
    };
    let client = match client::authenticate(&app, &call, &form).await {
        Ok((client, _)) => client,
        Err(Failure::Refused(error)) => {
            let named = form.named(&headers);
            let tracked = Tracked::stray(&app, layout, named.as_ref());
            return refused(&app, &tracked, error).into_response();
        }
        Err(broken) => return JsonError(broken).into_response(),
    };
    let arrival = arrival(&app, layout);
    let tracked = Tracked::begin(arrival.flow.clone(), layout, visitor.address_text());
    let tracked = tracked.client(&client.id);
    match ask(&app, &client, params, (&arrival, &tracked, &visitor)).await {
        Ok(waiting) => NoStore(waiting).into_response(),
        Err(Failure::Refused(error)) => {
            // CIBA Core 13 has 403 for it here, and the token endpoint 400.
            let denied = error.code == ErrorCode::AccessDenied;
            let mut response = refused(&app, &tracked, error).into_response();
            if denied {
                *response.status_mut() = StatusCode::FORBIDDEN;
            }
            response
        }
        Err(broken) => JsonError(broken).into_response(),
    }
}

async fn ask(
    app: &AppState,
    client: &Arc<Client>,
    params: Params,
    (arrival, tracked, visitor): (&Arrival, &Tracked, &Visitor),
) -> Result<Waiting, Failure> {
    token::allowed(client, GrantType::Ciba)?;
    if client.public {
        let text = "a public client cannot ask for people";
        let (code, cause) = (ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed);
        return Err(OAuthError::new(code, cause, text).into());
    }
    let (params, signature) = unpack(app, client, params).await?;
    let asked = params.check()?;
    let registry = app.registry();
    // Whom a client names is not to be told by the answers, however many names it tries.
    let guesses = Keys::of_hints(&client.id);
    if throttle::reserve(app, &guesses).await?.is_some() {
        let text = "too many people were named who cannot be asked; wait a minute";
        let (code, cause) = (ErrorCode::AccessDenied, Cause::BackchannelFlood);
        return Err(OAuthError::new(code, cause, text).into());
    }
    let person = whom(app, (&registry, client), &asked.hint).await?;
    let token = app.random.token(&app.clock);
    // What does not exist is ignored anyway, and need not be kept.
    let known = asked.scopes.iter().filter(|name| registry.scopes().contains_key(*name));
    let scopes: Scopes = known.map(str::to_owned).collect();
    let request = BackchannelRequest {
        id: token.selector,
        hash: token.hash(),
        client_id: client.id.clone(),
        user_id: person.user.id.clone(),
        layout: arrival.layout,
        scopes: Json(scopes.clone()),
        binding_message: asked.binding_message,
        address: visitor.address_text(),
        flow: arrival.flow.clone(),
        created_at: arrival.at,
        expires_at: arrival.at + asked.lifetime,
        polled_at: Timestamp(0),
        pause: PAUSE,
        decided_at: None,
        grant_id: None,
        used_at: None,
    };
    store(app, &request, (&guesses, signature.as_ref())).await?;
    // As the client said it: whose account that is, it learns when the person has approved.
    let told = vec![("account", asked.hint.shown().to_owned()), ("scope", scopes.to_string())];
    tracked.step(app, "backchannel_asked", told);
    Ok(Waiting { auth_req_id: token.expose(), expires_in: asked.lifetime, interval: PAUSE })
}

/// The parameters that count: those that were signed where any were, else those that were sent.
async fn unpack(
    app: &AppState,
    client: &Client,
    params: Params,
) -> Result<(Params, Option<Signature>), OAuthError> {
    params.check_form(client)?;
    let Some(token) = &params.request else { return Ok((params, None)) };
    let claims = request_object::claims(app, client, token).await;
    let claims = claims.map_err(backchannel::as_request)?;
    let issuers = request_object::issuers(app, client);
    let (params, signature) = backchannel::signed(client, &claims, &issuers, app.clock.now())?;
    Ok((params, Some(signature)))
}

/// Whom a hint means, if the client may ask for them. Whether it may not, or there is nobody, is the
/// same to the client and to those who own it.
async fn whom(
    app: &AppState,
    (registry, client): (&Snapshot, &Client),
    hint: &Hint,
) -> Result<Person, Failure> {
    let mut conn = app.db.read().await?;
    let (name, found) = match hint {
        Hint::Name(name) => (name.clone(), called(app, &mut conn, (registry, client), name).await?),
        Hint::IdToken(token) => {
            let sub = hinted_sub(app, client, token)?;
            let found = person::named(app, &mut conn, (registry, client), &sub).await?;
            (sub, found)
        }
    };
    let refuse = |why: &str| unknown(why).with("account", name.clone());
    let id = found.ok_or_else(|| refuse("nobody has this name"))?;
    let person = person::load(app, &mut conn, (registry, client), &id).await?;
    let person = person.ok_or_else(|| refuse("this account is closed"))?;
    match registry.allowed_scopes(&client.id, &person.groups) {
        Some(_) => Ok(person),
        None => Err(refuse("no scope map is for this person").into()),
    }
}

/// Whose name it is: what people type when they sign in, or what the client calls somebody.
async fn called(
    app: &AppState,
    conn: &mut Conn,
    known: (&Snapshot, &Client),
    name: &str,
) -> store::Result<Option<UserId>> {
    if let Some(user) = authenticate::find(conn, name).await? {
        return Ok(Some(user.id));
    }
    match name.chars().any(char::is_control) {
        true => Ok(None),
        false => person::named(app, conn, known, name).await,
    }
}

/// Stores a request, unless it came before or the person is asked too often. Requests for one person
/// wait for each other, so that no more of them pass at once than one after another.
async fn store(
    app: &AppState,
    request: &BackchannelRequest,
    (guesses, signature): (&Keys, Option<&Signature>),
) -> Result<(), Failure> {
    let mut tx = app.db.write().await?;
    throttle::take_back(&mut tx, guesses).await?;
    if let Some(Signature { jti, ends_at }) = signature {
        let hash = Sha256::digest(format!("{} {jti}", request.client_id));
        let id = BASE64_URL_SAFE_NO_PAD.encode(hash);
        if !spent::spend(&mut tx, (Once::BackchannelRequest, &id), *ends_at).await? {
            let text = "the request was sent before; sign each anew";
            let (code, cause) = (ErrorCode::InvalidRequest, Cause::BackchannelReplayed);
            return Err(OAuthError::new(code, cause, text).into());
        }
    }
    users::hold(&mut tx, &request.user_id).await?;
    // Closing an account refuses what waits, and nothing comes after it.
    let user = users::find(&mut tx, &request.user_id).await?;
    if user.is_none_or(|user| user.disabled_at.is_some()) {
        return Err(unknown("this account is closed").into());
    }
    let who = (&request.client_id, &request.user_id);
    let now = request.created_at;
    let span = (now - LIFETIME, now);
    if backchannel_requests::count_fruitless(&mut tx, who, span).await? >= FRUITLESS {
        let text = "this person was asked too often; wait ten minutes";
        let (code, cause) = (ErrorCode::AccessDenied, Cause::BackchannelFlood);
        return Err(OAuthError::new(code, cause, text).into());
    }
    backchannel_requests::insert(&mut tx, request).await?;
    Ok(tx.commit().await?)
}

/// `grant_type=urn:openid:params:grant-type:ciba`, CIBA Core 10.1.
pub async fn poll(
    app: &AppState,
    caller: &Caller,
    params: &token::Params,
) -> Result<Tokens, JsonError> {
    let client = &caller.client;
    let stray = |error| refused(app, &Tracked::stray(app, caller.layout, Some(&client.id)), error);
    let sent = params.auth_req_id.as_deref();
    let sent = sent.ok_or_else(|| stray(malformed("auth_req_id is required")))?;
    let Some((request, grant)) = look_up(app, sent).await? else {
        return Err(stray(WORDS.refusal(Cause::BackchannelUnknown)));
    };
    polled::answer(app, caller, &Polled::Request(&request), grant).await
}

async fn look_up(
    app: &AppState,
    sent: &str,
) -> store::Result<Option<(BackchannelRequest, Option<Grant>)>> {
    let Some(token) = Token::parse(sent) else { return Ok(None) };
    let mut conn = app.db.read().await?;
    let found = backchannel_requests::with_grant(&mut conn, token.selector).await?;
    Ok(found.filter(|(request, _)| token.matches(&request.hash)))
}
