//! Who is signed in, and ending it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::sessions;
use crate::domain::Selector;
use crate::web::account::device;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::list::ROWS;
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

const HERE: &str = "/admin/sessions";

/// What the address asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

/// The form: one session of one person.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    user: String,
    session: String,
}

/// A session.
struct Row {
    id: i64,
    user: String,
    username: String,
    device: String,
    address: String,
    began: When,
    seen: When,
}

#[derive(Template)]
#[template(path = "admin/activity/sessions.html")]
struct SessionsPage {
    shell: Shell,
    rows: Vec<Row>,
    can_end: bool,
    older: Option<i64>,
    command: String,
}

/// `GET /admin/sessions`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let before = asked.before.parse().ok().map(Selector);
    let mut found = match sessions::standing(&app, before, ROWS + 1).await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let most = usize::try_from(ROWS).unwrap_or_default();
    let more = found.len() > most;
    found.truncate(most);
    let older = found.last().filter(|_| more).map(|(last, _)| last.id.0);
    let now = app.clock.now();
    let rows = found.into_iter().map(|(session, username)| Row {
        id: session.id.0,
        user: session.user_id.0,
        username,
        device: device::name(session.user_agent.as_deref()),
        address: session.address.unwrap_or_else(|| "unknown".into()),
        began: When::of(session.created_at, now),
        seen: When::of(session.last_seen_at, now),
    });
    let (shell, jar) = console.shell(&app, HERE);
    let page = SessionsPage {
        shell,
        rows: rows.collect(),
        can_end: ManagesPeople::by_role(&console.staff).is_some() && console.fresh,
        older,
        command: Command::new("user end-sessions").bare("NAME").to_string(),
    };
    page::show(StatusCode::OK, jar, &page)
}

/// `POST /admin/sessions`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    let Ok(session) = form.session.parse().map(Selector) else {
        return console.done(&app, HERE, "");
    };
    match sessions::end(&app, &console.right.actor(), &form.user, session).await {
        Ok(user) => console.done(&app, HERE, &format!("Ended a session of {}.", user.username)),
        Err(error) => console.refused(&app, error),
    }
}
