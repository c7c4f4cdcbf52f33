//! `/api/v1/keys`: what signs tokens and reads requests, public halves alone.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::caller::{By, Read, WriteKeys};
use super::message::{Asked, Document, Named, PageQuery, Paged, created, limit, tagged};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::find;
use crate::directory::keys::{self, Pace};
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::view::KeyView;
use crate::domain::{KeyAlgorithm, ServerKey};

/// How a key goes.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retiring {
    at_once: bool,
}

/// `GET /keys`
pub async fn list(
    app: AppState,
    _: By<Read, SeesAll>,
    uri: Uri,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let registry = app.registry();
    let mut all: Vec<&ServerKey> = registry.keys().iter().collect();
    all.sort_by(|a, b| a.kid.cmp(&b.kid));
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let view = |key: &ServerKey| json!(KeyView::from(key));
    Ok(page.part(all, query.after.as_deref(), |key| key.kid.0.clone(), view))
}

/// `GET /keys/{kid}`
pub async fn get(
    app: AppState,
    _: By<Read, SeesAll>,
    Named(kid): Named<String>,
) -> Result<Response, Problem> {
    let key = find::key(&mut app.db.read().await?, &kid).await?;
    Ok(tagged(StatusCode::OK, &KeyView::from(&key)))
}

/// `POST /keys`: makes the successor of the key of an algorithm.
pub async fn rotate(
    app: AppState,
    by: By<WriteKeys, Administers>,
    body: Document,
) -> Result<Response, Problem> {
    let (alg, at_once) = body.read(|node, problems| {
        let mut fields = node.fields(&["alg", "at_once"], problems);
        let alg = fields.required("alg").parse::<KeyAlgorithm>();
        if let Err(problem) = &alg {
            fields.problem("alg", problem.clone());
        }
        (alg.unwrap_or_default(), fields.flag("at_once").unwrap_or_default())
    })?;
    let key = keys::rotate(&app, &by.actor(), alg, pace(at_once)).await?.value;
    let view = KeyView::from(&key);
    Ok(created(tagged(StatusCode::CREATED, &view), &["keys", &view.kid]))
}

/// `DELETE /keys/{kid}`: takes a key out of use.
pub async fn retire(
    app: AppState,
    by: By<WriteKeys, Administers>,
    Named(kid): Named<String>,
    Asked(how): Asked<Retiring>,
) -> Result<StatusCode, Problem> {
    keys::retire(&app, &by.actor(), &kid, pace(how.at_once)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn pace(at_once: bool) -> Pace {
    if at_once { Pace::AtOnce } else { Pace::Gently }
}
