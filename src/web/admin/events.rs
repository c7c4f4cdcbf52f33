//! The audit log in plain sentences: of everybody, of one person, of one application.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use time::macros::format_description;

use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::SeesAll;
use crate::directory::{DirectoryError, Result, find};
use crate::domain::{ClientId, Event, Selector, Timestamp};
use crate::explain::{audit, sentence};
use crate::store::events::{self, Filter};
use crate::store::page::Order;
use crate::web::admin::console::{self, Console};
use crate::web::admin::list::{self, Asked, COUNTED, Column, EXPORTED, Kind, Part, ROWS, View};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

const HERE: &str = "/admin/events";

/// The columns of every list of events.
pub const COLUMNS: &[Column] = &[
    Column { label: "When", sort: "age" },
    Column { label: "What", sort: "" },
    Column { label: "From", sort: "" },
];
const USER: list::Filter = list::Filter { name: "user", label: "User", options: &[] };
const KINDS: list::Filter = list::Filter { name: "kind", label: "What happened", options: &[] };
/// Filters of every list of events.
pub const CLIENT: list::Filter =
    list::Filter { name: "client", label: "Application", options: &[] };
const SINCE: list::Filter = list::Filter { name: "since", label: "Since", options: &[] };
const OUTCOME: list::Filter =
    list::Filter { name: "failed", label: "Outcome", options: &[("1", "Refused")] };

const KIND: Kind = Kind {
    path: HERE,
    noun: ("event", "events"),
    search: "",
    columns: COLUMNS,
    filters: &[USER, CLIENT, KINDS, SINCE, OUTCOME],
};

/// What one person did, and what was done to them.
pub const OF_USER: Kind = Kind {
    path: "/admin/users",
    noun: ("event", "events"),
    search: "",
    columns: COLUMNS,
    filters: &[CLIENT, KINDS, SINCE, OUTCOME],
};

/// A line.
pub struct Row {
    /// When it happened.
    pub at: When,
    /// What happened.
    pub sentence: String,
    /// Whether it was refused.
    pub failed: bool,
    /// Where from.
    pub address: Option<String>,
}

/// A page of a list of events.
pub struct Shown {
    /// The list.
    pub list: View,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What is wrong with a filter.
    pub errors: Vec<FieldError>,
}

#[derive(Template)]
#[template(path = "admin/activity/events.html")]
struct EventsPage {
    shell: Shell,
    shown: Shown,
    command: String,
}

/// `GET /admin/events`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = async {
        let filter = filter(&app, &KIND, &asked).await?;
        if let (Ok(filter), true) = (&filter, asked.as_csv()) {
            return file(&app, &KIND, &asked, filter.clone()).await;
        }
        let shown = shown(&app, (&KIND, HERE), &asked, filter).await?;
        let (shell, jar) = console.shell(&app, HERE);
        let page = EventsPage { shell, command: command(&asked), shown };
        Ok(page::show(page.shown.status(), jar, &page))
    };
    found.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// What the fields mean; else which of them means nothing.
pub async fn filter(
    app: &AppState,
    kind: &Kind,
    asked: &Asked,
) -> Result<std::result::Result<Filter, FieldError>> {
    let mut conn = app.db.read().await?;
    let mut filter = Filter {
        failed: asked.filter(kind, OUTCOME.name).is_some(),
        kind: asked.filter(kind, KINDS.name).map(str::to_owned),
        ..Filter::default()
    };
    if let Some(name) = asked.filter(kind, USER.name) {
        match find::user(&mut conn, name).await {
            Ok(user) => filter.user = Some(user.id),
            Err(error) => return unknown("filter-user", error),
        }
    }
    if let Some(name) = asked.filter(kind, CLIENT.name) {
        let known = app.registry().client(&ClientId(name.to_owned()));
        match known {
            Some(client) => filter.client = Some(client.id.clone()),
            None => match find::client(&mut conn, name).await {
                Ok(client) => filter.client = Some(client.id),
                Err(error) => return unknown("filter-client", error),
            },
        }
    }
    if let Some(day) = asked.filter(kind, SINCE.name) {
        match midnight(day) {
            Some(at) => filter.since = Some(at),
            None => {
                let rule = "Write a day like 2026-11-22.";
                return Ok(Err(FieldError::new("filter-since", rule)));
            }
        }
    }
    Ok(Ok(filter))
}

