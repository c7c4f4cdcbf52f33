//! Deleting a group, after saying what goes with it and having its name typed.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::Administers;
use crate::directory::{consequences, find, groups};
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

/// `GET /admin/groups/{id}/delete`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    show(&app, &console, &id, Vec::new()).await
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    id: &str,
    errors: Vec<FieldError>,
) -> Response {
    let found = async {
        let group = find::group(&mut app.db.read().await?, id).await?;
        let consequences = consequences::of_group(app, &group).await?;
        Ok((group, consequences))
    };
    let (group, consequences) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(app, error),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let confirm = ConfirmPage {
        shell,
        what: "the group",
        action: format!("{HERE}/{}/delete", group.id),
        back: format!("{HERE}/{}", group.id),
        command: Command::new("group delete").arg(&group.name).to_string(),
        thing: group.name,
        consequences,
        errors,
    };
    page::show(status, jar, &confirm)
}

/// `POST /admin/groups/{id}/delete`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let found = async { find::group(&mut app.db.read().await?, &id).await };
    let group = match found.await {
        Ok(group) => group,
        Err(error) => return console.refused(&app, error),
    };
    if form.confirm.trim() != group.name {
        let error = FieldError::new("confirm", "This is not the name. Nothing was deleted.");
        return show(&app, &console, &id, vec![error]).await;
    }
    match groups::delete(&app, &console.right.actor(), &id).await {
        Ok(done) => {
            let told = format!("Deleted the group {}. {}", group.name, done.notes.join(" "));
            console.done(&app, HERE, told.trim())
        }
        Err(error) => console.refused(&app, error),
    }
}
