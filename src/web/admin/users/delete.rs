//! Deleting a user, after saying what goes with them and having their name typed.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::ManagesPeople;
use crate::directory::{Force, consequences, users};
use crate::web::admin::console::{Console, Editing, Posted};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    confirm: String,
}

/// A deletion to confirm.
#[derive(Template)]
#[template(path = "admin/confirm_delete.html")]
pub(in crate::web::admin) struct ConfirmPage {
    pub shell: Shell,
    /// `the user`.
    pub what: &'static str,
    /// Its name. Called otherwise, since the macros of fields have a `name` of their own.
    pub thing: String,
    pub action: String,
    pub back: String,
    pub consequences: Vec<String>,
    pub errors: Vec<FieldError>,
    pub command: String,
}

/// `GET /admin/users/{id}/delete`
pub async fn get(
    app: AppState,
    Editing(console): Editing<ManagesPeople>,
    Path(id): Path<String>,
) -> Response {
    show(&app, &console, &id, Vec::new()).await
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    id: &str,
    errors: Vec<FieldError>,
) -> Response {
    let found = async {
        let user = load(app, id).await?;
        let consequences = consequences::of_users(app, std::slice::from_ref(&user.id)).await?;
        Ok((user, consequences))
    };
    let (user, consequences) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(app, error),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let confirm = ConfirmPage {
        shell,
        what: "the user",
        thing: user.username.to_string(),
        action: path(&user, "/delete"),
        back: path(&user, ""),
        consequences,
        errors,
        command: Command::new("user delete").arg(user.username.as_str()).to_string(),
    };
    page::show(status, jar, &confirm)
}

/// `POST /admin/users/{id}/delete`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let user = match load(&app, &id).await {
        Ok(user) => user,
        Err(error) => return console.refused(&app, error),
    };
    if form.confirm.trim() != user.username.as_str() {
        let error = FieldError::new("confirm", "This is not the name. Nothing was deleted.");
        return show(&app, &console, &id, vec![error]).await;
    }
    match users::delete(&app, &console.right.actor(), &id, Force::No).await {
        Ok(user) => console.done(&app, HERE, &format!("Deleted {}.", user.username)),
        Err(error) => console.refused(&app, error),
    }
}
