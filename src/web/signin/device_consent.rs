//! The second page of letting a device in: which application asks, what it would learn, and that
//! nobody should go on who did not start it (RFC 8628 5.4). It is shown each time, whatever was
//! allowed before.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::device::{self, Filled, ask, login_url};
use super::told::{self, ScopeLine};
use super::{consent, logout, standing};
use crate::app::AppState;
use crate::domain::{
    Actor, Cause, Client, DeviceCode, GrantType, RequestedClaims, Scopes, Selector, Session,
    Timestamp, User, UserCode,
};
use crate::explain::audit::Entry;
use crate::protocol::device_grant::LIFETIME;
use crate::protocol::end_session::Return;
use crate::protocol::next_step::{self, Granted};
use crate::protocol::{ErrorCode, OAuthError};
use crate::registry::Snapshot;
use crate::seal::Purpose;
use crate::signin::person::{self, Person};
use crate::store::{device_codes, grants, sessions};
use crate::web::error::{Failure, PageError};
use crate::web::language;
use crate::web::oidc::{Tracked, token};
use crate::web::page::{self, ClientCard, Page};
use crate::web::visitor::Visitor;

const CONTEXT: (Purpose, &str) = (Purpose::Device, "");

/// A code that was entered, on its way through the page: sealed, so that it is looked up without
/// counting as another attempt.
#[derive(Clone, Serialize, Deserialize)]
pub struct Entered {
    device: Selector,
    code: String,
    session: Selector,
    at: Timestamp,
    /// What the page showed.
    shown: Option<Scopes>,
    /// Whether the device was let in, once that is decided.
    outcome: Option<bool>,
}

impl Entered {
    /// A code that was entered now.
    pub fn new(device: &DeviceCode, code: &UserCode, session: &Session, at: Timestamp) -> Entered {
        let (device, code, session) = (device.id, code.to_string(), session.id);
        Entered { device, code, session, at, shown: None, outcome: None }
    }

    /// As it travels.
    pub fn seal(&self, app: &AppState) -> anyhow::Result<String> {
        let plain = serde_json::to_vec(self)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(app.sealer.seal(CONTEXT, &plain, &app.random)?))
    }

    fn open(app: &AppState, sealed: &str) -> Option<Entered> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = app.sealer.open(CONTEXT, &bytes).ok()?;
        let entered: Entered = serde_json::from_slice(&plain).ok()?;
        (app.clock.now() - entered.at <= LIFETIME).then_some(entered)
    }
}

/// What is to be decided.
struct Asked {
    entered: Entered,
    device: DeviceCode,
    client: Arc<Client>,
    registry: Arc<Snapshot>,
    session: Session,
    person: Person,
    granted: Granted,
}

#[derive(Template)]
#[template(path = "signin/device_consent.html")]
struct ConsentPage {
    page: Page,
    asked: String,
    code: String,
    client: ClientCard,
    user_name: String,
    user_login: String,
    scopes: Vec<ScopeLine>,
}

#[derive(Template)]
#[template(path = "signin/device_done.html")]
struct DonePage {
    page: Page,
    let_in: bool,
}

/// `GET`, of somebody who is signed in.
pub async fn get(
    app: AppState,
    visitor: Visitor,
    signed_in: (Session, User),
    sealed: &str,
) -> Response {
    if let Some(let_in) = Entered::open(&app, sealed).and_then(|entered| entered.outcome) {
        let (page, jar) = Page::new(&app, visitor.jar);
        return page::show(StatusCode::OK, jar, &DonePage { page, let_in });
    }
    let asked = match load(&app, &visitor, signed_in, sealed).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let tracked = tracked(&asked, &visitor);
    tracked.step(&app, "consent_shown", vec![("scope", asked.granted.scopes.to_string())]);
    let shown = Entered { shown: Some(asked.granted.consent()), ..asked.entered.clone() };
    let sealed = match shown.seal(&app) {
        Ok(sealed) => sealed,
        Err(error) => return PageError::broken(&app, &visitor, error).into_response(),
    };
    let (page, jar) = Page::new(&app, visitor.jar);
    let known = (asked.registry.as_ref(), asked.client.as_ref());
    let consent = ConsentPage {
        page,
        asked: sealed,
        code: asked.entered.code.clone(),
        client: ClientCard::of(&asked.client),
        user_name: asked.person.user.shown_name().to_owned(),
        user_login: asked.person.user.username.to_string(),
        scopes: told::in_words(&app, known, &asked.person, &asked.granted),
    };
    page::show(StatusCode::OK, jar, &consent)
}

