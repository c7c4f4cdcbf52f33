//! `/api/v1/scopes`: what clients may ask for.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::json;

use super::caller::{By, Read, WriteClients};
use super::message::{
    Asked, Document, IfMatch, MustMatch, Named, PageQuery, Paged, created, limit, tagged,
};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::forms::ScopeForm;
use crate::directory::rights::{Administers, Enters};
use crate::directory::scopes::{self, NewScope};
use crate::directory::{DirectoryError, Fate, expected, find, together};
use crate::domain::Scope;

/// `GET /scopes`
pub async fn list(
    app: AppState,
    _: By<Read, Enters>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let registry = app.registry();
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let view = |scope: &Scope| json!(scope);
    let all = registry.scopes().values();
    Ok(page.part(all, query.after.as_deref(), |scope| scope.name.clone(), view))
}

/// `POST /scopes`
pub async fn create(
    app: AppState,
    by: By<WriteClients, Administers>,
    body: Document,
) -> Result<Response, Problem> {
    let known = ["name", "sentence", "claims"];
    let form = body.read(|node, problems| ScopeForm::read(node, &known, problems))?;
    let (Some(name), Some(sentence)) = (form.name, form.sentence) else {
        return Err(Problem::at("", "'name' and 'sentence' are both needed"));
    };
    let new = NewScope { name, sentence, claims: form.claims.unwrap_or_default() };
    let scope = scopes::create(&app, &by.actor(), new).await?;
    Ok(created(tagged(StatusCode::CREATED, &scope), &["scopes", &scope.name]))
}

/// `GET /scopes/{scope}`
pub async fn get(
    app: AppState,
    _: By<Read, Enters>,
    Named(scope): Named<String>,
) -> Result<Response, Problem> {
    Ok(tagged(StatusCode::OK, &find::scope(&mut app.db.read().await?, &scope).await?))
}

/// `PATCH /scopes/{scope}`
pub async fn update(
    app: AppState,
    by: By<WriteClients, Administers>,
    Named(name): Named<String>,
    MustMatch(revisions): MustMatch,
    body: Document,
) -> Result<Response, Problem> {
    let known = ["sentence", "claims"];
    let form = body.read(|node, problems| ScopeForm::read(node, &known, problems))?;
    let actor = by.actor();
    let changed = together(&app, async {
        expected::scope(&app, &name, revisions.revisions()).await?;
        let done = scopes::update(&app, &actor, &name, form.change()).await?;
        Ok::<_, DirectoryError>(Fate::Keep(done.value))
    });
    Ok(tagged(StatusCode::OK, &changed.await?))
}

/// `DELETE /scopes/{scope}`
pub async fn delete(
    app: AppState,
    by: By<WriteClients, Administers>,
    Named(name): Named<String>,
    revisions: IfMatch,
) -> Result<StatusCode, Problem> {
    let actor = by.actor();
    let deleted = together(&app, async {
        expected::scope(&app, &name, revisions.revisions()).await?;
        scopes::delete(&app, &actor, &name).await?;
        Ok::<_, DirectoryError>(Fate::Keep(()))
    });
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}
