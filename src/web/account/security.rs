//! The password of a person and the browsers in which they are signed in.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::device;
use super::frame::Frame;
use super::portal::{FreshlyPosted, Portal, Posted};
use crate::app::AppState;
use crate::directory::{DirectoryError, credentials, sessions};
use crate::domain::{Secret, Selector};
use crate::signin::authenticate::{self, Attempt, Proven, Refusal};
use crate::signin::session::Start;
use crate::web::admin::toast;
use crate::web::admin::when::When;
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::page::{self, Page};
use crate::web::signin::form::FieldError;
use crate::web::signin::set_password::passwords;
use crate::web::words::Language;

const HERE: &str = "/account/security";

/// The forms of the page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
    session: String,
    current: String,
    password: String,
    password_again: String,
}

/// A browser in which the person is signed in.
struct Row {
    id: i64,
    device: String,
    address: String,
    began: When,
    seen: When,
    here: bool,
}

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage {
    page: Page,
    frame: Frame,
    errors: Vec<FieldError>,
    fresh: bool,
    set: Option<When>,
    rows: Vec<Row>,
}

/// `GET /account/security`
pub async fn get(app: AppState, portal: Portal) -> Response {
    show(&app, &portal, (StatusCode::OK, Vec::new())).await
}

async fn show(
    app: &AppState,
    portal: &Portal,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Response {
    let mut found = match sessions::of_user(app, &portal.user).await {
        Ok(found) => found,
        Err(error) => return portal.refused(app, error),
    };
    found.sort_by_key(|session| session.id != portal.session.id);
    let now = app.clock.now();
    let rows = found.into_iter().map(|session| Row {
        id: session.id.0,
        device: device::name(session.user_agent.as_deref()),
        address: session.address.unwrap_or_else(|| "an unknown address".into()),
        began: When::of(session.created_at, now),
        seen: When::of(session.last_seen_at, now),
        here: session.id == portal.session.id,
    });
    let (page, frame, jar) = portal.frame(app, HERE);
    let security = SecurityPage {
        page,
        frame,
        errors,
        fresh: portal.fresh,
        set: portal.user.password_changed_at.map(|at| When::of(at, now)),
        rows: rows.collect(),
    };
    page::show(status, jar, &security)
}

/// `POST /account/security`
pub async fn post(
    app: AppState,
    FreshlyPosted(Posted { portal, form }): FreshlyPosted<Filled>,
) -> Response {
    let (actor, own) = (portal.actor(), portal.user.id.as_str());
    let told = match (form.action.as_str(), form.session.parse().map(Selector)) {
        ("password", _) => return change_password(app, portal, form).await,
        ("end", Ok(session)) => sessions::end_from(&app, &actor, own, (portal.session.id, session))
            .await
            .map(|_| "Signed that browser out.".to_owned()),
        ("end-others", _) => {
            sessions::end_others(&app, &actor, own, portal.session.id).await.map(|n| match n {
                0 => "You were signed in nowhere else.".to_owned(),
                1 => "Signed one other browser out.".to_owned(),
                n => format!("Signed {n} other browsers out."),
            })
        }
        _ => Ok(String::new()),
    };
    match told {
        Ok(told) => portal.done(&app, HERE, &told),
        Err(error) => portal.refused(&app, error),
    }
}

/// Everything that can be said without the old password is said first: a try at that one counts.
async fn change_password(app: AppState, portal: Portal, form: Filled) -> Response {
    let password = Secret::sent(form.password);
    let chosen = passwords(password.expose(), &form.password_again).and_then(|()| {
        credentials::check_password(&app, &portal.user, &password)
            .map_err(|error| FieldError::new("password", error.to_string()))
    });
    if let Err(error) = chosen {
        return show(&app, &portal, (StatusCode::UNPROCESSABLE_ENTITY, vec![error])).await;
    }
    let attempt = Attempt {
        name: portal.user.username.to_string(),
        password: Secret::sent(form.current),
        address: portal.visitor.address,
        browser: cookies::shown(&app, &portal.visitor.jar),
        flow: None,
        client: None,
    };
    match authenticate::authenticate(&app.0, attempt).await {
        // The name may have become somebody else's since this page was asked for.
        Ok(proven) if proven.user.id != portal.user.id => wrong(&app, &portal).await,
        Ok(proven) => changed(&app, &portal, &proven, &password).await,
        Err(refusal) => refused(&app, &portal, refusal).await,
    }
}

/// Sets the new password; this browser goes on in a session of its own.
async fn changed(app: &AppState, portal: &Portal, proven: &Proven, new: &Secret) -> Response {
    let former = &portal.session;
    let amr: Vec<&str> = former.amr.iter().map(String::as_str).collect();
    let start = Start {
        layout: former.layout,
        remember: former.remember,
        address: portal.visitor.address,
        user_agent: portal.visitor.user_agent.as_deref(),
        amr: &amr,
        // It ends with all the others.
        former: None,
    };
    match credentials::change_password(app, proven, new, &start).await {
        Ok(Some((user, session, token))) => {
            let jar = portal.visitor.jar.clone();
            let jar = cookies::with_session(app, jar, (&session, &token), &user);
            let told = "Changed your password. All other browsers and applications sign in anew.";
            (toast::put(app, jar, &session, told), Redirect::to(HERE)).into_response()
        }
        Ok(None) => wrong(app, portal).await,
        Err(DirectoryError::Password(busy)) => refused(app, portal, Refusal::Busy(busy)).await,
        Err(error) => portal.refused(app, error),
    }
}

async fn wrong(app: &AppState, portal: &Portal) -> Response {
    let error = FieldError::new("current", "This is not your current password.");
    show(app, portal, (StatusCode::UNPROCESSABLE_ENTITY, vec![error])).await
}

async fn refused(app: &AppState, portal: &Portal, refusal: Refusal) -> Response {
    let (status, seconds) = match refusal {
        Refusal::Denied(cause, _) => {
            tracing::info!(%cause, "a change of a password was refused");
            return wrong(app, portal).await;
        }
        Refusal::Wait(seconds, _) => (StatusCode::TOO_MANY_REQUESTS, seconds),
        Refusal::Busy(error) => {
            tracing::warn!(%error, "a change of a password was put off");
            (StatusCode::SERVICE_UNAVAILABLE, 5)
        }
        Refusal::Store(error) => {
            return PageError::broken(app, &portal.visitor, error).into_response();
        }
    };
    let words = format!("Too many attempts. Try again in {}.", Language::En.words().span(seconds));
    let mut answer = show(app, portal, (status, vec![FieldError::new("current", words)])).await;
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer
}
