//! A user's role: given and taken by administrators alone.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::revision::Revision;
use crate::directory::rights::Administers;
use crate::directory::users::{self, UserChange};
use crate::directory::view::UserView;
use crate::directory::{DirectoryError, Force};
use crate::domain::Role;
use crate::web::admin::console::{Editing, Posted};
use crate::web::admin::shell::Shell;
use crate::web::page;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    role: String,
    revision: String,
}

/// A role to choose: value, title, chosen.
type Choice = (&'static str, &'static str, bool);

#[derive(Template)]
#[template(path = "admin/users/role.html")]
struct RolePage {
    shell: Shell,
    base: String,
    username: String,
    revision: String,
    choices: Vec<Choice>,
    command: String,
}

/// `GET /admin/users/{id}/role`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    let user = match load(&app, &id).await {
        Ok(user) => user,
        Err(error) => return console.refused(&app, error),
    };
    let roles = Role::ALL.map(|role| (role.as_str(), role.title(), user.role == Some(role)));
    let none = ("", "No role", user.role.is_none());
    let line = Command::new("user update").arg(user.username.as_str());
    let (shell, jar) = console.shell(&app, HERE);
    let role = RolePage {
        shell,
        base: path(&user, ""),
        username: user.username.to_string(),
        revision: Revision::of(&UserView::from(&user)).as_str().to_owned(),
        choices: [vec![none], roles.to_vec()].concat(),
        command: line.bare("--role ROLE").to_string(),
    };
    page::show(StatusCode::OK, jar, &role)
}

/// `POST /admin/users/{id}/role`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let role = Some(form.role.as_str()).filter(|role| !role.is_empty());
    let Ok(role) = role.map(|role| Role::parse(role).ok_or(())).transpose() else {
        let rule = "choose one of the list";
        let (what, value) = ("a role".to_owned(), form.role);
        let error = DirectoryError::Value { what, value, rule: rule.to_owned() };
        return console.refused(&app, error);
    };
    let change = UserChange {
        role: Some(role),
        revision: Some(Revision::sent(form.revision)),
        ..UserChange::default()
    };
    match users::update(&app, &console.right.actor(), &id, change, Force::No).await {
        Ok(done) => {
            let role = done.value.role.map_or("no role", Role::title);
            let told = format!("{} has {role} now.", done.value.username);
            console.done(&app, &path(&done.value, ""), &told)
        }
        Err(error) => console.refused(&app, error),
    }
}
