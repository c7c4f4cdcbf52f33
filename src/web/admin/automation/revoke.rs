//! Taking a token back, after saying what it ends.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{HERE, badge, scopes};
use crate::app::AppState;
use crate::directory::api_tokens;
use crate::directory::command::Command;
use crate::directory::rights::ManagesToken;
use crate::web::admin::console::{Editing, Posted};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;

/// The form: the button alone.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {}

#[derive(Template)]
#[template(path = "admin/automation/revoke.html")]
struct RevokePage {
    shell: Shell,
    id: i64,
    token: String,
    owner: String,
    scopes: String,
    used: Option<When>,
    badge: (&'static str, &'static str),
    command: String,
}

/// `GET /admin/api/{id}/revoke`
pub async fn get(app: AppState, Editing(console): Editing<ManagesToken>) -> Response {
    let owned = match api_tokens::one(&app, console.right.token()).await {
        Ok(owned) => owned,
        Err(error) => return console.refused(&app, error),
    };
    let (shell, jar) = console.shell(&app, HERE);
    let page = RevokePage {
        shell,
        id: owned.token.id.0,
        scopes: scopes(&owned),
        owner: owned.user.username.to_string(),
        used: owned.token.last_used_at.map(|at| When::of(at, app.clock.now())),
        badge: badge(owned.state),
        command: Command::new("token revoke").arg(&owned.token.name).to_string(),
        token: owned.token.name,
    };
    page::show(StatusCode::OK, jar, &page)
}

/// `POST /admin/api/{id}/revoke`
pub async fn post(
    app: AppState,
    Posted { console, form: Filled {} }: Posted<ManagesToken, Filled>,
) -> Response {
    let revoked = api_tokens::revoke_one(&app, &console.right.actor(), console.right.token()).await;
    match revoked {
        Ok(token) => console.done(&app, HERE, &format!("Revoked the token {}.", token.name)),
        Err(error) => console.refused(&app, error),
    }
}
