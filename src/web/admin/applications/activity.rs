//! What happened at an application: who tried to sign in and how it went, and what was changed.

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
use crate::domain::{Client, Flow, FlowRef, FlowState, Selector, Timestamp};
use crate::explain::{cause, discreet, explanation, sentence};
use crate::store::events::{self, Filter as Events};
use crate::store::flows::{self, Filter as Flows};
use crate::store::users;
use crate::web::admin::console::Console;
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

/// Lines of each of the two lists.
const LINES: i64 = 25;

/// Where the lists begin.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
    before: String,
}

/// An attempt.
struct Attempt {
    reference: String,
    began: When,
    who: String,
    state: (&'static str, &'static str),
    cause: Option<String>,
}

/// A change.
struct Change {
    at: When,
    sentence: String,
    failed: bool,
}

#[derive(Template)]
#[template(path = "admin/applications/activity.html")]
struct ActivityPage {
    shell: Shell,
    frame: Frame,
    attempts: Vec<Attempt>,
    older_attempts: Option<String>,
    changes: Vec<Change>,
    older_changes: Option<i64>,
    command: String,
}

/// `GET /admin/applications/{id}/activity`
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
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let (attempts, older_attempts) = attempts(app, client, (&asked.after, sees_all)).await?;
    let (changes, older_changes) = changes(app, client, (&asked.before, sees_all)).await?;
    let (shell, jar) = console.shell(app, HERE);
    let page = ActivityPage {
        shell,
        frame: Frame::new(app, console, client, "/activity"),
        attempts,
        older_attempts,
        changes,
        older_changes,
        command: Command::new("flow list").flag("client", client.id.as_str()).to_string(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

async fn attempts(
    app: &AppState,
    client: &Client,
    (after, sees_all): (&str, bool),
) -> Result<(Vec<Attempt>, Option<String>)> {
    let mut conn = app.db.read().await?;
    // A flow that is kept no longer begins the list anew.
    let after = flows::find(&mut conn, &FlowRef(after.to_owned())).await?;
    let filter = Flows { client: Some(client.id.clone()), ..Flows::default() };
    let found = flows::list(&mut conn, &filter, after.as_ref(), LINES).await?;
    let full = found.len() as i64 == LINES;
    let older = found.last().filter(|_| full).map(|flow| flow.reference.0.clone());
    let now = app.clock.now();
    let mut attempts = Vec::new();
    for mut flow in found {
        if !sees_all {
            discreet(&mut flow, &mut []);
        }
        let user = match &flow.user_id {
            Some(id) => users::find(&mut conn, id).await?,
            None => None,
        };
        attempts.push(attempt(flow, user.map(|user| user.username.to_string()), now));
    }
    Ok((attempts, older))
}

fn attempt(flow: Flow, who: Option<String>, now: Timestamp) -> Attempt {
    let title = |code: &str| {
        cause(code).map_or_else(|| code.to_owned(), |cause| explanation(cause).title.to_owned())
    };
    Attempt {
        began: When::of(flow.started_at, now),
        who: who.unwrap_or_else(|| "Nobody yet".to_owned()),
        state: match flow.state {
            FlowState::Done => ("Signed in", "good"),
            FlowState::Open => ("Under way", ""),
            FlowState::Failed => ("Failed", "bad"),
        },
        cause: flow.cause.as_deref().map(title),
        reference: flow.reference.0,
    }
}

/// What was done to the application; of what people did there, those who read everything are told.
async fn changes(
    app: &AppState,
    client: &Client,
    (before, sees_all): (&str, bool),
) -> Result<(Vec<Change>, Option<i64>)> {
    let filter = Events { client: Some(client.id.clone()), ..Events::default() };
    let before = before.parse().ok().map(Selector);
    let mut conn = app.db.read().await?.apart();
    let found = events::list(&mut conn, &filter, before, LINES).await?;
    drop(conn);
    let older = found.last().filter(|_| found.len() as i64 == LINES).map(|event| event.id.0);
    let now = app.clock.now();
    let told = found.into_iter().filter(|event| sees_all || event.kind.starts_with("client."));
    let change = |event: crate::domain::Event| Change {
        at: When::of(event.at, now),
        sentence: sentence::event(&event),
        failed: event.failed,
    };
    Ok((told.map(change).collect(), older))
}
