//! Deleting a scope, after saying who would miss it and having its name typed.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::directory::scopes;
use crate::domain::Scope;
use crate::web::admin::console::{Console, Editing, Posted};
use crate::web::admin::users::delete::ConfirmPage;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    confirm: String,
}

/// `GET /admin/scopes/{id}/delete`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    match load(&app, &id) {
        Ok(scope) => show(&app, &console, scope, (StatusCode::OK, Vec::new())),
        Err(error) => console.refused(&app, error),
    }
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    scope: Scope,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Response {
    let (shell, jar) = console.shell(app, HERE);
    let confirm = ConfirmPage {
        shell,
        what: "the scope",
        action: path(&scope.name, "/delete"),
        back: path(&scope.name, ""),
        command: Command::new("scope delete").arg(&scope.name).to_string(),
        consequences: scopes::missed(app, &scope.name),
        thing: scope.name,
        errors,
    };
    page::show(status, jar, &confirm)
}

/// `POST /admin/scopes/{id}/delete`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let scope = match load(&app, &id) {
        Ok(scope) => scope,
        Err(error) => return console.refused(&app, error),
    };
    if form.confirm.trim() != scope.name {
        let error = FieldError::new("confirm", "This is not the name. Nothing was deleted.");
        return show(&app, &console, scope, (StatusCode::UNPROCESSABLE_ENTITY, vec![error]));
    }
    match scopes::delete(&app, &console.right.actor(), &scope.name).await {
        Ok(done) => {
            let told = format!("Deleted the scope {}. {}", scope.name, done.notes.join(" "));
            console.done(&app, HERE, told.trim())
        }
        Err(error) => console.refused(&app, error),
    }
}
