//! The list of failures that are alike. There are never many, so it is cut from all of them; what
//! happened at what somebody owns is all that an application owner sees. A reference leads to its
//! page at once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::{LIST, OPEN, flow_path, path, state, value};
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::command::Command;
use crate::directory::failures::{self, Group};
use crate::directory::rights::{Right, SeesClients, SeesFlow};
use crate::domain::{FailureId, FlowRef, Timestamp};
use crate::store::flows;
use crate::store::page::{Order, Place};
use crate::store::user_words::canonical;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Filter, Kind, ROWS};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: LIST,
    noun: ("kind of failure", "kinds of failures"),
    search: "Reference, cause, application or value",
    columns: &[
        Column { label: "Failure", sort: "" },
        Column { label: "Application", sort: "" },
        Column { label: "Last seen", sort: "age" },
        Column { label: "Times", sort: "times" },
        Column { label: "People", sort: "" },
        Column { label: "State", sort: "" },
    ],
    filters: &[Filter {
        name: "state",
        label: "State",
        options: &[("open", "Open"), ("back", "Came back"), ("solved", "Solved")],
    }],
};

/// A line of the list.
struct Row {
    href: String,
    title: String,
    value: Option<String>,
    application: Option<(String, String)>,
    last: When,
    times: i64,
    people: i64,
    state: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "admin/failures/index.html")]
struct FailuresPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    missing: Option<String>,
    kept: u32,
    command: String,
}

/// `GET /admin/failures`
pub async fn get(
    app: AppState,
    console: Console<SeesClients>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        if let Some(to) = named(&app, &console, &asked).await? {
            return Ok(Redirect::to(&to).into_response());
        }
        show(&app, &console, &asked).await
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// The page of the attempt or of the failures whose reference is looked for.
async fn named(
    app: &AppState,
    console: &Console<SeesClients>,
    asked: &Asked,
) -> Result<Option<String>> {
    let Some(text) = asked.search() else { return Ok(None) };
    if let Some(reference) = reference(&text) {
        let mut conn = app.db.read().await?;
        let there = flows::find(&mut conn, &reference).await?.is_some();
        let sees = SeesFlow::of(&mut conn, &console.staff, reference.as_str()).await?.is_some();
        return Ok((there && sees).then(|| flow_path(&reference)));
    }
    let id = FailureId::heard(&text);
    let seen = failures::seen(app, &console.right.actor()).await?;
    Ok(seen.iter().any(|group| group.group.id == id).then(|| path(&id)))
}

/// What is written like the reference of an attempt.
fn reference(text: &str) -> Option<FlowRef> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ' ';
    let reference = FlowRef::heard(text);
    (reference.as_str().len() == 9 && text.chars().all(fits)).then_some(reference)
}

async fn show(app: &AppState, console: &Console<SeesClients>, asked: &Asked) -> Result<Response> {
    let found = fitting(app, asked, failures::seen(app, &console.right.actor()).await?);
    if asked.as_csv() {
        return Ok(export(&found));
    }
    let counted = found.len() as i64;
    let missing = match (asked.search(), found.is_empty()) {
        (Some(text), true) => reference(&text).map(|reference| reference.0),
        _ => None,
    };
    let (after, (by, order)) = (asked.after(), asked.sort(&KIND));
    let comes = |group: &Group| match (&after, order) {
        (None, _) => true,
        (Some(at), Order::Up) => place(group, by) > (at.key.clone(), at.id.clone()),
        (Some(at), Order::Down) => place(group, by) < (at.key.clone(), at.id.clone()),
    };
    let most = usize::try_from(ROWS + 1).unwrap_or_default();
    let mut groups: Vec<Group> = found.into_iter().filter(comes).take(most).collect();
    let next = list::cut(&mut groups, |group| {
        let (key, id) = place(group, by);
        Place { key, id }
    });
    let mut rows = Vec::new();
    for group in groups {
        rows.push(row(app, group).await?);
    }
    let (shell, jar) = console.shell(app, OPEN);
    let page = FailuresPage {
        shell,
        list: list::view(&KIND, asked, counted, next.as_ref()),
        rows,
        missing,
        kept: app.config.flows.keep,
        command: command(asked),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

/// Where a group stands: the youngest first, or the rarest.
fn place(group: &Group, by: &str) -> (String, String) {
    let key = match by {
        "times" => group.group.times,
        _ => i64::MAX - group.group.last_at.0,
    };
    (format!("{key:020}"), group.group.id.0.clone())
}

fn fitting(app: &AppState, asked: &Asked, seen: Vec<Group>) -> Vec<Group> {
    let start = asked.search().map(|text| canonical(&text)).unwrap_or_default();
    let state = asked.filter(&KIND, "state");
    let fits = |group: &Group| {
        let client = group.group.client_id.as_ref();
        let named = client.and_then(|id| app.registry().client(id));
        let texts = [
            Some(group.title.as_str()),
            Some(group.group.cause.as_str()),
            client.map(|id| id.as_str()),
            named.as_ref().map(|client| client.name.as_str()),
            group.group.value.as_deref(),
        ];
        let mut texts = texts.into_iter().flatten();
        let found = start.is_empty() || texts.any(|text| canonical(text).starts_with(&start));
        found
            && match state {
                Some("solved") => group.solved,
                Some("back") => group.back,
                Some(_) => !group.solved,
                None => true,
            }
    };
    let mut found: Vec<Group> = seen.into_iter().filter(fits).collect();
    let (by, order) = asked.sort(&KIND);
    found.sort_by_cached_key(|group| place(group, by));
    if order == Order::Down {
        found.reverse();
    }
    found
}

async fn row(app: &AppState, group: Group) -> Result<Row> {
    let people = failures::met_by(app, &group.group.id).await?;
    let application = group.group.client_id.as_ref().map(|id| {
        let known = app.registry().client(id);
        let name = known.map_or_else(|| id.0.clone(), |client| client.name.clone());
        (super::activity(id), name)
    });
    Ok(Row {
        href: path(&group.group.id),
        value: value(&group),
        application,
        last: When::of(group.group.last_at, app.clock.now()),
        times: group.group.times,
        people,
        state: state(&group),
        title: group.title,
    })
}

fn export(found: &[Group]) -> Response {
    let heading = ["id", "cause", "client_id", "value", "times", "first", "last", "state"];
    let rows = found.iter().map(|told| {
        let Group { group, .. } = told;
        vec![
            group.id.0.clone(),
            group.cause.clone(),
            group.client_id.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
            value(told).unwrap_or_default(),
            group.times.to_string(),
            Timestamp::rfc3339(group.first_at),
            Timestamp::rfc3339(group.last_at),
            state(told).0.to_lowercase(),
        ]
    });
    list::csv("failures", &heading, rows)
}

fn command(asked: &Asked) -> String {
    let line = Command::new("flow groups");
    match asked.filter(&KIND, "state") {
        Some("open") => line.to_string(),
        _ => line.bare("--solved").to_string(),
    }
}
