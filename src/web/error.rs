//! One error type for each audience: a client reading JSON, a client with a bearer token, a client
//! at its callback, a person reading a page. Each is logged once, where it is told.

use std::any::Any;
use std::sync::Arc;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde_json::json;

use super::json::NoStore;
use super::oidc::answer::Sent;
use super::oidc::dpop;
use super::page::{self, Page};
use super::visitor::Visitor;
use super::words::{ErrorWords, Phrase};
use crate::app::{App, AppState};
use crate::domain::{Cause, FlowRef};
use crate::protocol::callback::{Callback, Message};
use crate::protocol::{self, ErrorCode, OAuthError};
use crate::store;

/// Details of a refusal that have fields of their own in the log.
const LOGGED_APART: &[&str] = &["client_id", "flow", dpop::NONCE_DETAIL];
/// Characters of each that are logged.
const LOGGED_MOST: usize = 300;

/// What went wrong, before it is decided who hears of it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// We say no.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// We cannot.
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Failure {
        Failure::Broken(error.into())
    }
}

impl Failure {
    /// The public half. The private half is logged, here and nowhere else.
    pub fn tell(self) -> OAuthError {
        match self {
            // Thousands of devices ask every few seconds whether somebody has decided.
            Failure::Refused(error) if error.code.is_not_yet() => error,
            Failure::Refused(error) => {
                let known = |wanted: &str| {
                    let found = error.detail.iter().find(|(name, _)| *name == wanted);
                    found.map(|(_, value)| short(value))
                };
                let more = error.detail.iter().filter(|(name, _)| !LOGGED_APART.contains(name));
                let more: Vec<_> =
                    more.map(|(name, value)| format!("{name} {}", short(value))).collect();
                tracing::info!(
                    error = error.code.as_str(),
                    cause = %error.cause,
                    client.id = known("client_id"),
                    flow.r#ref = known("flow"),
                    detail = (!more.is_empty()).then(|| more.join(", ")),
                    "refused"
                );
                error
            }
            Failure::Broken(error) => {
                tracing::error!(error = format!("{error:#}"), "failed");
                OAuthError::server_error()
            }
        }
    }
}

/// What somebody sent, no longer than it helps.
fn short(value: &str) -> &str {
    let end = value.char_indices().nth(LOGGED_MOST).map_or(value.len(), |(end, _)| end);
    &value[..end]
}

/// For a client reading JSON: the token endpoint and its like (RFC 6749 5.2).
pub struct JsonError(pub Failure);

impl<E: Into<Failure>> From<E> for JsonError {
    fn from(error: E) -> JsonError {
        JsonError(error.into())
    }
}

impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        let error = self.0.tell();
        let body = json!({ "error": error.code.as_str(), "error_description": error.description });
        let status = match error.code {
            ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
            ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut response = (status, NoStore(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = header::HeaderValue::from_static("Basic realm=\"keystead\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        hand_out_nonce(&error, &mut response);
        response
    }
}

/// For a client with a bearer token (RFC 6750 3).
pub struct BearerError(pub Failure);

impl<E: Into<Failure>> From<E> for BearerError {
    fn from(error: E) -> BearerError {
        BearerError(error.into())
    }
}

impl IntoResponse for BearerError {
    fn into_response(self) -> Response {
        let error = self.0.tell();
        let status = match error.code {
            ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
            ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
            ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        let body = json!({ "error": error.code.as_str(), "error_description": error.description });
        let challenge = [(header::WWW_AUTHENTICATE, challenge(&error))];
        let mut response = (status, challenge, NoStore(body)).into_response();
        hand_out_nonce(&error, &mut response);
        response
    }
}

/// How to ask, and what was wrong (RFC 6750 3, RFC 9449 7.1).
fn challenge(error: &OAuthError) -> String {
    // A request without any token is told how to ask, not what it did wrong (RFC 6750 3.1).
    if error.cause == Cause::TokenMissing {
        return "Bearer realm=\"keystead\"".to_owned();
    }
    let said =
        format!("error=\"{}\", error_description=\"{}\"", error.code.as_str(), error.description);
    match error.cause {
        Cause::DpopProofMissing
        | Cause::DpopProofInvalid
        | Cause::DpopProofTime
        | Cause::DpopProofReplayed
        | Cause::DpopKeyMismatch
        | Cause::DpopNonce => format!("DPoP algs=\"{}\", {said}", protocol::dpop::ALGS.join(" ")),
        _ => format!("Bearer realm=\"keystead\", {said}"),
    }
}

/// A client that is to put a nonce into its proofs is told the present one (RFC 9449 8).
fn hand_out_nonce(error: &OAuthError, response: &mut Response) {
    let nonce = error.detail.iter().find(|(name, _)| *name == dpop::NONCE_DETAIL);
    if let Some(nonce) = nonce.and_then(|(_, nonce)| nonce.parse().ok()) {
        response.headers_mut().insert(dpop::NONCE_HEADER, nonce);
    }
}

/// For a person: the plain words of a cause, its code and the reference of the flow.
pub struct PageError {
    app: Arc<App>,
    jar: CookieJar,
    cause: Cause,
    reference: FlowRef,
    hint: Option<String>,
    retry: Option<Retry>,
}

/// What the person may do next.
struct Retry {
    url: String,
    label: fn(&ErrorWords) -> &Phrase,
}

#[derive(Template)]
#[template(path = "signin/error.html")]
struct ErrorPage {
    page: Page,
    title: String,
    message: String,
    hint: Option<String>,
    code: String,
    reference: String,
    retry: Option<(String, String)>,
}

impl PageError {
    /// A refusal, with a reference that leads to the log.
    pub fn new(app: &AppState, visitor: &Visitor, cause: Cause) -> PageError {
        PageError {
            app: app.0.clone(),
            jar: visitor.jar.clone(),
            cause,
            reference: app.random.flow_ref(),
            hint: None,
            retry: None,
        }
    }

    /// Something broke; logged here.
    pub fn broken(app: &AppState, visitor: &Visitor, error: impl Into<anyhow::Error>) -> PageError {
        let page = PageError::new(app, visitor, Cause::ServerError);
        let error = format!("{:#}", error.into());
        tracing::error!(error, error.r#ref = %page.reference, "failed");
        page
    }

    /// With the reference of a flow, by which the administrator finds it.
    pub fn reference(mut self, reference: &FlowRef) -> PageError {
        self.reference = reference.clone();
        self
    }

    /// With what the person can do.
    pub fn hint(mut self, hint: String) -> PageError {
        self.hint = Some(hint);
        self
    }

    /// With an address to try again.
    pub fn retry(mut self, url: &str) -> PageError {
        self.retry = Some(Retry { url: url.to_owned(), label: |words| &words.retry });
        self
    }

    /// With the way to go on as somebody else: through this address of the login page.
    pub fn another_account(mut self, login: &str) -> PageError {
        let url = format!("{login}&other=1");
        self.retry = Some(Retry { url, label: |words| &words.another_account });
        self
    }

    /// With the way to sign out all the same.
    pub fn sign_out(mut self) -> PageError {
        self.retry = Some(Retry { url: "/logout".to_owned(), label: |words| &words.sign_out });
        self
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = match self.cause {
            Cause::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Cause::NoScopeMap => StatusCode::FORBIDDEN,
            Cause::NotFound => StatusCode::NOT_FOUND,
            Cause::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        tracing::info!(cause = %self.cause, error.r#ref = %self.reference, "an error page was shown");
        let (page, jar) = Page::new(&self.app, self.jar);
        let (title, message) = page.words.cause(self.cause);
        let retry = self.retry.map(|Retry { url, label }| {
            let label = label(&page.words.error).to_string();
            (url, label)
        });
        let page = ErrorPage {
            title: title.to_owned(),
            message: message.to_owned(),
            page,
            hint: self.hint,
            code: self.cause.code().to_owned(),
            reference: self.reference.0,
            retry,
        };
        let mut response = page::show(status, jar, &page);
        page::protect(&mut response);
        response
    }
}

/// For the authorization endpoint: the client hears of it where it may, else the person does.
pub enum AuthorizeError {
    /// Nobody vouches for a place to redirect to.
    Page(Box<PageError>),
    /// The answer goes to the client.
    Callback(Box<Sent>),
}

impl From<PageError> for AuthorizeError {
    fn from(error: PageError) -> AuthorizeError {
        AuthorizeError::Page(Box::new(error))
    }
}

impl AuthorizeError {
    /// The answer that tells the client at its callback.
    pub fn at(app: &App, callback: &Callback, error: &OAuthError) -> AuthorizeError {
        AuthorizeError::Callback(Box::new(Sent::to(app, callback, Message::error(error))))
    }
}

impl IntoResponse for AuthorizeError {
    fn into_response(self) -> Response {
        match self {
            AuthorizeError::Page(page) => page.into_response(),
            AuthorizeError::Callback(sent) => sent.into_response(),
        }
    }
}

/// The answer for paths that lead nowhere: a page for browsers, JSON for everybody else.
pub async fn not_found(
    app: AppState,
    visitor: Visitor,
    headers: axum::http::HeaderMap,
) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        return PageError::new(&app, &visitor, Cause::NotFound).into_response();
    }
    (StatusCode::NOT_FOUND, NoStore(json!({ "error": "not_found" }))).into_response()
}

/// What a panic carries.
type Panic = Box<dyn Any + Send + 'static>;

/// The answer when a handler panicked, which is a bug.
pub fn panicked(panic: Panic) -> Response {
    tracing::error!(panic = words(&panic), "a handler panicked");
    JsonError(Failure::Refused(OAuthError::server_error())).into_response()
}

/// The same as a page, on paths that people open.
pub fn page_panicked(app: &AppState, panic: &Panic) -> Response {
    let page = PageError {
        app: app.0.clone(),
        jar: CookieJar::new(),
        cause: Cause::ServerError,
        reference: app.random.flow_ref(),
        hint: None,
        retry: None,
    };
    tracing::error!(panic = words(panic), error.r#ref = %page.reference, "a handler panicked");
    let mut response = page.into_response();
    // The request is gone, and its cookies with it: the browser keeps those that it has.
    response.headers_mut().remove(header::SET_COOKIE);
    response
}

fn words(panic: &Panic) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
