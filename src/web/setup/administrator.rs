//! Step 2: whoever has the link makes the first administrator.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::seen::Seen;
use super::{Step, address, refused};
use crate::app::AppState;
use crate::directory::profile::Details;
use crate::directory::users::{FirstPassword, NewUser};
use crate::directory::{DirectoryError, links};
use crate::domain::{LinkPurpose, Role, Secret};
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::{PageForm, PageQuery};
use crate::web::page::{self, Page};
use crate::web::signin::form::FieldError;
use crate::web::signin::set_password::{passwords, sign_in};
use crate::web::visitor::Visitor;

/// The token of the link, and which step is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    token: String,
    step: String,
}

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
#[template(path = "setup/administrator.html")]
struct SetupPage {
    page: Page,
    steps: Vec<Step>,
    public_url: String,
    token: String,
    username: String,
    display_name: String,
    email: String,
    errors: Vec<FieldError>,
}

/// `GET /setup`: this step, or the first where that is still to be decided.
pub async fn get(
    app: AppState,
    visitor: Visitor,
    seen: Seen,
    PageQuery(from): PageQuery<Asked>,
) -> Response {
    if let Err(error) = links::look(&app, &from.token, LinkPurpose::Setup).await {
        return refused(&app, &visitor, error);
    }
    let first = match from.step.as_str() {
        "address" => Ok(true),
        _ => address::comes_first(&app, &seen).await,
    };
    match first {
        Ok(true) => address::show(&app, visitor, seen, from.token),
        Ok(false) => {
            let form = Filled { token: from.token, username: "admin".into(), ..Filled::default() };
            show(&app, visitor, form, Vec::new())
        }
        Err(error) => PageError::broken(&app, &visitor, error).into_response(),
    }
}

fn show(app: &AppState, visitor: Visitor, form: Filled, errors: Vec<FieldError>) -> Response {
    let (page, jar) = Page::in_english(app, visitor.jar);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let setup = SetupPage {
        page,
        steps: Step::all(2),
        public_url: app.config.public_url.to_string(),
        token: form.token,
        username: form.username,
        display_name: form.display_name,
        email: form.email,
        errors,
    };
    page::show(status, jar, &setup)
}

/// `POST /setup`: makes the administrator and signs them in.
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
            Ok(jar) => (jar, Redirect::to("/setup/mail")).into_response(),
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
