//! Taking a token back, after saying what it ends.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, badge, may};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::registration_tokens;
use crate::directory::rights::Administers;
use crate::web::admin::console::{Editing, Posted};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;

/// The form: the button alone.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {}

#[derive(Template)]
#[template(path = "admin/registration/revoke.html")]
struct RevokePage {
    shell: Shell,
    id: i64,
    token: String,
    may: String,
    uses_left: i64,
    used: Option<When>,
    badge: (&'static str, &'static str),
    command: String,
}

/// `GET /admin/registration/{id}/revoke`
pub async fn get(
    app: AppState,
    Path(id): Path<String>,
    Editing(console): Editing<Administers>,
) -> Response {
    let token = match registration_tokens::one(&app, &id).await {
        Ok(token) => token,
        Err(error) => return console.refused(&app, error),
    };
    let (shell, jar) = console.shell(&app, HERE);
    let page = RevokePage {
        shell,
        id: token.id.0,
        may: may(&token),
        uses_left: token.uses_left,
        used: token.last_used_at.map(|at| When::of(at, app.clock.now())),
        badge: badge(&token, app.clock.now()),
        command: Command::new("registration-token revoke").arg(&token.name).to_string(),
        token: token.name,
    };
    page::show(StatusCode::OK, jar, &page)
}

/// `POST /admin/registration/{id}/revoke`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form: Filled {} }: Posted<Administers, Filled>,
) -> Response {
    match registration_tokens::revoke(&app, &console.right.actor(), &id).await {
        Ok(token) => console.done(&app, HERE, &format!("Revoked the token {}.", token.name)),
        Err(error) => console.refused(&app, error),
    }
}
