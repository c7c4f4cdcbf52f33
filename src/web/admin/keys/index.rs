//! The list of signing keys.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::domain::{KeyState, SigningKey, Timestamp};
use crate::web::admin::console::Console;
use crate::web::admin::shell::Shell;
use crate::web::page;

/// A key.
struct Row {
    kid: String,
    alg: &'static str,
    state: &'static str,
    mood: &'static str,
    when: String,
    signs: bool,
}

#[derive(Template)]
#[template(path = "admin/keys/index.html")]
struct KeysPage {
    shell: Shell,
    rows: Vec<Row>,
    can_change: bool,
}

/// `GET /admin/keys`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    let registry = app.registry();
    let mut keys: Vec<&SigningKey> = registry.keys().iter().collect();
    keys.sort_by_key(|key| (key.alg, key.created_at));
    let (shell, jar) = console.shell(&app, HERE);
    let page = KeysPage {
        shell,
        rows: keys.into_iter().map(row).collect(),
        can_change: Administers::by_role(&console.staff).is_some(),
    };
    page::show(StatusCode::OK, jar, &page)
}

fn row(key: &SigningKey) -> Row {
    let (state, mood, when) = match key.state {
        KeyState::Next => ("Waits", "", format!("Signs from {}", day(key.activates_at))),
        KeyState::Active => ("Signs", "good", format!("Signs since {}", day(key.activates_at))),
        KeyState::Retired => {
            let since = key.retired_at.unwrap_or(key.activates_at);
            ("Retired", "", format!("Retired {}; still published", day(since)))
        }
    };
    let signs = key.state == KeyState::Active;
    Row { kid: key.kid.0.clone(), alg: key.alg.as_str(), state, mood, when, signs }
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(16).collect::<String>().replace('T', " ")
}
