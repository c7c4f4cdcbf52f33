//! Making a group.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::groups;
use crate::directory::rights::Administers;
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    name: String,
    description: String,
}

#[derive(Template)]
#[template(path = "admin/groups/new.html")]
struct NewPage {
    shell: Shell,
    errors: Vec<FieldError>,
    filled: Filled,
    command: String,
}

/// `GET /admin/groups/new`
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
    let (shell, jar) = console.shell(app, HERE);
    let command = Command::new("group create").bare("NAME --description TEXT").to_string();
    page::show(status, jar, &NewPage { shell, errors, filled, command })
}

/// `POST /admin/groups/new`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let description = Some(form.description.clone());
    match groups::create(&app, &console.right.actor(), form.name.trim(), description).await {
        Ok(group) => {
            let to = format!("{HERE}/{}", group.id);
            console.done(&app, &to, &format!("Created the group {}.", group.name))
        }
        Err(error) if error.code() == "server_error" => console.refused(&app, error),
        Err(error) => {
            let text = error.to_string();
            let field = if text.contains("description") { "description" } else { "name" };
            let error = FieldError::new(field, sentence(&error));
            show(&app, &console, form, vec![error])
        }
    }
}
