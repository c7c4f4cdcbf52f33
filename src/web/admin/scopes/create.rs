//! Making a scope.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Claim, Filled, HERE, claims, field_of, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::directory::scopes;
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

#[derive(Template)]
#[template(path = "admin/scopes/new.html")]
struct NewPage {
    shell: Shell,
    errors: Vec<FieldError>,
    filled: Filled,
    claims: Vec<Claim>,
    command: String,
}

/// `GET /admin/scopes/new`
pub async fn get(app: AppState, Editing(console): Editing<Administers>) -> Response {
    show(&app, &console, Filled::default(), Vec::new())
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    filled: Filled,
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let claims = claims(app, &filled);
    let (shell, jar) = console.shell(app, HERE);
    let command = Command::new("scope create").bare("NAME --sentence TEXT --claim CLAIM");
    let command = command.to_string();
    page::show(status, jar, &NewPage { shell, errors, filled, claims, command })
}

/// `POST /admin/scopes/new`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    match scopes::create(&app, &console.right.actor(), form.scope(&form.name)).await {
        Ok(scope) => {
            let told = format!(
                "Created the scope {}. Nobody gets it before a scope map of an application names it.",
                scope.name
            );
            console.done(&app, &path(&scope.name, ""), &told)
        }
        Err(error) if error.code() == "server_error" => console.refused(&app, error),
        Err(error) => {
            let error = FieldError::new(field_of(&error), sentence(&error));
            show(&app, &console, form, vec![error])
        }
    }
}
