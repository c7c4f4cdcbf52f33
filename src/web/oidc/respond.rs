//! The answer of the authorization endpoint that says yes: a grant, and what the response type asks
//! for of code, ID token and access token (OpenID Connect Core 3.1.2.5, 3.2.2.5, 3.3.2.5).

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use sqlx::types::Json;

use super::answer::Sent;
use super::authorize::to_page;
use super::encrypted::Recipient;
use super::issue::Issue;
use super::{Tracked, par};
use crate::app::AppState;
use crate::domain::{AuthorizationCode, Client, Confirmation, Grant, ResponseType, Session};
use crate::protocol::authorize::Request;
use crate::protocol::callback::{Callback, Message};
use crate::protocol::next_step::Granted;
use crate::protocol::session_state::session_state;
use crate::registry::Snapshot;
use crate::signin::person::Person;
use crate::store::{codes, consents, grants, sessions};
use crate::web::cookies;
use crate::web::error::Failure;

/// Stores the grant and what hangs off it, and hands that over.
pub async fn respond(
    app: &AppState,
    (registry, client): (&Snapshot, &Arc<Client>),
    request: Request,
    (session, person): (&Session, &Person),
    granted: Granted,
) -> Result<Response, Failure> {
    let kind = request.response_type;
    let how = client.settings.id_token_encryption().filter(|_| kind.has_id_token());
    let recipient = Recipient::of(app, client, how).await?;
    let mut tx = app.db.write().await?;
    // Both were looked at before this transaction, and may be gone by now.
    if !sessions::hold(&mut tx, session.id).await? {
        return to_page(app, "/login", &request);
    }
    if !client.trusted && !consents::hold(&mut tx, &session.user_id, &client.id).await? {
        return to_page(app, "/consent", &request);
    }
    par::spend(&mut tx, &request).await?;
    let now = app.clock.now();
    let tracked = Tracked::of_request(&request, None).user(&session.user_id);
    let grant = Grant {
        id: app.random.selector(&app.clock),
        client_id: client.id.clone(),
        user_id: session.user_id.clone(),
        session_id: Some(session.id),
        sid: session.sid.clone(),
        layout: request.layout,
        scopes: Json(granted.scopes),
        claims: Json(granted.claims),
        target: Json(request.target),
        nonce: request.nonce,
        auth_time: session.auth_time,
        acr: session.acr().to_owned(),
        amr: session.amr.clone(),
        flow: request.flow,
        created_at: now,
        revoked_at: None,
    };
    grants::insert(&mut tx, &grant).await?;
    let mut code = None;
    if kind.has_code() {
        let token = app.random.token(&app.clock);
        let stored = AuthorizationCode {
            grant_id: grant.id,
            client_id: client.id.clone(),
            redirect_uri: request.callback.redirect_uri.clone(),
            challenge: request.challenge,
            expires_at: now + client.settings.code_lifetime,
            cnf: request.jkt.map(|jkt| Json(Confirmation::Key(jkt))),
        };
        codes::insert(&mut tx, &token, &stored).await?;
        code = Some(token.expose());
    }
    let scopes = grant.scopes.0.clone();
    let tokens = kind
        .is_front_channel()
        .then(|| Issue::new(app, (registry, client), (&grant, person), scopes));
    let tokens = tokens.map(|tokens| tokens.encrypting(recipient));
    if let Some(tokens) = tokens.as_ref().filter(|_| kind.has_token()) {
        tokens.store_access(&mut tx).await?;
    }
    tx.commit().await?;
    let mut message = Message::default();
    if let Some(code) = &code {
        message = message.with("code", code);
        tracked.step(app, "code_issued", vec![("scope", grant.scopes.to_string())]);
    }
    if let Some(tokens) = tokens {
        message = tokens.through_the_browser(kind, code.as_deref(), message)?;
        note(app, &tracked, client, kind);
    }
    let (message, jar) = watched(app, &request.callback, session, message);
    Ok((jar, Sent::to(app, &request.callback, message)).into_response())
}

/// Adds what the client notices a sign-out by, where that is wanted, and shows the frame the same.
fn watched(
    app: &AppState,
    callback: &Callback,
    session: &Session,
    message: Message,
) -> (Message, CookieJar) {
    let jar = CookieJar::new();
    if !app.config.oidc.session_management {
        return (message, jar);
    }
    let state = session_state(
        callback.client_id.as_str(),
        &callback.redirect_uri,
        &cookies::browser_state(app, session),
        &app.random.bytes(),
    );
    let message = match state {
        Some(state) => message.with("session_state", state),
        None => message,
    };
    (message, cookies::with_state(app, jar, session))
}

/// Notes the tokens that went through the browser.
fn note(app: &AppState, tracked: &Tracked, client: &Client, kind: ResponseType) {
    if kind.has_token() {
        tracked.done(app, "tokens_in_browser", Vec::new());
    }
    if kind.has_id_token() {
        let alg = client.settings.alg.as_str().to_owned();
        tracked.done(app, "id_token_issued", vec![("alg", alg)]);
    }
}
