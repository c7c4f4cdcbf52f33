//! What an application is told to sign people in here: addresses, files, and its secret, which is
//! shown on demand and leaves a line in the audit log each time.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::files::Files;
use super::frame::{Frame, load, path};
use super::status::Status;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesClient, SeesClient};
use crate::directory::{DirectoryError, Result, secrets};
use crate::domain::{Client, Secret};
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;

/// The form has nothing but its token.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {}

#[derive(Template)]
#[template(path = "admin/applications/connect.html")]
pub(super) struct ConnectPage {
    shell: Shell,
    frame: Frame,
    /// What was just done to it.
    done: Option<String>,
    /// A sentence each: look at this.
    notes: Vec<String>,
    /// Why the secret is not shown.
    refused: Option<String>,
    status: Status,
    files: Files,
    public: bool,
    /// Where the tab is, also from the pages that show it.
    here: String,
    command: String,
}

/// What is to be said on the page beside what always stands there.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// What was just done.
    pub done: Option<String>,
    /// A sentence each: look at this.
    pub notes: Vec<String>,
    /// Why the secret is not shown.
    pub refused: Option<String>,
    /// The secret.
    pub secret: Option<&'a Secret>,
}

/// `GET /admin/applications/{id}/connect`
pub async fn get(app: AppState, console: Console<SeesClient>) -> Response {
    let shown = async {
        let client = load(&app, console.right.client())?;
        show(&app, &console, (&client, StatusCode::OK), Said::default()).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// `POST /admin/applications/{id}/connect`: the same with the secret.
pub async fn post(
    app: AppState,
    Posted { console, .. }: Posted<ManagesClient, Filled>,
) -> Response {
    let id = console.right.client().clone();
    let shown = async {
        match secrets::show(&app, &console.right.actor(), id.as_str()).await {
            Ok((client, secret)) => {
                let said = Said { secret: Some(&secret), ..Said::default() };
                show(&app, &console, (&client, StatusCode::OK), said).await
            }
            Err(
                error @ (DirectoryError::PublicClient(_)
                | DirectoryError::SecretNotKept(_)
                | DirectoryError::Sealed(_)),
            ) => {
                let client = load(&app, &id)?;
                let said = Said { refused: Some(sentence(&error)), ..Said::default() };
                show(&app, &console, (&client, StatusCode::CONFLICT), said).await
            }
            Err(error) => Err(error),
        }
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// The tab, with what is to be said on it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    (client, status): (&Client, StatusCode),
    said: Said<'_>,
) -> Result<Response> {
    let newest = Status::of(app, console, client).await?;
    let (shell, jar) = console.shell(app, HERE);
    let page = ConnectPage {
        shell,
        frame: Frame::new(app, console, client, "/connect"),
        done: said.done,
        notes: said.notes,
        refused: said.refused,
        status: newest,
        files: Files::of(app, client, said.secret),
        public: client.public,
        here: path(&client.id, "/connect"),
        command: Command::new("client config").arg(client.id.as_str()).to_string(),
    };
    Ok(page::show(status, jar, &page))
}
