//! `/api/v1/registration-tokens`: what clients register themselves with.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::caller::{By, Read, WriteClients};
use super::message::{Asked, Document, Named, PageQuery, Paged, created, limit};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::registration_tokens::{self, NewRegistrationToken, RegistrationTokenView};
use crate::directory::rights::{Administers, SeesAll};
use crate::domain::{Bounds, DAY, RegistrationToken, Scopes};
use crate::web::json::NoStore;

/// The members of a token to be.
const KNOWN: [&str; 7] =
    ["name", "group", "uses", "expires_in", "grant_types", "scopes", "redirect_hosts"];

/// `GET /registration-tokens`
pub async fn list(
    app: AppState,
    _: By<Read, SeesAll>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let (registry, now) = (app.registry(), app.clock.now());
    let mut all = registration_tokens::list(&app).await?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let view = |token: RegistrationToken| json!(RegistrationTokenView::new(&registry, &token, now));
    Ok(page.part(all, query.after.as_deref(), |token| token.name.clone(), view))
}

/// `POST /registration-tokens`: the answer holds the token, this once.
pub async fn create(
    app: AppState,
    by: By<WriteClients, Administers>,
    body: Document,
) -> Result<Response, Problem> {
    let new = body.read(|node, problems| {
        let mut fields = node.fields(&KNOWN, problems);
        let mut bounds = Bounds::default();
        let mut unknown = None;
        if let Some(grants) = fields.texts("grant_types") {
            bounds.grant_types.clear();
            for grant in grants {
                match grant.parse() {
                    Ok(grant) => bounds.grant_types.push(grant),
                    Err(problem) => unknown = Some(problem),
                }
            }
        }
        if let Some(problem) = unknown {
            let problem: String = problem;
            fields.problem("grant_types", problem);
        }
        if let Some(scopes) = fields.texts("scopes") {
            bounds.scopes = scopes.into_iter().collect::<Scopes>();
        }
        bounds.redirect_hosts = fields.texts("redirect_hosts").unwrap_or_default();
        NewRegistrationToken {
            name: fields.required("name"),
            group: fields.text("group").flatten(),
            uses: fields.number("uses").unwrap_or(1),
            life: fields.number("expires_in").unwrap_or(7 * DAY),
            bounds,
        }
    })?;
    let (token, secret) = registration_tokens::create(&app, &by.actor(), new).await?;
    let view = RegistrationTokenView::new(&app.registry(), &token, app.clock.now());
    let mut document = json!(view);
    document["token"] = json!(secret.expose());
    let response = (StatusCode::CREATED, NoStore(document)).into_response();
    Ok(created(response, &["registration-tokens", &view.id]))
}

/// `DELETE /registration-tokens/{token}`
pub async fn revoke(
    app: AppState,
    by: By<WriteClients, Administers>,
    Named(token): Named<String>,
) -> Result<StatusCode, Problem> {
    registration_tokens::revoke(&app, &by.actor(), &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
