//! Closing a user's account and opening it again, after saying what that ends.

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
use crate::web::admin::console::{Editing, Posted};
use crate::web::admin::shell::Shell;
use crate::web::page;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
}

#[derive(Template)]
#[template(path = "admin/users/state.html")]
struct StatePage {
    shell: Shell,
    base: String,
    username: String,
    disabled: bool,
    consequences: Vec<String>,
    command: String,
}

/// `GET /admin/users/{id}/state`
pub async fn get(
    app: AppState,
    Editing(console): Editing<ManagesPeople>,
    Path(id): Path<String>,
) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let consequences = consequences::of_users(&app, std::slice::from_ref(&user.id)).await?;
        Ok((user, consequences))
    };
    let (user, consequences) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let disabled = user.disabled_at.is_some();
    let verb = if disabled { "user enable" } else { "user disable" };
    let ended = |what: &String| what.contains("session") || what.contains("grant");
    let (shell, jar) = console.shell(&app, HERE);
    let state = StatePage {
        shell,
        base: path(&user, ""),
        username: user.username.to_string(),
        disabled,
        consequences: consequences.into_iter().filter(ended).collect(),
        command: Command::new(verb).arg(user.username.as_str()).to_string(),
    };
    page::show(StatusCode::OK, jar, &state)
}

/// `POST /admin/users/{id}/state`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let actor = console.right.actor();
    let (done, verb) = match form.action.as_str() {
        "enable" => (users::enable(&app, &actor, &id).await, "Opened"),
        _ => (users::disable(&app, &actor, &id, Force::No).await, "Disabled"),
    };
    match done {
        Ok(done) => {
            let told = format!("{verb} the account of {}.", done.value.username);
            console.done(&app, &path(&done.value, ""), &told)
        }
        Err(error) => console.refused(&app, error),
    }
}
