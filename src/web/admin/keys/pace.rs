//! Rotating or retiring a key, after saying what applications notice and choosing how fast.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, load};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::keys::{self, Pace};
use crate::directory::rights::Administers;
use crate::directory::{DirectoryError, Done, Result};
use crate::domain::{KeyState, ServerKey};
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

/// What is to be done with the key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Rotate,
    Retire,
}

#[derive(Template)]
#[template(path = "admin/keys/pace.html")]
struct PacePage {
    shell: Shell,
    errors: Vec<FieldError>,
    key: ServerKey,
    rotates: bool,
    signs: bool,
    action: String,
    command: String,
}

/// `GET /admin/keys/{id}/rotate`
pub async fn rotation(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    ask(&app, &console, (&id, What::Rotate))
}

/// `GET /admin/keys/{id}/retire`
pub async fn retirement(
    app: AppState,
    Editing(console): Editing<Administers>,
    Path(id): Path<String>,
) -> Response {
    ask(&app, &console, (&id, What::Retire))
}

fn ask<R>(app: &AppState, console: &Console<R>, (id, what): (&str, What)) -> Response {
    match load(app, id) {
        Ok(key) => show(app, console, (key, what), (StatusCode::OK, Vec::new())),
        Err(error) => console.refused(app, error),
    }
}

fn show<R>(
    app: &AppState,
    console: &Console<R>,
    (key, what): (ServerKey, What),
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Response {
    let (shell, jar) = console.shell(app, HERE);
    let (end, command) = match what {
        What::Rotate => ("rotate", Command::new("key rotate").flag("alg", key.alg.as_str())),
        What::Retire => ("retire", Command::new("key retire").arg(key.kid.as_str())),
    };
    let page = PacePage {
        shell,
        errors,
        rotates: what == What::Rotate,
        signs: key.alg.signs().is_some(),
        action: format!("{HERE}/{}/{end}", key.kid),
        command: command.to_string(),
        key,
    };
    page::show(status, jar, &page)
}

/// `POST /admin/keys/{id}/rotate`
pub async fn rotate(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    change(&app, &console, (&id, What::Rotate), &form).await
}

/// `POST /admin/keys/{id}/retire`
pub async fn retire(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    change(&app, &console, (&id, What::Retire), &form).await
}

async fn change(
    app: &AppState,
    console: &Console<Administers>,
    (id, what): (&str, What),
    form: &Filled,
) -> Response {
    let key = match load(app, id) {
        Ok(key) => key,
        Err(error) => return console.refused(app, error),
    };
    let pace = match form.pace.as_str() {
        "now" => Pace::AtOnce,
        "gently" => Pace::Gently,
        _ => {
            let error = FieldError::new("", "Choose how fast.");
            let wrong = (StatusCode::UNPROCESSABLE_ENTITY, vec![error]);
            return show(app, console, (key, what), wrong);
        }
    };
    match done(app, console, (&key, what), pace).await {
        Ok(told) => console.done(app, HERE, told.trim()),
        Err(error @ DirectoryError::NotAllowed(_)) => console.refused(app, error),
        Err(error) if error.code() == "server_error" => console.refused(app, error),
        Err(error) => {
            let error = FieldError::new("", sentence(&error));
            show(app, console, (key, what), (StatusCode::CONFLICT, vec![error]))
        }
    }
}

/// Does it, and says what was done.
async fn done(
    app: &AppState,
    console: &Console<Administers>,
    (key, what): (&ServerKey, What),
    pace: Pace,
) -> Result<String> {
    let actor = console.right.actor();
    let told = |told: String, notes: Vec<String>| format!("{told} {}", notes.join(" "));
    match what {
        What::Rotate => {
            let Done { value, notes, .. } = keys::rotate(app, &actor, key.alg, pace).await?;
            let said = match (value.state, value.activates_at) {
                (KeyState::Next, at) => {
                    format!(
                        "Published {}; it {} from {} on.",
                        value.kid,
                        value.alg.verb(),
                        at.rfc3339()
                    )
                }
                _ => match value.alg.signs() {
                    Some(_) => format!("Signing with {} now.", value.kid),
                    None => format!("Applications encrypt to {} from now on.", value.kid),
                },
            };
            Ok(told(said, notes))
        }
        What::Retire => {
            let done = keys::retire(app, &actor, key.kid.as_str(), pace).await?;
            let said = match (key.state, pace) {
                (KeyState::Next, _) | (_, Pace::AtOnce) => format!("Withdrew {}.", key.kid),
                _ => format!("Retired {}.", key.kid),
            };
            Ok(told(said, done.notes))
        }
    }
}
