//! Giving an application a new secret, after saying what that stops.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::connect::{self, Said};
use super::frame::{Frame, load};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::ManagesClient;
use crate::directory::{DirectoryError, secrets};
use crate::web::admin::console::{Editing, Posted};
use crate::web::admin::shell::Shell;
use crate::web::page;

/// The form has nothing but its token.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {}

#[derive(Template)]
#[template(path = "admin/applications/rotate.html")]
struct RotatePage {
    shell: Shell,
    frame: Frame,
    public: bool,
    command: String,
}

/// `GET /admin/applications/{id}/rotate`
pub async fn get(app: AppState, Editing(console): Editing<ManagesClient>) -> Response {
    let client = match load(&app, console.right.client()) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    let (shell, jar) = console.shell(&app, HERE);
    let rotate = RotatePage {
        shell,
        frame: Frame::new(&app, &console, &client, "/connect"),
        public: client.public,
        command: Command::new("client rotate-secret").arg(client.id.as_str()).to_string(),
    };
    page::show(StatusCode::OK, jar, &rotate)
}

/// `POST /admin/applications/{id}/rotate`: the answer shows the new secret, this once.
pub async fn post(
    app: AppState,
    Posted { console, .. }: Posted<ManagesClient, Filled>,
) -> Response {
    let id = console.right.client().clone();
    let shown = async {
        let done = secrets::rotate(&app, &console.right.actor(), id.as_str(), None).await?;
        let (client, secret) = done.value;
        let said = Said {
            done: Some(format!("{} has a new secret", client.name)),
            notes: done.notes,
            secret: Some(&secret),
            refused: None,
        };
        connect::show(&app, &console, (&client, StatusCode::OK), said).await
    };
    match shown.await {
        Ok(response) => response,
        Err(DirectoryError::PublicClient(_)) => get(app, Editing(console)).await,
        Err(error) => console.refused(&app, error),
    }
}
