//! Closing an application and opening it again, after saying what that means.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::ManagesClient;
use crate::directory::{Force, clients, consequences};
use crate::domain::Client;
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
#[template(path = "admin/applications/state.html")]
struct StatePage {
    shell: Shell,
    frame: Frame,
    kept: Vec<String>,
    command: String,
}

/// `GET /admin/applications/{id}/state`
pub async fn get(app: AppState, Editing(console): Editing<ManagesClient>) -> Response {
    let found = async {
        let client = load(&app, console.right.client())?;
        let kept = consequences::of_client(&app, &client).await?;
        Ok((client, kept))
    };
    let (client, kept) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let flag = if client.disabled_at.is_some() { "--enable" } else { "--disable" };
    let issued = |what: &String| what.contains("grant");
    let (shell, jar) = console.shell(&app, HERE);
    let state = StatePage {
        shell,
        frame: Frame::new(&app, &console, &client, ""),
        kept: kept.into_iter().filter(issued).collect(),
        command: Command::new("client update").arg(client.id.as_str()).bare(flag).to_string(),
    };
    page::show(StatusCode::OK, jar, &state)
}

/// `POST /admin/applications/{id}/state`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesClient, Filled>,
) -> Response {
    let id = console.right.client().clone();
    let opens = form.action == "enable";
    let now = app.clock.now();
    let edit = move |client: &mut Client| {
        client.disabled_at = if opens { None } else { client.disabled_at.or(Some(now)) };
    };
    let name = (id.as_str(), None);
    match clients::update(&app, &console.right.actor(), name, Force::No, edit).await {
        Ok(done) => {
            let verb = if opens { "Opened" } else { "Disabled" };
            console.done(&app, &path(&id, ""), &format!("{verb} {}.", done.value.name))
        }
        Err(error) => console.refused(&app, error),
    }
}
