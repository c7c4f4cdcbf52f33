//! What was done to an application: who changed what, from what to what.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load};
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::command::Command;
use crate::directory::rights::{SeesAll, SeesClient};
use crate::domain::{Client, Event, Selector, Timestamp};
use crate::explain::{audit, harmless, sentence};
use crate::store::events::{self, Filter};
use crate::web::admin::console::Console;
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

/// Changes of a page.
const LINES: i64 = 25;

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

/// A change.
struct Change {
    at: When,
    sentence: String,
    /// From where, for those who may read everything.
    from: Option<String>,
    /// What it was, and what it became.
    changes: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "admin/applications/history.html")]
struct HistoryPage {
    shell: Shell,
    frame: Frame,
    changes: Vec<Change>,
    older: Option<i64>,
    command: String,
}

/// `GET /admin/applications/{id}/history`
pub async fn get(
    app: AppState,
    console: Console<SeesClient>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let client = load(&app, console.right.client())?;
        show(&app, &console, &client, &asked).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show(
    app: &AppState,
    console: &Console<SeesClient>,
    client: &Client,
    asked: &Asked,
) -> Result<Response> {
    let filter = Filter { client: Some(client.id.clone()), history: true, ..Filter::default() };
    let before = asked.before.parse().ok().map(Selector);
    let mut conn = app.db.read().await?.apart();
    // One more than is shown tells whether there are older ones.
    let mut found = events::list(&mut conn, &filter, before, LINES + 1).await?;
    drop(conn);
    let more = found.len() as i64 > LINES;
    found.truncate(usize::try_from(LINES).unwrap_or_default());
    let older = found.last().filter(|_| more).map(|event| event.id.0);
    let now = app.clock.now();
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let (shell, jar) = console.shell(app, HERE);
    let page = HistoryPage {
        shell,
        frame: Frame::new(app, console, client, "/history"),
        changes: found.iter().map(|event| change(event, (now, sees_all))).collect(),
        older,
        command: Command::new("event list").flag("client", client.id.as_str()).to_string(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

fn change(event: &Event, (now, sees_all): (Timestamp, bool)) -> Change {
    Change {
        at: When::of(event.at, now),
        sentence: sentence::event(event),
        from: audit::from(event).map(|from| harmless(&from)).filter(|_| sees_all),
        changes: sentence::changes(event),
    }
}
