//! Making the successor of a key, after saying what applications notice.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, load};
use crate::app::AppState;
use crate::directory::DirectoryError;
use crate::directory::command::Command;
use crate::directory::keys::{self, Pace};
use crate::directory::rights::Administers;
use crate::domain::{KeyState, SigningKey};
use crate::web::admin::console::{Console, Editing, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// The form: how fast.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    pace: String,
}

#[derive(Template)]
#[template(path = "admin/keys/rotate.html")]
struct RotatePage {
    shell: Shell,
    errors: Vec<FieldError>,
    key: SigningKey,
    command: String,
}

/// `GET /admin/keys/{id}/rotate`
pub async fn get(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    match load(&app, &id) {
        Ok(key) => show(&app, &console, key, (StatusCode::OK, Vec::new())),
        Err(error) => console.refused(&app, error),
    }
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    key: SigningKey,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Response {
    let (shell, jar) = console.shell(app, HERE);
    let command = Command::new("key rotate").flag("alg", key.alg.as_str()).to_string();
    page::show(status, jar, &RotatePage { shell, errors, key, command })
}

/// `POST /admin/keys/{id}/rotate`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let (key, actor) = match load(&app, &id) {
        Ok(key) => (key, console.right.actor()),
        Err(error) => return console.refused(&app, error),
    };
    let pace = match form.pace.as_str() {
        "now" => Pace::AtOnce,
        "gently" => Pace::Gently,
        _ => {
            let error = FieldError::new("", "Choose how fast.");
            return show(&app, &console, key, (StatusCode::UNPROCESSABLE_ENTITY, vec![error]));
        }
    };
    let done = match keys::rotate(&app, &actor, key.alg, pace).await {
        Ok(done) => done,
        Err(error @ DirectoryError::NotAllowed(_)) => return console.refused(&app, error),
        Err(error) if error.code() == "server_error" => return console.refused(&app, error),
        Err(error) => {
            let error = FieldError::new("", sentence(&error));
            return show(&app, &console, key, (StatusCode::CONFLICT, vec![error]));
        }
    };
    let told = match (done.value.state, done.value.activates_at) {
        (KeyState::Next, at) => {
            format!("Published {}; it signs from {} on.", done.value.kid, at.rfc3339())
        }
        _ => format!("Signing with {} now.", done.value.kid),
    };
    console.done(&app, HERE, format!("{told} {}", done.notes.join(" ")).trim())
}