fn tracked(asked: &Asked, visitor: &Visitor) -> Tracked {
    let device = &asked.device;
    let tracked = Tracked::begin(device.flow.clone(), device.layout, visitor.address_text());
    tracked.client(&asked.client.id).user(&asked.person.user.id)
}

/// Loads what is to be decided; anything else is a page of its own.
async fn load(
    app: &AppState,
    visitor: &Visitor,
    (session, user): (Session, User),
    sealed: &str,
) -> Result<Asked, Response> {
    let broken = |failure: Failure| PageError::broken(app, visitor, failure).into_response();
    let entered = Entered::open(app, sealed);
    let entered = entered.ok_or_else(|| Redirect::to("/device").into_response())?;
    let code = UserCode::parse(&entered.code);
    if entered.session != session.id {
        let to = code.map_or("/device".to_owned(), |code| format!("/device?user_code={code}"));
        return Err(Redirect::to(&to).into_response());
    }
    let registry = app.registry();
    let mut conn = app.db.read().await.map_err(|error| broken(error.into()))?;
    let found = device_codes::with_grant(&mut conn, entered.device).await;
    let found = found.map_err(|error| broken(error.into()))?.map(|(device, _)| device);
    let now = app.clock.now();
    let device = found.filter(|found| found.decided_at.is_none() && found.expires_at > now);
    let client = device.as_ref().and_then(|device| registry.client(&device.client_id));
    let client = client.filter(|client| {
        let allowed = token::allowed(client, GrantType::DeviceCode).is_ok();
        client.disabled_at.is_none() && allowed
    });
    let (Some(device), Some(client)) = (device, client) else { return Err(gone(app, visitor)) };
    let known = (registry.as_ref(), client.as_ref());
    let person = person::of(app, &mut conn, known, user).await;
    let person = person.map_err(|error| broken(error.into()))?;
    drop(conn);
    let Some(allowed) = registry.allowed_scopes(&client.id, &person.groups) else {
        return Err(no_access(app, visitor, (&device, &client), (&person, code.as_ref())));
    };
    let asked = device.scopes.as_ref().map(|scopes| &scopes.0);
    let scopes = next_step::granted((asked, device.layout), &client, &allowed);
    let granted = Granted { scopes, claims: RequestedClaims::default(), resources: Vec::new() };
    Ok(Asked { entered, device, client, registry, session, person, granted })
}

/// The code was decided on or has expired meanwhile: another has to be entered.
fn gone(app: &AppState, visitor: &Visitor) -> Response {
    let told = language::spoken(app).words().cause(Cause::UserCodeUnknown).1.to_owned();
    let told = (StatusCode::UNPROCESSABLE_ENTITY, String::new(), told);
    ask(app, visitor, None, Some(told))
}

fn no_access(
    app: &AppState,
    visitor: &Visitor,
    (device, client): (&DeviceCode, &Client),
    (person, code): (&Person, Option<&UserCode>),
) -> Response {
    let error = OAuthError::new(ErrorCode::AccessDenied, Cause::NoScopeMap, "");
    let tracked = Tracked::begin(device.flow.clone(), device.layout, visitor.address_text());
    tracked.client(&client.id).user(&person.user.id).refused(app, &error);
    let whom = client.settings.contact.as_deref().unwrap_or("your administrator");
    let who = &person.user.username;
    PageError::new(app, visitor, Cause::NoScopeMap)
        .reference(&device.flow)
        .hint(format!("You are signed in as {who}. Ask {whom} for access to {}.", client.name))
        .another_account(&format!("{}&again=1", login_url(code)))
        .into_response()
}

