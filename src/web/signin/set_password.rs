//! Choosing a password by a link: the first one after an invitation, or a new one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::forgotten;
use super::form::FieldError;
use crate::app::AppState;
use crate::directory::{DirectoryError, links, recovery};
use crate::domain::{Cause, Layout, LinkPurpose, Secret, User};
use crate::signin::authenticate;
use crate::signin::password_rules::WeakPassword;
use crate::signin::session::{self, Start};
use crate::store;
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::{PageForm, PageQuery};
use crate::web::language;
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

/// The token of the link.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Token {
    /// As sent.
    pub token: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    token: String,
    username: String,
    password: String,
    password_again: String,
}

#[derive(Template)]
#[template(path = "signin/set_password.html")]
struct SetPasswordPage {
    page: Page,
    token: String,
    username: String,
    errors: Vec<FieldError>,
    purpose: String,
}

/// `GET /invite`
pub async fn invite(
    app: AppState,
    visitor: Visitor,
    PageQuery(from): PageQuery<Token>,
) -> Response {
    get(app, visitor, (from.token, LinkPurpose::Invite)).await
}

/// `GET /recover`: without a token, the page that asks for one.
pub async fn reset(app: AppState, visitor: Visitor, PageQuery(from): PageQuery<Token>) -> Response {
    if from.token.is_empty() && recovery::is_offered(&app) {
        return forgotten::show(&app, visitor, false);
    }
    get(app, visitor, (from.token, LinkPurpose::Reset)).await
}

/// `POST /invite`
pub async fn post_invite(
    app: AppState,
    visitor: Visitor,
    PageForm(form): PageForm<Filled>,
) -> Response {
    post(app, visitor, form, LinkPurpose::Invite).await
}

/// `POST /recover`
pub async fn post_reset(
    app: AppState,
    visitor: Visitor,
    PageForm(form): PageForm<Filled>,
) -> Response {
    if form.token.is_empty() && recovery::is_offered(&app) {
        return match cookies::check_csrf(&app, &visitor, &form.csrf) {
            Ok(()) => forgotten::ask(&app, visitor, form.username),
            Err(cause) => PageError::new(&app, &visitor, cause).retry("/recover").into_response(),
        };
    }
    post(app, visitor, form, LinkPurpose::Reset).await
}

async fn get(app: AppState, visitor: Visitor, link: (String, LinkPurpose)) -> Response {
    show(&app, visitor, link, Vec::new()).await
}

async fn show(
    app: &AppState,
    visitor: Visitor,
    (token, purpose): (String, LinkPurpose),
    errors: Vec<FieldError>,
) -> Response {
    let user = match links::look(app, &token, purpose).await {
        Ok(user) => user,
        Err(error) => return refused(app, &visitor, error),
    };
    if let Some(user) = &user {
        language::person_wants(user);
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (page, jar) = Page::new(app, visitor.jar);
    let choose = SetPasswordPage {
        page,
        token,
        username: user.map(|user| user.username.to_string()).unwrap_or_default(),
        errors,
        purpose: if purpose == LinkPurpose::Invite { "invite" } else { "reset" }.into(),
    };
    page::show(status, jar, &choose)
}

async fn post(app: AppState, visitor: Visitor, form: Filled, purpose: LinkPurpose) -> Response {
    if let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf) {
        return PageError::new(&app, &visitor, cause).into_response();
    }
    let words = &language::spoken(&app).words().password;
    if form.password != form.password_again {
        let error = FieldError::new("password_again", words.differs.to_string());
        return show(&app, visitor, (form.token, purpose), vec![error]).await;
    }
    let password = Secret::sent(form.password);
    let taken = match purpose {
        LinkPurpose::Invite => links::take_invite(&app, &form.token, &password).await,
        LinkPurpose::Reset | LinkPurpose::Setup => {
            links::take_reset(&app, &form.token, &password).await
        }
    };
    match taken {
        Ok(user) => match sign_in(&app, &visitor, &user).await {
            Ok(jar) => (jar, Redirect::to("/")).into_response(),
            Err(error) => PageError::broken(&app, &visitor, error).into_response(),
        },
        Err(DirectoryError::WeakPassword(weak)) => {
            let told = match weak {
                WeakPassword::Short(least) => words.short.with("count", least),
                WeakPassword::Long => words.long.to_string(),
                WeakPassword::Guessable => words.guessable.to_string(),
            };
            let error = FieldError::new("password", told);
            show(&app, visitor, (form.token, purpose), vec![error]).await
        }
        Err(error) => refused(&app, &visitor, error),
    }
}

fn refused(app: &AppState, visitor: &Visitor, error: DirectoryError) -> Response {
    match error {
        DirectoryError::LinkExpired => {
            PageError::new(app, visitor, Cause::LinkExpired).into_response()
        }
        DirectoryError::Password(busy) => {
            tracing::warn!(%busy, "a new password was put off");
            PageError::new(app, visitor, Cause::Overloaded).into_response()
        }
        error => PageError::broken(app, visitor, error).into_response(),
    }
}

/// Whether a new password was typed the same twice.
///
/// # Errors
/// What to show beside the second field.
pub fn passwords(first: &str, again: &str) -> Result<(), FieldError> {
    if first == again {
        return Ok(());
    }
    Err(FieldError::new("password_again", "This is not the same password as above."))
}

/// Signs somebody in who has just proved, by a link, who they are.
///
/// # Errors
/// When the database refuses.
pub async fn sign_in(app: &AppState, visitor: &Visitor, user: &User) -> store::Result<CookieJar> {
    let start = Start {
        layout: Layout::Native,
        remember: false,
        address: visitor.address,
        user_agent: visitor.user_agent.as_deref(),
        amr: &["pwd"],
        former: visitor.signed_in(app).await?.map(|(session, _)| session),
    };
    let mut tx = app.db.write().await?;
    let (session, token) = session::begin(app, &mut tx, user, &start).await?;
    authenticate::signed_in(app, user).address(visitor.address_text()).append(&mut tx).await?;
    tx.commit().await?;
    app.recent.forget();
    Ok(cookies::with_session(app, visitor.jar.clone(), (&session, &token), user))
}
