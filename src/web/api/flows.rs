//! `/api/v1/flows`: sign-in attempts, why they failed, and mending it.

use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{By, Read, WriteFailures};
use super::message::{Asked, Named, Paged, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::failures::{self, Told};
use crate::directory::fixes;
use crate::directory::rights::{ManagesFlow, SeesAll, SeesFlow};
use crate::domain::{ApiScope, Flow, FlowRef, Staff};
use crate::explain::{Fix, Offer};
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
    by: By<Read, SeesFlow>,
    Named(_): Named<String>,
) -> Result<NoStore<Value>, Problem> {
    let told = look(&app, by.staff(), by.reference()).await?;
    let fixes = fixes::offered(&told.story).into_iter().map(fix).collect::<Vec<_>>();
    let mut document = view(told.flow);
    document["story"] = json!(told.story);
    document["steps"] = json!(told.steps);
    document["fixes"] = json!(fixes);
    Ok(NoStore(document))
}

async fn look(app: &AppState, staff: &Staff, reference: &FlowRef) -> Result<Told, Problem> {
    let told = failures::look_as(app, staff, reference).await?;
    told.ok_or_else(|| Problem::new("not_found", format!("no flow '{reference}'")))
}

/// `POST /flows/{ref}/fixes/{fix}`: the id follows from the values, so that what is applied is what
/// was read.
pub async fn mend(
    app: AppState,
    by: By<WriteFailures, ManagesFlow>,
    Named((_, id)): Named<(String, String)>,
) -> Result<NoStore<Value>, Problem> {
    let told = look(&app, by.staff(), by.reference()).await?;
    let offers = fixes::offered(&told.story);
    let Some(offer) = offers.into_iter().find(|offer| offer.fix.id() == id) else {
        return Err(Problem::new("not_found", "this fix is not offered, or not any more"));
    };
    if let Some(scope) = needs(&offer.fix) {
        by.also(scope)?;
    }
    fixes::check(&app, &offer.fix).await?;
    let group = told.flow.group_id.as_ref();
    let done = fixes::mend(&app, &by.actor(), &offer.fix, group).await?;
    Ok(NoStore(json!({ "applied": done.changed, "notes": done.notes })))
}

/// The scope for what a fix changes, beside the one for fixes.
fn needs(fix: &Fix) -> Option<ApiScope> {
    match fix {
        Fix::AddRedirectUri { .. }
        | Fix::AddPostLogoutUri { .. }
        | Fix::SetAlgorithm { .. }
        | Fix::SetPkce { .. }
        | Fix::AllowGrant { .. }
        | Fix::AllowAuthMethods { .. }
        | Fix::SetIatBackdate { .. }
        | Fix::EnableClient { .. }
        | Fix::TrustClient { .. }
        | Fix::MapGroup { .. } => Some(ApiScope::WriteClients),
        Fix::AddMember { .. } => Some(ApiScope::WriteGroups),
        Fix::EnableUser { .. } | Fix::UnlockUser { .. } => Some(ApiScope::WriteUsers),
        Fix::Dismiss { .. } => None,
    }
}

fn fix(offer: &Offer) -> Value {
    json!({
        "id": offer.fix.id(),
        "sentence": offer.sentence,
        "command": offer.command,
        "warning": offer.warning,
        "scope": needs(&offer.fix).map(ApiScope::as_str),
    })
}

fn view(flow: Flow) -> Value {
    let mut document = json!(flow);
    document["started_at"] = json!(flow.started_at.rfc3339());
    document["updated_at"] = json!(flow.updated_at.rfc3339());
    document
}
