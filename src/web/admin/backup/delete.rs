//! Deleting a backup, after having its name typed.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, load, refused, size};
use crate::app::AppState;
use crate::directory::backup::{self, Kept};
use crate::directory::command::quoted;
use crate::directory::rights::Administers;
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

/// `GET /admin/backup/{file}/delete`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(name): Path<String>,
) -> Response {
    match load(&app, &name) {
        Ok(kept) => show(&app, &console, kept, Vec::new()),
        Err(error) => refused(&app, &console, error),
    }
}

fn show(
    app: &AppState,
    console: &Console<Administers>,
    kept: Kept,
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let path = backup::place(&app.config).join(&kept.name);
    let (shell, jar) = console.shell(app, HERE);
    let confirm = ConfirmPage {
        shell,
        what: "the backup",
        action: format!("{HERE}/{}/delete", kept.name),
        back: format!("{HERE}/{}", kept.name),
        consequences: vec![format!("The file itself, {}, from this server", size(kept.size))],
        errors,
        command: format!("rm {}", quoted(&path.to_string_lossy())),
        thing: kept.name,
    };
    page::show(status, jar, &confirm)
}

/// `POST /admin/backup/{file}/delete`
pub async fn post(
    app: AppState,
    Path(name): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let kept = match load(&app, &name) {
        Ok(kept) => kept,
        Err(error) => return refused(&app, &console, error),
    };
    if form.confirm.trim() != name {
        let error = FieldError::new("confirm", "This is not the name. Nothing was deleted.");
        return show(&app, &console, kept, vec![error]);
    }
    match backup::delete(&app, &console.right.actor(), &name).await {
        Ok(()) => console.done(&app, HERE, &format!("Deleted {name}.")),
        Err(error) => refused(&app, &console, error),
    }
}
