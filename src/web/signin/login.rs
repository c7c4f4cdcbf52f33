//! The login page: a name, a password, and back to where the person came from.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::form::local_path;
use crate::app::AppState;
use crate::directory::recovery;
use crate::domain::{Cause, Client, Layout, Secret, Session, Token, User};
use crate::protocol::authorize::Request;
use crate::protocol::callback::Message;
use crate::protocol::{ErrorCode, OAuthError};
use crate::signin::authenticate::{self, Attempt, Proven, Refusal};
use crate::signin::session::{self, Start};
use crate::store;
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::{PageForm, PageQuery};
use crate::web::language;
use crate::web::oidc::answer::Sent;
use crate::web::oidc::{Tracked, resume};
use crate::web::page::{self, ClientCard, Page};
use crate::web::visitor::Visitor;

/// Where the person came from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrived {
    resume: String,
    next: String,
    /// Set where somebody who is signed in has to prove it anew.
    again: String,
    /// Set where somebody who is signed in wants to be somebody else.
    other: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    resume: String,
    next: String,
    username: String,
    password: String,
    remember: Option<String>,
    action: String,
}

#[derive(Template)]
#[template(path = "signin/login.html")]
struct LoginPage {
    page: Page,
    resume: String,
    next: String,
    client: Option<ClientCard>,
    username: String,
    error: Option<String>,
    remember: bool,
    reauth: bool,
    can_cancel: bool,
    can_remember: bool,
    sentence: Option<String>,
    forgotten: bool,
}

/// What the page shows beside the form.
struct Shown<'a> {
    request: Option<&'a Request>,
    username: String,
    error: Option<String>,
    remember: bool,
    reauth: bool,
    status: StatusCode,
}

/// `GET`
pub async fn get(app: AppState, visitor: Visitor, PageQuery(from): PageQuery<Arrived>) -> Response {
    let request = match open(&app, &from.resume) {
        Ok(request) => request,
        Err(cause) => return PageError::new(&app, &visitor, cause).into_response(),
    };
    let signed_in = match visitor.signed_in(&app).await {
        Ok(signed_in) => signed_in.map(|(_, user)| user),
        Err(error) => return PageError::broken(&app, &visitor, error).into_response(),
    };
    if let Some(request) = &request {
        Tracked::of_request(request, visitor.address_text()).step(&app, "login_shown", Vec::new());
    } else if signed_in.is_some() && from.again.is_empty() {
        return Redirect::to(local_path(&from.next)).into_response();
    }
    let hint = request.as_ref().and_then(|request| request.login_hint.clone());
    let current = signed_in.map(|user| user.username.to_string());
    let (hint, current) = if from.other.is_empty() { (hint, current) } else { (None, None) };
    let reauth = current.is_some();
    let shown = Shown {
        request: request.as_ref(),
        username: hint.or(current).unwrap_or_default(),
        error: None,
        remember: false,
        reauth,
        status: StatusCode::OK,
    };
    show(&app, visitor, (from.resume, from.next), shown)
}

fn open(app: &AppState, sealed: &str) -> Result<Option<Request>, Cause> {
    if sealed.is_empty() {
        return Ok(None);
    }
    let request = resume::open(app, sealed)?;
    language::application_wants(request.ui_locales.as_deref());
    Ok(Some(request))
}

fn show(
    app: &AppState,
    visitor: Visitor,
    (resume, next): (String, String),
    shown: Shown<'_>,
) -> Response {
    let client = shown.request.and_then(|request| app.registry().client(&request.client_id));
    let settings = app.registry().settings();
    let (page, jar) = Page::new(app, visitor.jar);
    let login = LoginPage {
        page,
        resume,
        next,
        client: client.as_deref().map(|client: &Client| ClientCard::of(client)),
        username: shown.username,
        error: shown.error,
        remember: shown.remember,
        reauth: shown.reauth,
        can_cancel: shown.request.is_some(),
        can_remember: settings.sign_in.remember,
        sentence: settings.branding.sentence.clone(),
        forgotten: recovery::is_offered(app),
    };
    page::show(shown.status, jar, &login)
}

