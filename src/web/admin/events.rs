//! The audit log in plain sentences, with filters, pages and a file to take along.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use time::macros::format_description;
use url::form_urlencoded::Serializer;

use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::SeesAll;
use crate::directory::{DirectoryError, Result, find};
use crate::domain::{Event, Selector, Timestamp};
use crate::explain::{audit, sentence};
use crate::store::events::{self, Filter};
use crate::web::admin::console::{self, Console};
use crate::web::admin::list::{self, ROWS};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

const HERE: &str = "/admin/events";
/// Lines of a file, the newest.
const EXPORTED: i64 = 20_000;

/// What the address asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    user: String,
    client: String,
    kind: String,
    since: String,
    failed: String,
    before: String,
    format: String,
}

/// A line.
struct Row {
    at: When,
    sentence: String,
    failed: bool,
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/activity/events.html")]
struct EventsPage {
    shell: Shell,
    errors: Vec<FieldError>,
    asked: Asked,
    kinds: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
    older: Option<String>,
    csv: String,
    command: String,
}

/// `GET /admin/events`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let filter = match filter(&app, &asked).await {
        Ok(Ok(filter)) => filter,
        Ok(Err(error)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show(&app, &console, asked, (status, vec![error], Vec::new()));
        }
        Err(error) => return console.refused(&app, error),
    };
    let before = asked.before.parse().ok().map(Selector);
    let csv = asked.format == "csv";
    let limit = if csv { EXPORTED } else { ROWS + 1 };
    let found = async {
        Ok(events::list(&mut app.db.read().await?.apart(), &filter, before, limit).await?)
    };
    match found.await {
        Ok(found) if csv => file(&found),
        Ok(found) => show(&app, &console, asked, (StatusCode::OK, Vec::new(), found)),
        Err(error) => console.refused(&app, error),
    }
}

/// What the fields mean; else which of them means nothing.
async fn filter(app: &AppState, asked: &Asked) -> Result<std::result::Result<Filter, FieldError>> {
    let mut conn = app.db.read().await?;
    let user = match asked.user.trim() {
        "" => None,
        name => match find::user(&mut conn, name).await {
            Ok(user) => Some(user.id),
            Err(error) => return unknown("user", error),
        },
    };
    let client = match asked.client.trim() {
        "" => None,
        name => match find::client(&mut conn, name).await {
            Ok(client) => Some(client.id),
            Err(error) => return unknown("client", error),
        },
    };
    let since = match (asked.since.trim(), midnight(asked.since.trim())) {
        ("", _) => None,
        (_, Some(at)) => Some(at),
        _ => return Ok(Err(FieldError::new("since", "Write a day like 2026-11-22."))),
    };
    let kind = sentence::kinds().into_iter().find(|kind| *kind == asked.kind).map(str::to_owned);
    Ok(Ok(Filter {
        client,
        user,
        since,
        failed: !asked.failed.is_empty(),
        kind,
        ..Filter::default()
    }))
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

fn show(
    app: &AppState,
    console: &Console<SeesAll>,
    asked: Asked,
    (status, errors, mut found): (StatusCode, Vec<FieldError>, Vec<Event>),
) -> Response {
    let most = usize::try_from(ROWS).unwrap_or_default();
    let more = found.len() > most;
    found.truncate(most);
    let older = found.last().filter(|_| more).map(|last| asked.with("before", last.id.0));
    let now = app.clock.now();
    let rows = found.into_iter().map(|event| Row {
        at: When::of(event.at, now),
        sentence: sentence::event(&event),
        failed: event.failed,
        address: audit::from(&event),
    });
    let kinds = sentence::kinds().into_iter();
    let (shell, jar) = console.shell(app, HERE);
    let page = EventsPage {
        shell,
        errors,
        kinds: kinds.map(|k| (k, sentence::kind_words(k), k == asked.kind)).collect(),
        rows: rows.collect(),
        older,
        csv: asked.with("format", "csv"),
        command: asked.command(),
        asked,
    };
    page::show(status, jar, &page)
}

fn file(found: &[Event]) -> Response {
    let heading = ["at", "kind", "actor", "event", "failed", "reason", "address", "flow"];
    let rows = found.iter().map(|event| {
        vec![
            event.at.rfc3339(),
            event.kind.clone(),
            audit::who(event),
            sentence::event(event),
            event.failed.to_string(),
            event.reason.clone().unwrap_or_default(),
            event.address.clone().unwrap_or_default(),
            event.flow.as_ref().map(|flow| flow.0.clone()).unwrap_or_default(),
        ]
    });
    list::csv("events", &heading, rows)
}

impl Asked {
    /// The same list with one thing more.
    fn with(&self, name: &str, value: impl ToString) -> String {
        let set = [
            ("user", &self.user),
            ("client", &self.client),
            ("kind", &self.kind),
            ("since", &self.since),
            ("failed", &self.failed),
        ];
        let set = set.into_iter().filter(|(_, value)| !value.is_empty());
        let mut query = Serializer::new(String::new());
        query.extend_pairs(set).append_pair(name, &value.to_string());
        format!("{HERE}?{}", query.finish())
    }

    fn command(&self) -> String {
        let mut line = Command::new("event list");
        for (name, value) in
            [("user", &self.user), ("client", &self.client), ("since", &self.since)]
        {
            if !value.trim().is_empty() {
                line = line.flag(name, value.trim());
            }
        }
        match self.failed.is_empty() {
            true => line.to_string(),
            false => line.bare("--failed").to_string(),
        }
    }
}
