//! The page where people let devices in, RFC 8628 3.3. First the code that the device shows: typed,
//! or come along in the address and only to be confirmed.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::device_consent::{self, Entered};
use crate::app::AppState;
use crate::domain::{Cause, Layout, Session, User, UserCode};
use crate::protocol::{ErrorCode, OAuthError};
use crate::signin::throttle::{self, Keys};
use crate::store::{self, device_codes};
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::{PageForm, PageQuery};
use crate::web::language;
use crate::web::oidc::{Tracked, device};
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Arrived {
    user_code: String,
    asked: String,
}

/// The form of either page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    user_code: String,
    pub(super) asked: String,
    pub(super) action: String,
}

#[derive(Template)]
#[template(path = "signin/device.html")]
struct CodePage {
    page: Page,
    code: String,
    picture: Option<String>,
    error: Option<String>,
}

/// Why a code leads no further.
enum Refused {
    /// No device that waits shows it.
    Unknown,
    /// Too many were tried lately.
    Wait(i64),
    /// We cannot.
    Store(store::Error),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Refused {
        Refused::Store(error)
    }
}

/// `GET`
pub async fn get(app: AppState, visitor: Visitor, PageQuery(from): PageQuery<Arrived>) -> Response {
    let signed_in = match visitor.signed_in(&app).await {
        Ok(signed_in) => signed_in,
        Err(error) => return PageError::broken(&app, &visitor, error).into_response(),
    };
    let code = UserCode::parse(&from.user_code);
    match signed_in {
        None => to_login(code.as_ref()),
        Some(signed_in) if !from.asked.is_empty() => {
            device_consent::get(app, visitor, signed_in, &from.asked).await
        }
        Some(_) => ask(&app, &visitor, code.as_ref(), None),
    }
}

/// `POST`
pub async fn post(app: AppState, visitor: Visitor, PageForm(form): PageForm<Filled>) -> Response {
    if let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf) {
        return PageError::new(&app, &visitor, cause).retry("/device").into_response();
    }
    let signed_in = match visitor.signed_in(&app).await {
        Ok(signed_in) => signed_in,
        Err(error) => return PageError::broken(&app, &visitor, error).into_response(),
    };
    let code = UserCode::parse(&form.user_code);
    let Some((session, user)) = signed_in else { return to_login(code.as_ref()) };
    if !form.asked.is_empty() {
        return device_consent::post(app, visitor, (session, user), form).await;
    }
    match enter(&app, &visitor, (&session, &user), code.as_ref()).await {
        Ok(entered) => match entered.seal(&app) {
            Ok(sealed) => Redirect::to(&format!("/device?asked={sealed}")).into_response(),
            Err(error) => PageError::broken(&app, &visitor, error).into_response(),
        },
        Err(Refused::Store(error)) => PageError::broken(&app, &visitor, error).into_response(),
        Err(Refused::Unknown) => {
            let words = language::spoken(&app).words();
            let told = words.cause(Cause::UserCodeUnknown).1.to_owned();
            let told = (StatusCode::UNPROCESSABLE_ENTITY, form.user_code, told);
            ask(&app, &visitor, code.as_ref(), Some(told))
        }
        Err(Refused::Wait(seconds)) => {
            let words = language::spoken(&app).words();
            let told = words.login.wait.with("time", words.span(seconds));
            let told = (StatusCode::TOO_MANY_REQUESTS, form.user_code, told);
            let mut response = ask(&app, &visitor, code.as_ref(), Some(told));
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
    }
}

/// Finds the device that shows the code. Attempts are counted by person and by network; what cannot
/// be a code is no attempt.
async fn enter(
    app: &AppState,
    visitor: &Visitor,
    (session, user): (&Session, &User),
    code: Option<&UserCode>,
) -> Result<Entered, Refused> {
    let Some(code) = code else { return Err(Refused::Unknown) };
    let keys = Keys::of_device(&app.sealer, user.username.as_str(), visitor.address);
    if let Some(seconds) = throttle::reserve(app, &keys).await? {
        return Err(Refused::Wait(seconds));
    }
    let kept = device::kept(&app.sealer, code);
    let found = device_codes::by_user_code(&mut app.db.read().await?, &kept).await?;
    let now = app.clock.now();
    let waits = found.filter(|found| found.decided_at.is_none() && found.expires_at > now);
    let Some(found) = waits else {
        let error = OAuthError::new(ErrorCode::AccessDenied, Cause::UserCodeUnknown, "");
        let flow = app.random.flow_ref();
        let tracked = Tracked::begin(flow, Layout::Native, visitor.address_text()).user(&user.id);
        tracked.refused(app, &error.with("username", user.username.to_string()));
        return Err(Refused::Unknown);
    };
    let mut tx = app.db.write().await?;
    // Whoever has a good code may have it from their own device: it says nothing of the wrong ones.
    throttle::take_back(&mut tx, &keys).await?;
    tx.commit().await?;
    let tracked = Tracked::begin(found.flow.clone(), found.layout, visitor.address_text());
    let tracked = tracked.client(&found.client_id).user(&user.id);
    tracked.step(app, "device_found", vec![("username", user.username.to_string())]);
    Ok(Entered::new(&found, code, session, now))
}

/// Asks for the code; one that came along only has to be confirmed.
pub(super) fn ask(
    app: &AppState,
    visitor: &Visitor,
    code: Option<&UserCode>,
    refused: Option<(StatusCode, String, String)>,
) -> Response {
    let (page, jar) = Page::new(app, visitor.jar.clone());
    let (status, typed, error) = match refused {
        Some((status, typed, error)) => (status, Some(typed), Some(error)),
        None => (StatusCode::OK, None, None),
    };
    let code = code.map(ToString::to_string);
    let picture = code.as_ref().filter(|_| error.is_none());
    let picture = picture.map(|code| format!("/device/qr/{code}.svg"));
    let typed = typed.map(|typed| typed.chars().take(40).collect());
    let code = code.or(typed).unwrap_or_default();
    page::show(status, jar, &CodePage { page, code, picture, error })
}

/// To the login page, and back with the code.
pub(super) fn to_login(code: Option<&UserCode>) -> Response {
    Redirect::to(&login_url(code)).into_response()
}

/// The login page that leads back to the code.
pub(super) fn login_url(code: Option<&UserCode>) -> String {
    let back = code.map_or("/device".to_owned(), |code| format!("/device?user_code={code}"));
    let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("/login?next={back}")
}
