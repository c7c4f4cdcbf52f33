//! The set-up page: whoever has the link makes the first administrator.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::form::FieldError;
use super::set_password::{Token, passwords, sign_in};
use crate::app::AppState;
use crate::directory::profile::Details;
use crate::directory::users::{FirstPassword, NewUser};
use crate::directory::{DirectoryError, links};
use crate::domain::{Cause, LinkPurpose, Role, Secret};
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::{PageForm, PageQuery};
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    token: String,
    username: String,
    display_name: String,
    email: String,
    password: String,
    password_again: String,
}

#[derive(Template)]
#[template(path = "signin/setup.html")]
struct SetupPage {
    page: Page,
    token: String,
    username: String,
    display_name: String,
    email: String,
    errors: Vec<FieldError>,
}

/// `GET`
pub async fn get(app: AppState, visitor: Visitor, PageQuery(from): PageQuery<Token>) -> Response {
    match links::look(&app, &from.token, LinkPurpose::Setup).await {
        Ok(_) => {
            let form = Filled { token: from.token, username: "admin".into(), ..Filled::default() };
            show(&app, visitor, form, Vec::new())
        }
        Err(error) => refused(&app, &visitor, error),
    }
}

fn show(app: &AppState, visitor: Visitor, form: Filled, errors: Vec<FieldError>) -> Response {
    let (page, jar) = Page::in_english(app, visitor.jar);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let setup = SetupPage {
        page,
        token: form.token,
        username: form.username,
        display_name: form.display_name,
        email: form.email,
        errors,
    };
    page::show(status, jar, &setup)
}

/// `POST`: makes the administrator and signs them in.
pub async fn post(app: AppState, visitor: Visitor, PageForm(form): PageForm<Filled>) -> Response {
    if let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf) {
        return PageError::new(&app, &visitor, cause).into_response();
    }
    if let Err(error) = passwords(&form.password, &form.password_again) {
        return show(&app, visitor, form, vec![error]);
    }
    let details = Details {
        fields: [("display_name", &form.display_name), ("email", &form.email)]
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| (name, value.clone()))
            .collect(),
        ..Details::default()
    };
    let new = NewUser {
        username: form.username.clone(),
        role: Some(Role::Administrator),
        password: FirstPassword::Given(Secret::sent(form.password.clone())),
        details,
    };
    match links::take_setup(&app, &form.token, new, visitor.address_text()).await {
        Ok(user) => match sign_in(&app, &visitor, &user).await {
            Ok(jar) => (jar, Redirect::to("/")).into_response(),
            Err(error) => PageError::broken(&app, &visitor, error).into_response(),
        },
        Err(error) => match field(&error) {
            Some(error) => show(&app, visitor, form, vec![error]),
            None => refused(&app, &visitor, error),
        },
    }
}

/// Which field an error is about; `None` if it is about the link or about us.
fn field(error: &DirectoryError) -> Option<FieldError> {
    match error {
        DirectoryError::WeakPassword(weak) => Some(FieldError::new("password", weak.to_string())),
        DirectoryError::Password(busy) => Some(FieldError::new("", busy.to_string())),
        DirectoryError::Taken { .. } => Some(FieldError::new("username", error.to_string())),
        DirectoryError::Value { what, .. } => {
            let id = ["username", "email", "display_name"]
                .into_iter()
                .find(|id| what.replace(['-', ' '], "_").replace("e_mail", "email").contains(id));
            Some(FieldError::new(id.unwrap_or_default(), error.to_string()))
        }
        _ => None,
    }
}

fn refused(app: &AppState, visitor: &Visitor, error: DirectoryError) -> Response {
    match error {
        DirectoryError::LinkExpired | DirectoryError::SetupDone(_) => {
            PageError::new(app, visitor, Cause::LinkExpired)
                .hint("The command keystead setup-link prints a fresh link.".into())
                .into_response()
        }
        error => PageError::broken(app, visitor, error).into_response(),
    }
}
