//! `/api/v1/flows`: sign-in attempts, and why they failed.

use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{By, Read};
use super::message::{Asked, Named, Paged, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::failures;
use crate::directory::rights::SeesAll;
use crate::domain::{Flow, FlowRef};
use crate::store::flows::{self, Filter};
use crate::web::json::NoStore;

/// Which flows.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowQuery {
    after: Option<String>,
    limit: Option<i64>,
    failed: bool,
}

/// `GET /flows`
pub async fn list(
    app: AppState,
    _: By<Read, SeesAll>,
    uri: Uri,
    Asked(query): Asked<FlowQuery>,
) -> Result<Response, Problem> {
    let limit = limit(query.limit)?;
    let mut conn = app.db.read().await?;
    let last = match query.after {
        None => None,
        Some(after) => {
            let gone = "after is the reference of a flow that is still kept; begin anew";
            let last = flows::find(&mut conn, &FlowRef(after)).await?;
            Some(last.ok_or_else(|| Problem::new("malformed_request", gone))?)
        }
    };
    let filter = Filter { failed: query.failed, ..Filter::default() };
    let page = flows::list(&mut conn, &filter, last.as_ref(), limit + 1).await?;
    Ok(Paged { uri: &uri, limit }.answer(page, |flow| flow.reference.0.clone(), view))
}

/// `GET /flows/{ref}`
pub async fn get(
    app: AppState,
    _: By<Read, SeesAll>,
    Named(reference): Named<String>,
) -> Result<NoStore<Value>, Problem> {
    let reference = FlowRef(reference.to_ascii_uppercase());
    let Some(told) = failures::look(&app, &reference).await? else {
        return Err(Problem::new("not_found", format!("no flow '{reference}'")));
    };
    let mut document = view(told.flow);
    document["story"] = json!(told.story);
    document["steps"] = json!(told.steps);
    Ok(NoStore(document))
}

fn view(flow: Flow) -> Value {
    let mut document = json!(flow);
    document["started_at"] = json!(flow.started_at.rfc3339());
    document["updated_at"] = json!(flow.updated_at.rfc3339());
    document
}
