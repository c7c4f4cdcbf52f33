//! `/api/v1/failures`: failures that are alike, and whether they are solved.

use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{By, Read, WriteFailures};
use super::message::{Asked, Named, Paged, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::failures::{self, Group};
use crate::directory::rights::{ManagesFailure, SeesClients, SeesFailure};
use crate::domain::{FailureId, Timestamp};
use crate::web::json::NoStore;

/// Which failures.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailureQuery {
    after: Option<String>,
    limit: Option<i64>,
    solved: Option<bool>,
}

/// `GET /failures`
pub async fn list(
    app: AppState,
    by: By<Read, SeesClients>,
    uri: Uri,
    Asked(query): Asked<FailureQuery>,
) -> Result<Response, Problem> {
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let mut all = failures::seen(&app, &by.actor()).await?;
    all.retain(|told| query.solved.is_none_or(|solved| told.solved == solved));
    all.sort_by(|a, b| a.group.id.cmp(&b.group.id));
    Ok(page.part(all, query.after.as_deref(), |told| told.group.id.0.clone(), view))
}

/// `GET /failures/{failure}`
pub async fn get(
    app: AppState,
    by: By<Read, SeesFailure>,
    Named(_): Named<String>,
) -> Result<NoStore<Value>, Problem> {
    told(&app, by.id()).await
}

/// `POST /failures/{failure}/solve`
pub async fn solve(
    app: AppState,
    by: By<WriteFailures, ManagesFailure>,
    Named(_): Named<String>,
) -> Result<NoStore<Value>, Problem> {
    failures::solve(&app, &by.actor(), by.id()).await?;
    told(&app, by.id()).await
}

/// `POST /failures/{failure}/reopen`
pub async fn reopen(
    app: AppState,
    by: By<WriteFailures, ManagesFailure>,
    Named(_): Named<String>,
) -> Result<NoStore<Value>, Problem> {
    failures::reopen(&app, &by.actor(), by.id()).await?;
    told(&app, by.id()).await
}

async fn told(app: &AppState, id: &FailureId) -> Result<NoStore<Value>, Problem> {
    match failures::group(app, id).await? {
        Some(group) => Ok(NoStore(view(group))),
        None => Err(Problem::new("not_found", format!("no failure '{id}'"))),
    }
}

fn view(told: Group) -> Value {
    let group = &told.group;
    json!({
        "id": group.id,
        "cause": group.cause,
        "client_id": group.client_id,
        "value": group.value,
        "others": group.others,
        "times": group.times,
        "first_at": group.first_at.rfc3339(),
        "last_at": group.last_at.rfc3339(),
        "solved": told.solved,
        "back": told.back,
        "solved_at": group.solved_at.map(Timestamp::rfc3339),
        "solved_by": group.solved_by,
        "title": told.title,
        "sentence": told.sentence,
    })
}
