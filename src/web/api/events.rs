//! `/api/v1/events`: the audit log, the newest first.

use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::caller::{By, Read};
use super::message::{Asked, Paged, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::rights::SeesAll;
use crate::domain::{ClientId, Event, Selector, Timestamp, UserId};
use crate::explain::sentence;
use crate::store::events::{self, Filter};

/// Which events.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventQuery {
    after: Option<String>,
    limit: Option<i64>,
    /// Of this client, by id: also of one that was deleted.
    client: Option<String>,
    /// Of this person, by id: also of one who was deleted.
    user: Option<String>,
    /// From then on, RFC 3339.
    since: Option<String>,
    failed: bool,
}

/// `GET /events`
pub async fn list(
    app: AppState,
    _: By<Read, SeesAll>,
    uri: Uri,
    Asked(query): Asked<EventQuery>,
) -> Result<Response, Problem> {
    let limit = limit(query.limit)?;
    let malformed = |detail: &str| Problem::new("malformed_request", detail);
    let before = match query.after {
        Some(after) => {
            let id = after.parse().map_err(|_| malformed("after is the id of an event"))?;
            Some(Selector(id))
        }
        None => None,
    };
    let since = match query.since {
        Some(text) => {
            let at = OffsetDateTime::parse(&text, &Rfc3339);
            let at = at.map_err(|_| malformed("since is a moment, like 2026-11-22T08:15:00Z"))?;
            Some(Timestamp(at.unix_timestamp()))
        }
        None => None,
    };
    let filter = Filter {
        client: query.client.map(ClientId),
        user: query.user.map(UserId),
        since,
        failed: query.failed,
        ..Filter::default()
    };
    let page = events::list(&mut app.db.read().await?.apart(), &filter, before, limit + 1).await?;
    Ok(Paged { uri: &uri, limit }.answer(page, |event| event.id.0.to_string(), view))
}

/// The id as text: it has more digits than many JSON readers keep.
fn view(event: Event) -> Value {
    let mut document = json!(event);
    document["id"] = json!(event.id.0.to_string());
    document["at"] = json!(event.at.rfc3339());
    document["sentence"] = json!(sentence::event(&event));
    document
}
