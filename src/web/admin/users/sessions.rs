//! Where a user is signed in, and ending it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::sessions;
use crate::domain::Selector;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;

/// The form: one session, or all where none is named.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    session: String,
    action: String,
}

/// A session.
struct Row {
    id: i64,
    device: String,
    address: String,
    began: When,
    seen: When,
}

#[derive(Template)]
#[template(path = "admin/users/sessions.html")]
struct SessionsPage {
    shell: Shell,
    frame: Frame,
    rows: Vec<Row>,
    command: String,
}

/// `GET /admin/users/{id}/sessions`
pub async fn get(app: AppState, console: Console<SeesPeople>, Path(id): Path<String>) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let sessions = sessions::of_user(&app, &user).await?;
        Ok((user, sessions))
    };
    let (user, found) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let now = app.clock.now();
    let rows = found.into_iter().map(|session| Row {
        id: session.id.0,
        device: session.user_agent.unwrap_or_else(|| "unknown".into()),
        address: session.address.unwrap_or_else(|| "unknown".into()),
        began: When::of(session.created_at, now),
        seen: When::of(session.last_seen_at, now),
    });
    let (shell, jar) = console.shell(&app, HERE);
    let sessions = SessionsPage {
        shell,
        frame: Frame::new(&console, &user, "/sessions"),
        rows: rows.collect(),
        command: Command::new("user end-sessions").arg(user.username.as_str()).to_string(),
    };
    page::show(StatusCode::OK, jar, &sessions)
}

/// `POST /admin/users/{id}/sessions`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let actor = console.right.actor();
    let done = match (form.action.as_str(), form.session.parse().map(Selector)) {
        ("end", Ok(session)) => sessions::end(&app, &actor, &id, session)
            .await
            .map(|user| (path(&user, "/sessions"), "Ended the session.".to_owned())),
        ("end-all", _) => sessions::end_all(&app, &actor, &id).await.map(|(user, n)| {
            (path(&user, "/sessions"), format!("{n} sessions of {} ended.", user.username))
        }),
        _ => load(&app, &id).await.map(|user| (path(&user, "/sessions"), String::new())),
    };
    match done {
        Ok((to, told)) => console.done(&app, &to, &told),
        Err(error) => console.refused(&app, error),
    }
}
