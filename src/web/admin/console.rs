//! Who may open a page of the console, as extractors: a handler that names a right is never called
//! for somebody who does not have it.

use askama::Template;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;
use url::form_urlencoded::byte_serialize;

use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::directory::rights::Right;
use crate::domain::{Cause, HOUR, MINUTE, Session, Staff, User};
use crate::explain::harmless;
use crate::web::error::PageError;
use crate::web::extract::{has_nul, own_form};
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

/// How long ago a sign-in may be for a change.
pub const FRESH: i64 = HOUR;
/// How much of that must be left when a form is shown, so that nobody fills it in for nothing.
pub const TO_FILL_IN: i64 = 15 * MINUTE;

/// Somebody who may read a page: `console: Console<SeesPeople>`.
pub struct Console<R> {
    /// Their browser.
    pub visitor: Visitor,
    /// Their session.
    pub session: Session,
    /// Their account.
    pub user: User,
    /// By which role.
    pub staff: Staff,
    /// The right that was asked for.
    pub right: R,
    /// Whether the sign-in is recent enough to begin to fill in a form.
    pub fresh: bool,
}

/// The same for a page that is a form: whoever signed in too long ago does so again first.
pub struct Editing<R>(pub Console<R>);

/// A form that was sent by somebody who may, from our own page, after a recent sign-in.
pub struct Posted<R, T> {
    /// Who sent it.
    pub console: Console<R>,
    /// What it says.
    pub form: T,
}

impl<R: Right> FromRequestParts<AppState> for Console<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        admit(parts, app, None).await
    }
}

impl<R: Right> FromRequestParts<AppState> for Editing<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        admit(parts, app, Some(FRESH - TO_FILL_IN)).await.map(Editing)
    }
}

impl<R: Right, T: DeserializeOwned + 'static> FromRequest<AppState> for Posted<R, T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let console: Console<R> = admit(&mut parts, app, Some(FRESH)).await?;
        let request = Request::from_parts(parts, body);
        match own_form(request, app, &console.visitor).await {
            Ok(form) => Ok(Posted { console, form }),
            Err(error) => Err(error.into_response()),
        }
    }
}

async fn admit<R: Right>(
    parts: &mut Parts,
    app: &AppState,
    fresh: Option<i64>,
) -> Result<Console<R>, Response> {
    let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
    let here = parts.uri.path_and_query().map_or("/admin", |path| path.as_str());
    // A form cannot be sent again by following a link: back to the page it is on.
    let here = if parts.method == "GET" { here } else { parts.uri.path() };
    let next: String = byte_serialize(here.as_bytes()).collect();
    if has_nul(here) {
        return Err(PageError::new(app, &visitor, Cause::MalformedRequest).into_response());
    }
    let signed_in = visitor.signed_in(app).await;
    let broken = |error: DirectoryError| PageError::broken(app, &visitor, error).into_response();
    let Some((session, user)) = signed_in.map_err(|error| broken(error.into()))? else {
        return Err(Redirect::to(&format!("/login?next={next}")).into_response());
    };
    let Some(staff) = Staff::of(&user) else { return Err(denied(app, &visitor, "no_role")) };
    let subject = subject(parts, app).await;
    let mut conn = app.db.read().await.map_err(|error| broken(error.into()))?;
    let right = R::of(&mut conn, &staff, &subject).await.map_err(broken)?;
    drop(conn);
    let Some(right) = right else { return Err(denied(app, &visitor, "not_allowed")) };
    let age = app.clock.now() - session.auth_time;
    if fresh.is_some_and(|most| age > most) {
        return Err(Redirect::to(&format!("/login?again=1&next={next}")).into_response());
    }
    let fresh = age <= FRESH - TO_FILL_IN;
    Ok(Console { visitor, session, user, staff, right, fresh })
}

/// The first parameter of the path: what the page is about.
async fn subject(parts: &mut Parts, app: &AppState) -> String {
    let Ok(params) = RawPathParams::from_request_parts(parts, app).await else {
        return String::new();
    };
    params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "admin/denied.html")]
struct DeniedPage {
    page: Page,
    code: &'static str,
    message: String,
}

/// Says that a page is not for this person.
fn denied(app: &AppState, visitor: &Visitor, code: &'static str) -> Response {
    let message = match code {
        "no_role" => "Your account has no role in Keystead, so there is nothing to administer.",
        _ => "Your role does not include this page.",
    };
    let (page, jar) = Page::in_english(app, visitor.jar.clone());
    page::show(StatusCode::FORBIDDEN, jar, &DeniedPage { page, code, message: message.into() })
}

impl<R> Console<R> {
    /// The answer to a change that was refused for a reason no form can mend.
    pub fn refused(&self, app: &AppState, error: DirectoryError) -> Response {
        match &error {
            DirectoryError::NotFound { .. } | DirectoryError::NotThere(_) => {
                let hint = sentence(&error);
                let page = PageError::new(app, &self.visitor, Cause::NotFound);
                page.hint(hint).into_response()
            }
            DirectoryError::NotAllowed(_)
            | DirectoryError::Changed(_)
            | DirectoryError::LastAdministrator(_)
            | DirectoryError::Builtin(_)
            | DirectoryError::Cycle { .. }
            | DirectoryError::Taken { .. }
            | DirectoryError::UserDisabled(_)
            | DirectoryError::NotDone(_)
            | DirectoryError::Value { .. } => {
                let (page, jar) = Page::in_english(app, self.visitor.jar.clone());
                let status = match error {
                    DirectoryError::NotAllowed(_) => StatusCode::FORBIDDEN,
                    _ => StatusCode::CONFLICT,
                };
                let denied = DeniedPage { page, code: error.code(), message: sentence(&error) };
                page::show(status, jar, &denied)
            }
            _ => PageError::broken(app, &self.visitor, error).into_response(),
        }
    }
}

/// An error as a sentence on a page.
pub fn sentence(error: &DirectoryError) -> String {
    let text = error.to_string().replace(", or repeat with --force", "");
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    harmless(&format!("{first}{}.", letters.as_str().trim_end_matches('.')))
}