/// `POST`
pub async fn post(app: AppState, visitor: Visitor, PageForm(form): PageForm<Filled>) -> Response {
    if let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf) {
        return rejected(&app, &visitor, &form.resume, cause).retry("/login").into_response();
    }
    let request = match open(&app, &form.resume) {
        Ok(request) => request,
        Err(cause) => {
            return PageError::new(&app, &visitor, cause).retry("/login").into_response();
        }
    };
    if let Some(request) = request.as_ref().filter(|_| form.action == "cancel") {
        return cancel(&app, &visitor, request);
    }
    let attempt = Attempt {
        name: form.username.clone(),
        password: Secret::sent(form.password.clone()),
        address: visitor.address,
        browser: cookies::shown(&app, &visitor.jar),
        flow: request.as_ref().map(|request| request.flow.clone()),
        client: request.as_ref().map(|request| request.client_id.clone()),
    };
    let proven = match authenticate::authenticate(&app.0, attempt).await {
        Ok(proven) => proven,
        Err(refusal) => return refused(&app, visitor, (form, request), refusal),
    };
    match begin(&app, &visitor, &proven, (&form, request.as_ref())).await {
        Ok(Some((session, token))) => {
            app.metrics.sign_in("succeeded");
            let to = go_on(&app, &visitor, (request, &form.next), &session, &proven.user);
            let jar = cookies::with_session(&app, visitor.jar, (&session, &token), &proven.user);
            (jar, Redirect::to(&to)).into_response()
        }
        // Changed while it was checked: as wrong as any other.
        Ok(None) => {
            let wrong = Refusal::Denied(Cause::WrongPassword, Some(proven.user.username));
            refused(&app, visitor, (form, request), wrong)
        }
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

/// A form that is not believed; it is told on the flow that it belongs to, if it does to one.
fn rejected(app: &AppState, visitor: &Visitor, sealed: &str, cause: Cause) -> PageError {
    let page = PageError::new(app, visitor, cause);
    let Ok(Some(request)) = open(app, sealed) else { return page };
    let mut error = OAuthError::new(ErrorCode::AccessDenied, cause, "");
    error.detail = visitor.unusual();
    Tracked::of_request(&request, visitor.address_text()).sign_in_refused(app, &error);
    page.reference(&request.flow)
}

/// Begins the session in place of the browser's former one, and notes the success, in one commit.
async fn begin(
    app: &AppState,
    visitor: &Visitor,
    proven: &Proven,
    (form, request): (&Filled, Option<&Request>),
) -> store::Result<Option<(Session, Token)>> {
    let start = Start {
        layout: request.map_or(Layout::Native, |request| request.layout),
        remember: form.remember.is_some(),
        address: visitor.address,
        user_agent: visitor.user_agent.as_deref(),
        amr: &["pwd"],
        former: visitor.signed_in(app).await?.map(|(session, _)| session),
    };
    let mut tx = app.db.write().await?;
    if !authenticate::succeeded(app, &mut tx, proven).await? {
        return Ok(None);
    }
    let begun = session::begin(app, &mut tx, &proven.user, &start).await?;
    tx.commit().await?;
    app.recent.forget();
    Ok(Some(begun))
}

/// Back to the authorization endpoint, with the proof that a sign-in was made for this request.
fn go_on(
    app: &AppState,
    visitor: &Visitor,
    (request, next): (Option<Request>, &str),
    session: &Session,
    user: &User,
) -> String {
    let Some(mut request) = request else { return local_path(next).to_owned() };
    Tracked::of_request(&request, visitor.address_text()).user(&user.id).step(
        app,
        "signed_in",
        vec![("username", user.username.to_string())],
    );
    request.signed_in = Some(session.id);
    match resume::seal(app, &request) {
        Ok(sealed) => resume::authorize_url(&sealed),
        Err(_) => "/".to_owned(),
    }
}

fn cancel(app: &AppState, visitor: &Visitor, request: &Request) -> Response {
    let text = "the person cancelled the sign-in";
    let error = OAuthError::new(ErrorCode::AccessDenied, Cause::LoginCancelled, text);
    Tracked::of_request(request, visitor.address_text()).refused(app, &error);
    Sent::to(app, &request.callback, Message::error(&error)).into_response()
}

/// Shows the form again with the reason in plain words: the same words for every wrong name,
/// wrong password or closed account.
fn refused(
    app: &AppState,
    visitor: Visitor,
    (form, request): (Filled, Option<Request>),
    refusal: Refusal,
) -> Response {
    let (cause, wait, account) = match refusal {
        Refusal::Denied(cause, account) => (cause, None, account),
        Refusal::Wait(seconds, account) => (Cause::Throttled, Some(seconds), account),
        Refusal::Busy(error) => {
            tracing::warn!(%error, "a sign-in was put off");
            (Cause::Overloaded, Some(5), None)
        }
        Refusal::Store(error) => return PageError::broken(app, &visitor, error).into_response(),
    };
    app.metrics.sign_in("refused");
    let (flow, client) =
        request.as_ref().map(|request| (&request.flow, &request.client_id)).unzip();
    tracing::info!(
        %cause,
        client.id = client.map(tracing::field::display),
        flow.r#ref = flow.map(tracing::field::display),
        address = visitor.address_text(),
        "a sign-in was refused"
    );
    if let Some(request) = &request {
        let mut error = OAuthError::new(ErrorCode::AccessDenied, cause, "");
        let account = account.map(|name| ("account", name.to_string()));
        error.detail = account.into_iter().chain(visitor.unusual()).collect();
        Tracked::of_request(request, visitor.address_text()).sign_in_refused(app, &error);
    }
    let words = language::spoken(app).words();
    let words = match (cause, wait) {
        (Cause::Throttled, Some(seconds)) => words.login.wait.with("time", words.span(seconds)),
        _ => words.cause(cause).1.to_owned(),
    };
    let status = match cause {
        Cause::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Cause::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = Shown {
        request: request.as_ref(),
        username: form.username,
        error: Some(words),
        remember: form.remember.is_some(),
        reauth: false,
        status,
    };
    let mut response = show(app, visitor, (form.resume, form.next), shown);
    if let Some(value) = wait.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
