//! Failures that are alike: what they have in common, what to do, the attempts that are still kept,
//! and whether they are solved.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{OPEN, flow_path, path, state, times, value};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::failures::{self, Group};
use crate::directory::rights::{ChangesClients, ManagesFailure, SeesFailure};
use crate::directory::{DirectoryError, Result};
use crate::domain::{FailureId, FlowRef};
use crate::explain::{cause, explanation};
use crate::store::flows::{self, Filter};
use crate::store::users;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

/// Attempts of a page.
const LINES: i64 = 25;

/// Where the attempts begin.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    action: String,
}

/// An attempt.
struct Attempt {
    href: String,
    reference: String,
    began: When,
    who: String,
}

#[derive(Template)]
#[template(path = "admin/failures/group.html")]
struct GroupPage {
    shell: Shell,
    here: String,
    title: String,
    code: String,
    state: (&'static str, &'static str),
    solved: Option<(When, String)>,
    is_solved: bool,
    application: Option<(String, String)>,
    value: Option<String>,
    times: String,
    people: i64,
    first: When,
    last: When,
    words: Option<(&'static str, String)>,
    attempts: Vec<Attempt>,
    older: Option<String>,
    can_change: bool,
    fresh: bool,
    command: String,
}

/// `GET /admin/failures/{id}`
pub async fn get(
    app: AppState,
    console: Console<SeesFailure>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let id = console.right.id();
        let none =
            || DirectoryError::NotFound { what: "failure", name: id.0.clone(), near: Vec::new() };
        let group = failures::group(&app, id).await?.ok_or_else(none)?;
        show(&app, &console, group, &asked).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show(
    app: &AppState,
    console: &Console<SeesFailure>,
    told: Group,
    asked: &Asked,
) -> Result<Response> {
    let (attempts, older) = attempts(app, &told.group.id, &asked.after).await?;
    let people = failures::met_by(app, &told.group.id).await?;
    let now = app.clock.now();
    let group = &told.group;
    let solved = group.solved_at.map(|at| {
        (When::of(at, now), group.solved_by.clone().unwrap_or_else(|| "somebody".to_owned()))
    });
    let application = group.client_id.as_ref().map(|id| {
        let known = app.registry().client(id);
        (super::activity(id), known.map_or_else(|| id.0.clone(), |client| client.name.clone()))
    });
    let words = cause(&group.cause).map(|cause| {
        let told = explanation(cause);
        let known = group.client_id.as_ref().filter(|id| app.registry().client(id).is_some());
        let fix = known.map_or_else(
            || told.fix.to_owned(),
            |id| told.fix.replace(" CLIENT", &format!(" {id}")),
        );
        (told.meaning, fix)
    });
    let verb = if told.solved { "flow reopen" } else { "flow solve" };
    let (shell, jar) = console.shell(app, OPEN);
    let page = GroupPage {
        shell,
        here: path(&group.id),
        code: group.cause.clone(),
        state: state(&told),
        solved,
        is_solved: told.solved,
        application,
        value: value(&told),
        times: times(group.times),
        people,
        first: When::of(group.first_at, now),
        last: When::of(group.last_at, now),
        words,
        attempts,
        older,
        can_change: ChangesClients::by_role(&console.staff).is_some(),
        fresh: console.fresh,
        command: Command::new(verb).arg(group.id.as_str()).to_string(),
        title: told.title,
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

async fn attempts(
    app: &AppState,
    id: &FailureId,
    after: &str,
) -> Result<(Vec<Attempt>, Option<String>)> {
    let mut conn = app.db.read().await?;
    // An attempt that is kept no longer begins the list anew.
    let after = flows::find(&mut conn, &FlowRef::heard(after)).await?;
    let filter = Filter { group: Some(id.clone()), ..Filter::default() };
    let found = flows::list(&mut conn, &filter, after.as_ref(), LINES).await?;
    let full = found.len() as i64 == LINES;
    let older = found.last().filter(|_| full).map(|flow| flow.reference.0.clone());
    let now = app.clock.now();
    let mut attempts = Vec::new();
    for flow in found {
        let user = match &flow.user_id {
            Some(id) => users::find(&mut conn, id).await?,
            None => None,
        };
        attempts.push(Attempt {
            href: flow_path(&flow.reference),
            began: When::of(flow.started_at, now),
            who: user.map_or_else(|| "Nobody yet".to_owned(), |user| user.username.to_string()),
            reference: flow.reference.0,
        });
    }
    Ok((attempts, older))
}

/// `POST /admin/failures/{id}`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesFailure, Filled>,
) -> Response {
    let (actor, id) = (console.right.actor(), console.right.id());
    let (done, told) = match form.action.as_str() {
        "reopen" => (failures::reopen(&app, &actor, id).await, "It is open again."),
        _ => (
            failures::solve(&app, &actor, id).await,
            "Marked as solved. It comes back if it happens again.",
        ),
    };
    match done {
        Ok(done) => {
            let told = if done.changed { told.to_owned() } else { done.notes.join(" ") };
            console.done(&app, &path(id), &told)
        }
        Err(error) => console.refused(&app, error),
    }
}
