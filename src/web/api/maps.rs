//! `/api/v1/clients/{client}/scope-maps` and `claim-maps`: who gets what at a client.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::caller::{By, Read, WriteClients};
use super::message::{Asked, Document, Named, PageQuery, Paged, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::claim_maps::{self, NewClaimMap};
use crate::directory::forms::join;
use crate::directory::rights::{ManagesClient, SeesClient};
use crate::directory::view::{ClaimMapView, ScopeMapView};
use crate::directory::{DirectoryError, find, scope_maps};
use crate::domain::Scopes;
use crate::web::json::NoStore;

/// `GET /clients/{client}/scope-maps`
pub async fn scope_maps(
    app: AppState,
    _: By<Read, SeesClient>,
    Named(client): Named<String>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let client = find::client(&mut app.db.read().await?, &client).await?;
    let registry = app.registry();
    let maps = registry.scope_maps(&client.id).iter();
    let mut all: Vec<_> = maps.map(|map| ScopeMapView::new(&registry, map)).collect();
    all.sort_by(|a, b| a.group.cmp(&b.group));
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    Ok(page.part(all, query.after.as_deref(), |map| map.group.clone(), |map| json!(map)))
}

/// `PUT /clients/{client}/scope-maps/{group}`
pub async fn put_scope_map(
    app: AppState,
    by: By<WriteClients, ManagesClient>,
    Named((client, group)): Named<(String, String)>,
    body: Document,
) -> Result<NoStore<Value>, Problem> {
    let scopes = body.read(|node, problems| {
        node.fields(&["scopes"], problems).texts("scopes").unwrap_or_default()
    })?;
    let scopes: Scopes = scopes.into_iter().collect();
    let set = scope_maps::set(&app, &by.actor(), &client, (&group, &scopes)).await;
    let map = set.map_err(|error| match &error {
        DirectoryError::NotFound { what: "scope", .. } => Problem::in_body(error),
        _ => error.into(),
    })?;
    Ok(NoStore(json!(ScopeMapView::new(&app.registry(), &map.value))))
}

/// `DELETE /clients/{client}/scope-maps/{group}`
pub async fn delete_scope_map(
    app: AppState,
    by: By<WriteClients, ManagesClient>,
    Named((client, group)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    scope_maps::remove(&app, &by.actor(), &client, &group).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /clients/{client}/claim-maps`
pub async fn claim_maps(
    app: AppState,
    _: By<Read, SeesClient>,
    Named(client): Named<String>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let client = find::client(&mut app.db.read().await?, &client).await?;
    let registry = app.registry();
    let maps = registry.claim_maps(&client.id).iter();
    let mut all: Vec<_> = maps.map(|map| ClaimMapView::new(&registry, map)).collect();
    let place = |map: &ClaimMapView| format!("{}|{}", map.claim, map.group);
    all.sort_by_key(place);
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    Ok(page.part(all, query.after.as_deref(), place, |map| json!(map)))
}

/// `PUT /clients/{client}/claim-maps/{claim}/{group}`
pub async fn put_claim_map(
    app: AppState,
    by: By<WriteClients, ManagesClient>,
    Named((client, claim, group)): Named<(String, String, String)>,
    body: Document,
) -> Result<NoStore<Value>, Problem> {
    let (values, join) = body.read(|node, problems| {
        let mut fields = node.fields(&["values", "join"], problems);
        (fields.texts("values").unwrap_or_default(), join(&mut fields))
    })?;
    let new = NewClaimMap { claim, group, values, join };
    let map = claim_maps::set(&app, &by.actor(), &client, new).await?;
    Ok(NoStore(json!(ClaimMapView::new(&app.registry(), &map.value))))
}

/// `DELETE /clients/{client}/claim-maps/{claim}/{group}`
pub async fn delete_claim_map(
    app: AppState,
    by: By<WriteClients, ManagesClient>,
    Named((client, claim, group)): Named<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    claim_maps::remove(&app, &by.actor(), &client, (&claim, &group)).await?;
    Ok(StatusCode::NO_CONTENT)
}
