//! `/api/v1/logout-tokens`: what applications are told of sign-outs, and telling one again.

use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{By, Read, WriteClients};
use super::message::{Asked, Named, Paged, limit};
use super::problem::Problem;
use crate::app::{App, AppState};
use crate::directory::find;
use crate::directory::logout_tokens::{self, Filter, LogoutTokenView};
use crate::directory::rights::{ManagesLogoutToken, SeesAll, SeesClient};
use crate::domain::{ClientId, LogoutToken};
use crate::web::json::NoStore;

/// Which of them, to all applications.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogoutTokenQuery {
    after: Option<String>,
    limit: Option<i64>,
    /// To this client, by id: also to one that was deleted.
    client: Option<String>,
    failed: bool,
}

/// Which of those to one application.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientQuery {
    after: Option<String>,
    limit: Option<i64>,
    failed: bool,
}

/// `GET /logout-tokens`
pub async fn list(
    app: AppState,
    _: By<Read, SeesAll>,
    uri: Uri,
    Asked(query): Asked<LogoutTokenQuery>,
) -> Result<Response, Problem> {
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let client = query.client.map(ClientId);
    let filter = Filter { client, failed: query.failed, before: None };
    let found = part(&app, filter, query.after, page.limit).await?;
    Ok(page.answer(found, reference, |token| json!(LogoutTokenView::from(&token))))
}

/// `GET /clients/{client}/logout-tokens`: whom they tell of is for those who see everything.
pub async fn of_client(
    app: AppState,
    by: By<Read, SeesClient>,
    Named(client): Named<String>,
    uri: Uri,
    Asked(query): Asked<ClientQuery>,
) -> Result<Response, Problem> {
    let page = Paged { uri: &uri, limit: limit(query.limit)? };
    let client = find::client(&mut app.db.read().await?, &client).await?.id;
    let filter = Filter { client: Some(client), failed: query.failed, before: None };
    let found = part(&app, filter, query.after, page.limit).await?;
    let sees_all = SeesAll::by_role(by.staff()).is_some();
    let view = |token: LogoutToken| {
        let mut document = json!(LogoutTokenView::from(&token));
        if !sees_all {
            (document["sub"], document["sid"]) = (Value::Null, Value::Null);
        }
        document
    };
    Ok(page.answer(found, reference, view))
}

/// One more than asked for, from after the last one of the page before.
async fn part(
    app: &App,
    mut filter: Filter,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<LogoutToken>, Problem> {
    if let Some(after) = after {
        let last = logout_tokens::find(app, &after).await?;
        let last =
            last.filter(|last| filter.client.as_ref().is_none_or(|id| *id == last.client_id));
        let gone = "after is the reference of a logout that is still kept; begin anew";
        let last = last.ok_or_else(|| Problem::new("malformed_request", gone))?;
        filter.before = Some(last.id);
    }
    Ok(logout_tokens::list(app, &filter, limit + 1).await?)
}

fn reference(token: &LogoutToken) -> String {
    token.flow.0.clone()
}

/// `POST /logout-tokens/{ref}/retry`
pub async fn retry(
    app: AppState,
    by: By<WriteClients, ManagesLogoutToken>,
    Named(_): Named<String>,
) -> Result<NoStore<Value>, Problem> {
    let done = logout_tokens::retry(&app, &by.actor(), &by.reference().0).await?;
    Ok(NoStore(json!({ "applied": done.changed, "notes": done.notes })))
}
