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
use crate::directory::rights::{ChangesClients, Right, SeesClients, SeesFlow};
use crate::domain::{FailureId, FlowRef, Timestamp};
use crate::store::flows;
use crate::web::admin::chosen::Chosen;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::list::{self, Asked, Column, Filter, Held, Kind, held};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: LIST,
    noun: ("kind of failure", "kinds of failures"),
    search: "Reference, cause, application or value",
    columns: &[
        Column { label: "Last seen", sort: "age" },
        Column { label: "Failure", sort: "cause" },
        Column { label: "Application", sort: "client" },
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
    id: String,
    can_solve: bool,
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
    boxes: bool,
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
    let held = fitting(app, asked, failures::seen(app, &console.right.actor()).await?);
    if asked.as_csv() {
        return Ok(export(held.all()));
    }
    let (list, groups) = held.page(&KIND, LIST, asked);
    let missing = match (asked.search(), groups.is_empty()) {
        (Some(text), true) => reference(&text).map(|reference| reference.0),
        _ => None,
    };
    let mut rows = Vec::new();
    for group in groups {
        rows.push(row(app, group).await?);
    }
    let (shell, jar) = console.shell(app, OPEN);
    let page = FailuresPage {
        shell,
        list,
        rows,
        boxes: ChangesClients::by_role(&console.staff).is_some() && console.fresh,
        missing,
        kept: app.config.flows.keep,
        command: command(asked),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

/// `POST /admin/failures`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ChangesClients, Chosen>,
) -> Response {
    let back = form.back(LIST);
    let ids: Vec<FailureId> = form.picks.iter().map(|id| FailureId::heard(id)).collect();
    if ids.is_empty() || form.action() != "solve" {
        return console.done(&app, &back, "Nothing was chosen.");
    }
    match failures::solve_several(&app, &console.right.actor(), &ids).await {
        Ok(all) => {
            let solved = all.iter().filter(|done| done.changed).count();
            let told = match solved {
                0 => "They were solved before, and did not happen since.".to_owned(),
                1 => "Marked 1 failure as solved; it comes back if it happens again.".to_owned(),
                n => format!("Marked {n} failures as solved; they come back if they happen again."),
            };
            console.done(&app, &back, &told)
        }
        Err(error) => console.refused(&app, error),
    }
}

/// Where a group stands: the youngest first, or the rarest, or by name.
fn place(app: &AppState, group: &Group, by: &str) -> (String, String) {
    let youngest = held::number(i64::MAX - group.group.last_at.0);
    let key = match by {
        "times" => held::number(group.group.times),
        "cause" => held::text(&group.title),
        "client" => held::text(&application(app, group).unwrap_or_default()),
        _ => youngest.clone(),
    };
    (key, format!("{youngest} {}", group.group.id.0))
}

/// The name of the application at which it failed.
fn application(app: &AppState, group: &Group) -> Option<String> {
    let id = group.group.client_id.as_ref()?;
    let known = app.registry().client(id);
    Some(known.map_or_else(|| id.0.clone(), |client| client.name.clone()))
}

fn fitting(app: &AppState, asked: &Asked, seen: Vec<Group>) -> Held<Group> {
    let state = asked.filter(&KIND, "state");
    let fits = |group: &Group| match state {
        Some("solved") => group.solved,
        Some("back") => group.back,
        Some(_) => !group.solved,
        None => true,
    };
    let texts = |group: &Group| {
        let client = group.group.client_id.as_ref();
        let texts = [
            Some(group.title.clone()),
            Some(group.group.cause.clone()),
            client.map(|id| id.0.clone()),
            application(app, group),
            group.group.value.clone(),
        ];
        texts.into_iter().flatten().collect()
    };
    let place = |group: &Group, by: &str| place(app, group, by);
    Held::of(&KIND, asked, seen.into_iter().filter(fits), texts, place)
}

async fn row(app: &AppState, group: Group) -> Result<Row> {
    let people = failures::met_by(app, &group.group.id).await?;
    let name = application(app, &group);
    let application = group.group.client_id.as_ref().map(super::activity).zip(name);
    Ok(Row {
        id: group.group.id.0.clone(),
        can_solve: !group.solved,
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

fn export(found: impl Iterator<Item = Group>) -> Response {
    let heading = ["id", "cause", "client_id", "value", "times", "first", "last", "state"];
    let rows = found.map(|told| {
        let Group { group, .. } = &told;
        vec![
            group.id.0.clone(),
            group.cause.clone(),
            group.client_id.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
            value(&told).unwrap_or_default(),
            group.times.to_string(),
            Timestamp::rfc3339(group.first_at),
            Timestamp::rfc3339(group.last_at),
            state(&told).0.to_lowercase(),
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
