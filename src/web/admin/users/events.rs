//! What a user did, and what was done to them.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::SeesPeople;
use crate::domain::Selector;
use crate::explain::{audit, sentence};
use crate::store::events::{self, Filter};
use crate::web::admin::console::Console;
use crate::web::admin::list::ROWS;
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

/// An event.
struct Row {
    at: When,
    sentence: String,
    failed: bool,
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/users/events.html")]
struct EventsPage {
    shell: Shell,
    frame: Frame,
    rows: Vec<Row>,
    older: Option<i64>,
    command: String,
}

/// `GET /admin/users/{id}/events`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let filter = Filter { user: Some(user.id.clone()), ..Filter::default() };
        let before = asked.before.parse().ok().map(Selector);
        let mut conn = app.db.read().await?.apart();
        Ok((user, events::list(&mut conn, &filter, before, ROWS).await?))
    };
    let (user, all) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let now = app.clock.now();
    let older = all.last().filter(|_| all.len() as i64 == ROWS).map(|event| event.id.0);
    let rows = all.into_iter().map(|event| Row {
        at: When::of(event.at, now),
        sentence: sentence::event(&event),
        failed: event.failed,
        address: audit::from(&event),
    });
    let (shell, jar) = console.shell(&app, HERE);
    let events = EventsPage {
        shell,
        frame: Frame::new(&console, &user, "/events"),
        rows: rows.collect(),
        older,
        command: Command::new("event list").flag("user", user.username.as_str()).to_string(),
    };
    page::show(StatusCode::OK, jar, &events)
}
