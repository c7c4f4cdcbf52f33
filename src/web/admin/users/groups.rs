//! A user's groups: those they were put into, and those that follow from nesting.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::members::{self, Members};
use crate::directory::rights::{Administers, SeesPeople};
use crate::directory::users;
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    group: String,
    action: String,
}

#[derive(Template)]
#[template(path = "admin/users/groups.html")]
struct GroupsPage {
    shell: Shell,
    frame: Frame,
    errors: Vec<FieldError>,
    group: String,
    direct: Vec<String>,
    inherited: Vec<String>,
    command: String,
}

/// `GET /admin/users/{id}/groups`
pub async fn get(app: AppState, console: Console<SeesPeople>, Path(id): Path<String>) -> Response {
    show(&app, &console, &id, (String::new(), Vec::new())).await
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    id: &str,
    (group, errors): (String, Vec<FieldError>),
) -> Response {
    let found = async {
        let user = load(app, id).await?;
        let (direct, inherited) = users::groups_of(app, &user).await?;
        Ok((user, direct, inherited))
    };
    let (user, direct, inherited) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(app, error),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let command = Command::new("group add-member GROUP").arg(user.username.as_str());
    let groups = GroupsPage {
        shell,
        frame: Frame::new(console, &user, "/groups"),
        errors,
        group,
        direct,
        inherited,
        command: command.to_string(),
    };
    page::show(status, jar, &groups)
}

/// `POST /admin/users/{id}/groups`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let user = match load(&app, &id).await {
        Ok(user) => user,
        Err(error) => return console.refused(&app, error),
    };
    let (actor, group) = (console.right.actor(), form.group.trim());
    let who = Members { users: vec![user.id.0.clone()], groups: Vec::new() };
    let (done, verb) = match form.action.as_str() {
        "remove" => (members::remove(&app, &actor, group, &who).await, "Removed from"),
        _ => (members::add(&app, &actor, group, &who).await, "Added to"),
    };
    match done {
        Ok(done) => {
            let told = format!("{verb} {}. {}", done.value.name, done.notes.join(" "));
            let told = if done.changed { told } else { done.notes.join(" ") };
            console.done(&app, &path(&user, "/groups"), told.trim())
        }
        Err(error) if error.code() == "server_error" => console.refused(&app, error),
        Err(error) => {
            let error = FieldError::new("group", sentence(&error));
            show(&app, &console, &id, (form.group, vec![error])).await
        }
    }
}