/// `POST`, of somebody who is signed in.
pub async fn post(
    app: AppState,
    visitor: Visitor,
    signed_in: (Session, User),
    form: Filled,
) -> Response {
    let asked = match load(&app, &visitor, signed_in, &form.asked).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let tracked = tracked(&asked, &visitor);
    let decided = match form.action.as_str() {
        // Maps changed while the page was open: what was shown is not what would be granted.
        "allow" if asked.entered.shown.as_ref() != Some(&asked.granted.consent()) => Ok(None),
        "allow" => let_in(&app, &asked, &tracked).await.map(|done| done.then_some(true)),
        "deny" => deny(&app, &asked, &tracked).await.map(|done| done.then_some(false)),
        "switch" => return switch(&app, &visitor, asked).await,
        _ => Ok(None),
    };
    let outcome = match decided {
        Ok(outcome) => outcome,
        Err(failure) => return PageError::broken(&app, &visitor, failure).into_response(),
    };
    match (Entered { outcome, ..asked.entered }).seal(&app) {
        Ok(sealed) => Redirect::to(&format!("/device?asked={sealed}")).into_response(),
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

/// Lets the device in; `false` if somebody was faster, or the session has ended. A device stays signed
/// in when the browser that let it in is closed.
async fn let_in(app: &AppState, asked: &Asked, tracked: &Tracked) -> Result<bool, Failure> {
    let (now, user, client) = (app.clock.now(), &asked.person.user, &asked.client);
    let (device, session) = (&asked.device, &asked.session);
    let who = (&client.id, &user.id, session);
    let begun = (device.layout, &device.flow);
    let grant = standing::grant(app, who, asked.granted.scopes.clone(), begun);
    let scope = asked.granted.scopes.to_string();
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    let mut tx = app.db.write().await?;
    if !sessions::hold(&mut tx, session.id).await? {
        return Ok(false);
    }
    if !device_codes::decide(&mut tx, device.id, Some(grant.id), now).await? {
        return Ok(false);
    }
    if !client.trusted {
        consent::remember(app, &mut tx, (&user.id, &client.id), asked.granted.consent()).await?;
    }
    grants::insert(&mut tx, &grant).await?;
    Entry::new(app, "device.let_in", &actor)
        .grant(&grant)
        .user(&user.id, user.username.as_str())
        .detail("scope", scope.clone())
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let told = vec![("username", user.username.to_string()), ("scope", scope)];
    tracked.step(app, "device_let_in", told);
    Ok(true)
}

/// Refuses the device; `false` if somebody was faster.
async fn deny(app: &AppState, asked: &Asked, tracked: &Tracked) -> Result<bool, Failure> {
    let user = &asked.person.user;
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    let mut tx = app.db.write().await?;
    if !device_codes::decide(&mut tx, asked.device.id, None, app.clock.now()).await? {
        return Ok(false);
    }
    Entry::new(app, "device.refused", &actor)
        .user(&user.id, user.username.as_str())
        .client(&asked.client.id)
        .flow(Some(tracked.reference()))
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let error = OAuthError::new(ErrorCode::AccessDenied, Cause::DeviceDenied, "");
    tracing::info!(cause = %error.cause, flow.r#ref = %tracked.reference(), "refused");
    tracked.refused(app, &error);
    Ok(true)
}

/// Signs the person out and asks who it is.
async fn switch(app: &AppState, visitor: &Visitor, asked: Asked) -> Response {
    let code = UserCode::parse(&asked.entered.code);
    match logout::end(app, visitor, Some((asked.session, asked.person.user))).await {
        Ok(ended) => logout::leave(app, ended, None, &Return::To(device::login_url(code.as_ref()))),
        Err(error) => PageError::broken(app, visitor, error).into_response(),
    }
}
