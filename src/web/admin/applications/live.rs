//! Waiting for the first sign-in to an application: a page that looks again by itself, also without
//! scripts, and the part of it that a script fetches.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load};
use super::status::Status;
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::command::Command;
use crate::directory::rights::SeesClient;
use crate::domain::Client;
use crate::web::admin::console::Console;
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

/// Whether only the part is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    part: String,
}

#[derive(Template)]
#[template(path = "admin/applications/live.html")]
struct LivePage {
    shell: Shell,
    frame: Frame,
    status: Status,
    command: String,
}

#[derive(Template)]
#[template(path = "admin/applications/told.html")]
struct Part {
    status: Status,
}

/// `GET /admin/applications/{id}/live`
pub async fn get(
    app: AppState,
    console: Console<SeesClient>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let client = load(&app, console.right.client())?;
        let status = Status::of(&app, &console, &client).await?;
        Ok(match asked.part.is_empty() {
            true => whole(&app, &console, &client, status),
            false => page::show(StatusCode::OK, console.visitor.jar.clone(), &Part { status }),
        })
    };
    let shown: Result<Response> = shown.await;
    shown.unwrap_or_else(|error| console.refused(&app, error))
}

fn whole(
    app: &AppState,
    console: &Console<SeesClient>,
    client: &Client,
    status: Status,
) -> Response {
    let (shell, jar) = console.shell(app, HERE);
    let page = LivePage {
        shell,
        frame: Frame::new(app, console, client, "/connect"),
        status,
        command: Command::new("flow list").flag("client", client.id.as_str()).to_string(),
    };
    page::show(StatusCode::OK, jar, &page)
}
