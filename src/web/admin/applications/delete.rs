//! Deleting an application, after saying what goes with it and having its id typed.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::directory::{clients, consequences};
use crate::domain::ClientId;
use crate::web::admin::console::{Console, Editing, Posted};
use crate::web::admin::users::delete::ConfirmPage;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    confirm: String,
}

/// `GET /admin/applications/{id}/delete`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    show(&app, &console, &ClientId(id), Vec::new()).await
}

async fn show(
    app: &AppState,
    console: &Console<Administers>,
    id: &ClientId,
    errors: Vec<FieldError>,
) -> Response {
    let found = async {
        let client = load(app, id)?;
        let consequences = consequences::of_client(app, &client).await?;
        Ok((client, consequences))
    };
    let (client, consequences) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(app, error),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let confirm = ConfirmPage {
        shell,
        what: "the application",
        thing: client.id.0.clone(),
        action: path(&client.id, "/delete"),
        back: path(&client.id, ""),
        consequences,
        errors,
        command: Command::new("client delete").arg(client.id.as_str()).to_string(),
    };
    page::show(status, jar, &confirm)
}

/// `POST /admin/applications/{id}/delete`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let client = match load(&app, &ClientId(id)) {
        Ok(client) => client,
        Err(error) => return console.refused(&app, error),
    };
    if form.confirm.trim() != client.id.as_str() {
        let error = FieldError::new("confirm", "This is not the client id. Nothing was deleted.");
        return show(&app, &console, &client.id, vec![error]).await;
    }
    match clients::delete(&app, &console.right.actor(), client.id.as_str()).await {
        Ok(client) => console.done(&app, HERE, &format!("Deleted {}.", client.name)),
        Err(error) => console.refused(&app, error),
    }
}
