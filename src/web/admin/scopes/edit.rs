//! One scope: what it says and opens, who would miss it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Claim, Filled, HERE, claims, field_of, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::{DirectoryError, scopes};
use crate::domain::Scope;
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

#[derive(Template)]
#[template(path = "admin/scopes/edit.html")]
struct EditPage {
    shell: Shell,
    errors: Vec<FieldError>,
    scope: Scope,
    filled: Filled,
    claims: Vec<Claim>,
    base: String,
    can_change: bool,
    command: String,
}

/// `GET /admin/scopes/{id}`
pub async fn get(app: AppState, console: Console<SeesAll>, Path(id): Path<String>) -> Response {
    match load(&app, &id) {
        Ok(scope) => {
            let filled = Filled::of(&scope);
            show(&app, &console, (scope, filled), Vec::new())
        }
        Err(error) => console.refused(&app, error),
    }
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    (scope, filled): (Scope, Filled),
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut line = Command::new("scope create").arg(&scope.name);
    line = line.flag("sentence", &scope.sentence);
    for claim in scope.claims.iter() {
        line = line.flag("claim", claim);
    }
    let administers = Administers::by_role(&console.staff).is_some();
    let (shell, jar) = console.shell(app, HERE);
    let page = EditPage {
        shell,
        errors,
        claims: claims(app, &filled),
        base: path(&scope.name, ""),
        can_change: administers && !scope.builtin && console.fresh,
        command: line.to_string(),
        filled,
        scope,
    };
    page::show(status, jar, &page)
}

/// `POST /admin/scopes/{id}`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let scope = match load(&app, &id) {
        Ok(scope) => scope,
        Err(error) => return console.refused(&app, error),
    };
    match scopes::update(&app, &console.right.actor(), &scope.name, form.change()).await {
        Ok(done) => {
            let told = if done.changed { format!("Saved {}.", scope.name) } else { String::new() };
            console.done(&app, &path(&scope.name, ""), &told)
        }
        Err(error) if error.code() == "server_error" => console.refused(&app, error),
        Err(error @ DirectoryError::NotAllowed(_)) => console.refused(&app, error),
        Err(error) => {
            let field = match field_of(&error) {
                "sentence" => "sentence",
                _ => "",
            };
            let error = FieldError::new(field, sentence(&error));
            show(&app, &console, (scope, form), vec![error])
        }
    }
}