fn unknown(field: &str, error: DirectoryError) -> Result<std::result::Result<Filter, FieldError>> {
    match error {
        DirectoryError::NotFound { .. } | DirectoryError::Value { .. } => {
            Ok(Err(FieldError::new(field, console::sentence(&error))))
        }
        error => Err(error),
    }
}

fn midnight(day: &str) -> Option<Timestamp> {
    let format = format_description!("[year]-[month]-[day]");
    let date = time::Date::parse(day, format).ok()?;
    Some(Timestamp(date.midnight().assume_utc().unix_timestamp()))
}

/// The page of the list at `path`.
pub async fn shown(
    app: &AppState,
    (kind, path): (&Kind, &str),
    asked: &Asked,
    filter: std::result::Result<Filter, FieldError>,
) -> Result<Shown> {
    let mut shown = match filter {
        Ok(filter) => {
            let mut conn = app.db.read().await?.apart();
            let from = (order(kind, asked), asked.after_selector());
            let mut found = events::page(&mut conn, &filter, from, ROWS + 1).await?;
            let counted = events::count(&mut conn, &filter, COUNTED).await?;
            drop(conn);
            let next = list::cut(&mut found, |event| list::at(event.id));
            let list = list::view_at(kind, path, asked, (counted, next.as_ref()));
            let now = app.clock.now();
            let rows = found.into_iter().map(|event| row(event, now)).collect();
            Shown { list, rows, errors: Vec::new() }
        }
        Err(error) => {
            let list = list::view_at(kind, path, asked, (0, None));
            Shown { list, rows: Vec::new(), errors: vec![error] }
        }
    };
    let kinds = sentence::kinds().into_iter();
    shown.list.offer(KINDS.name, kinds.map(|kind| (kind, sentence::kind_words(kind))));
    Ok(shown)
}

impl Shown {
    /// Whether the filters make sense.
    pub fn status(&self) -> StatusCode {
        match self.errors.is_empty() {
            true => StatusCode::OK,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// The newest first, unless it is asked for otherwise.
fn order(kind: &Kind, asked: &Asked) -> Order {
    asked.sort(kind).1.turned()
}

/// A line as it is shown.
pub fn row(event: Event, now: Timestamp) -> Row {
    Row {
        at: When::of(event.at, now),
        sentence: sentence::event(&event),
        failed: event.failed,
        address: audit::from(&event),
    }
}

/// All of the list as a file.
pub async fn file(app: &AppState, kind: &Kind, asked: &Asked, filter: Filter) -> Result<Response> {
    let (app, order) = (app.clone(), order(kind, asked));
    let heading = ["at", "kind", "actor", "event", "failed", "reason", "address", "flow"];
    let read = move |after: Option<Selector>| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let mut conn = app.db.read().await?.apart();
            let found = events::page(&mut conn, &filter, (order, after), EXPORTED).await?;
            let full = found.len() as i64 == EXPORTED;
            let next = found.last().filter(|_| full).map(|last| Some(last.id));
            Ok(Part { rows: found.into_iter().map(cells).collect(), next })
        }
    };
    Ok(list::long_csv("events", &heading, None, read).await?)
}

fn cells(event: Event) -> Vec<String> {
    vec![
        event.at.rfc3339(),
        event.kind.clone(),
        audit::who(&event),
        sentence::event(&event),
        event.failed.to_string(),
        event.reason.clone().unwrap_or_default(),
        event.address.clone().unwrap_or_default(),
        event.flow.as_ref().map(|flow| flow.0.clone()).unwrap_or_default(),
    ]
}

fn command(asked: &Asked) -> String {
    let mut line = Command::new("event list");
    for filter in [USER, CLIENT, SINCE] {
        if let Some(value) = asked.filter(&KIND, filter.name) {
            line = line.flag(filter.name, value);
        }
    }
    match asked.filter(&KIND, OUTCOME.name) {
        None => line.to_string(),
        Some(_) => line.bare("--failed").to_string(),
    }
}
