//! Signing out: asking where nothing proves the wish, doing it, and saying that it is done.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::app::AppState;
use crate::domain::{Actor, Client, Session, User};
use crate::explain::audit::Entry;
use crate::layouts;
use crate::protocol::end_session::{Params, Return};
use crate::protocol::front_channel;
use crate::signin::farewell::SignIn;
use crate::signin::session;
use crate::store;
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::PageForm;
use crate::web::oidc::end_session;
use crate::web::page::{self, Framed, Page};
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "signin/logout.html")]
struct ConfirmPage {
    page: Page,
    user_name: String,
    client: Option<String>,
    fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "signin/signed_out.html")]
struct DonePage {
    page: Page,
    client_name: Option<String>,
    return_to: Option<String>,
    next: Option<String>,
    frames: Vec<String>,
}

/// Seconds after which the browser goes on, whether or not every application has answered.
const PATIENCE: u32 = 5;

/// A sign-out that is done here.
pub struct Ended {
    jar: CookieJar,
    /// Where the browser tells clients of it.
    frames: Vec<String>,
}

/// The form: the end-session parameters, posted on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    #[serde(flatten)]
    params: Params,
}

/// `GET /logout`: always asks, since anybody can link here.
pub async fn get(app: AppState, visitor: Visitor) -> Response {
    match visitor.signed_in(&app).await {
        Ok(Some((_, user))) => confirm(&app, visitor, (&Params::default(), None), Some(user)),
        Ok(None) => {
            let ended = Ended { jar: visitor.jar, frames: Vec::new() };
            leave(&app, ended, None, &Return::Nowhere)
        }
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

/// `POST /logout`: from the confirm page or the portal.
pub async fn post(app: AppState, visitor: Visitor, PageForm(form): PageForm<Filled>) -> Response {
    if let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf) {
        return PageError::new(&app, &visitor, cause).sign_out().into_response();
    }
    let checked = match end_session::check(&app, &form.params) {
        Ok(checked) => checked,
        Err(refused) => return end_session::refuse(&app, &visitor, refused),
    };
    let ended = match visitor.signed_in(&app).await {
        Ok(signed_in) => end(&app, &visitor, signed_in).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(ended) => leave(&app, ended, checked.client.as_deref(), &checked.destination),
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

/// Ends the session, if there is one; the jar forgets its cookie.
pub async fn end(
    app: &AppState,
    visitor: &Visitor,
    signed_in: Option<(Session, User)>,
) -> store::Result<Ended> {
    let mut frames = Vec::new();
    if let Some((session, user)) = signed_in {
        let actor = Actor::User(user.id.clone(), user.username.to_string());
        let mut tx = app.db.write().await?;
        let sign_ins = session::end(app, &mut tx, &session).await?;
        Entry::new(app, "session.ended", &actor)
            .user(&user.id, user.username.as_str())
            .address(visitor.address_text())
            .append(&mut tx)
            .await?;
        tx.commit().await?;
        app.recent.forget();
        frames = framed(app, &sign_ins, &session.sid);
    }
    Ok(Ended { jar: cookies::without_session(app, visitor.jar.clone()), frames })
}

/// Applications that one page tells.
const FRAMES: usize = 20;

/// Where the browser tells the clients that want to hear of it in this way.
fn framed(app: &AppState, sign_ins: &[SignIn], sid: &str) -> Vec<String> {
    let url = app.config.public_url.as_str();
    let wanted = sign_ins.iter().filter_map(|(client, layout)| {
        let uri = client.settings.frontchannel_logout_uri.as_deref()?;
        Some(front_channel::address(uri, &layouts::issuer(url, *layout, client), sid))
    });
    // Each stands in a header of the page; the rest is told by the back channel, if it asks to be.
    wanted.take(FRAMES).collect()
}

/// Asks whether the person means it.
pub fn confirm(
    app: &AppState,
    visitor: Visitor,
    (params, client): (&Params, Option<&Client>),
    user: Option<User>,
) -> Response {
    let fields = params.sent().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (page, jar) = Page::new(app, visitor.jar);
    let confirm = ConfirmPage {
        page,
        user_name: user.map(|user| user.shown_name().to_owned()).unwrap_or_default(),
        client: client.map(|client| client.name.clone()),
        fields,
    };
    let mut response = page::show(StatusCode::OK, jar, &confirm);
    page::protect(&mut response);
    response
}

/// Says that it is done, or leads back to the client: at once, or by way of a page where the browser
/// has others to tell first.
pub fn leave(
    app: &AppState,
    ended: Ended,
    client: Option<&Client>,
    destination: &Return,
) -> Response {
    let next = match destination {
        Return::To(url) if ended.frames.is_empty() => {
            return (ended.jar, Redirect::to(url)).into_response();
        }
        Return::To(url) => Some(url.clone()),
        Return::Nowhere => None,
    };
    let (page, jar) = Page::new(app, ended.jar);
    let home = client.and_then(|client| {
        client.settings.launch_url.clone().or_else(|| client.settings.app_url.clone())
    });
    let refresh = next.as_ref().map(|url| format!("{PATIENCE}; url={url}"));
    let origins = ended.frames.iter().filter_map(|frame| front_channel::origin(frame)).collect();
    let done = DonePage {
        page,
        client_name: client.map(|c| c.name.clone()),
        return_to: home,
        next,
        frames: ended.frames,
    };
    let mut response = page::show(StatusCode::OK, jar, &done);
    if let Some(refresh) = refresh.and_then(|value| HeaderValue::try_from(value).ok()) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response.extensions_mut().insert(Framed(origins));
    page::protect(&mut response);
    response
}
