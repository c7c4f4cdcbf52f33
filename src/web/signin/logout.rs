//! Signing out: asking where nothing proves the wish, doing it, and saying that it is done.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::app::AppState;
use crate::domain::{Actor, Client, Session, User};
use crate::explain::audit::Entry;
use crate::protocol::end_session::{Params, Return};
use crate::signin::session;
use crate::store;
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::PageForm;
use crate::web::oidc::end_session;
use crate::web::page::{self, Page};
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
        Ok(None) => done(&app, visitor.jar, None),
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
        Ok(jar) => match checked.destination {
            Return::To(url) => (jar, Redirect::to(&url)).into_response(),
            Return::Nowhere => done(&app, jar, checked.client.as_deref()),
        },
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

/// Ends the session, if there is one; the jar forgets its cookie.
pub async fn end(
    app: &AppState,
    visitor: &Visitor,
    signed_in: Option<(Session, User)>,
) -> store::Result<CookieJar> {
    if let Some((session, user)) = signed_in {
        let actor = Actor::User(user.id.clone(), user.username.to_string());
        let mut tx = app.db.write().await?;
        session::end(&mut tx, &session, app.clock.now()).await?;
        Entry::new(app, "session.ended", &actor)
            .user(&user.id, user.username.as_str())
            .address(visitor.address_text())
            .append(&mut tx)
            .await?;
        tx.commit().await?;
        app.recent.forget();
    }
    Ok(cookies::without_session(app, visitor.jar.clone()))
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

/// Says that it is done.
pub fn done(app: &AppState, jar: CookieJar, client: Option<&Client>) -> Response {
    let (page, jar) = Page::new(app, jar);
    let home = client.and_then(|client| {
        client.settings.launch_url.clone().or_else(|| client.settings.app_url.clone())
    });
    let done = DonePage { page, client_name: client.map(|c| c.name.clone()), return_to: home };
    let mut response = page::show(StatusCode::OK, jar, &done);
    page::protect(&mut response);
    response
}
