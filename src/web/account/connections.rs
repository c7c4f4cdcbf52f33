//! What applications may do for a person, and taking it back at once.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::frame::Frame;
use super::portal::{Portal, Posted};
use crate::app::AppState;
use crate::directory::consents::{self, Connection};
use crate::domain::{ClientId, Selector};
use crate::protocol::next_step::{CLAIM, RESOURCE};
use crate::store::grants;
use crate::web::admin::when::When;
use crate::web::page::{self, Page};

const HERE: &str = "/account/connections";

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    client: String,
}

/// An application that may do something.
struct Row {
    client: String,
    name: String,
    sentences: Vec<String>,
    since: When,
    asked: bool,
    stays: bool,
    used: Option<When>,
}

#[derive(Template)]
#[template(path = "account/connections.html")]
struct ConnectionsPage {
    page: Page,
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /account/connections`
pub async fn get(app: AppState, portal: Portal) -> Response {
    let found = async {
        let all = consents::connections(&app, &portal.user).await?;
        let used = grants::last_use(&mut app.db.read().await?, &portal.user.id).await?;
        Ok((all, used.into_iter().collect()))
    };
    let (all, used): (Vec<Connection>, HashMap<ClientId, Selector>) = match found.await {
        Ok(found) => found,
        Err(error) => return portal.refused(&app, error),
    };
    let rows = all.into_iter().map(|one| row(&app, one, &used)).collect();
    let (page, frame, jar) = portal.frame(&app, HERE);
    page::show(StatusCode::OK, jar, &ConnectionsPage { page, frame, rows })
}

fn row(app: &AppState, known: Connection, used: &HashMap<ClientId, Selector>) -> Row {
    let (registry, now) = (app.registry(), app.clock.now());
    let mut names: Vec<&str> = known.scopes.iter().collect();
    // Who it is comes first.
    names.sort_by_key(|name| *name != "openid");
    let sentence = |name: &str| match registry.scopes().get(name) {
        Some(scope) => scope.sentence.clone(),
        None => beside_scopes(name),
    };
    let client = registry.client(&known.client);
    Row {
        name: client.map_or_else(|| known.client.0.clone(), |client| client.name.clone()),
        sentences: names.into_iter().map(sentence).collect(),
        since: When::of(known.since, now),
        used: used.get(&known.client).map(|last| When::of(last.made_at(), now)),
        asked: known.asked,
        stays: known.stays,
        client: known.client.0,
    }
}

/// What was allowed that is no scope, or none any more.
fn beside_scopes(name: &str) -> String {
    if let Some(claim) = name.strip_prefix(CLAIM) {
        return format!("See your {}", claim.replace('_', " "));
    }
    match name.strip_prefix(RESOURCE) {
        Some(uri) => format!("Use {uri} in your name"),
        None => format!("Use '{name}', which applications cannot ask for any more"),
    }
}

/// `POST /account/connections`
pub async fn post(app: AppState, Posted { portal, form }: Posted<Filled>) -> Response {
    let client = ClientId(form.client);
    let known = app.registry().client(&client);
    let trusted = known.as_ref().is_some_and(|client| client.trusted);
    let name = known.map(|client| client.name.clone());
    let own = portal.user.id.as_str();
    match consents::revoke(&app, &portal.actor(), own, client.as_str()).await {
        Ok(_) => {
            let name = name.unwrap_or(client.0);
            let told = match trusted {
                true => format!("Disconnected {name}. What it held stopped working."),
                false => {
                    format!("Disconnected {name}. It asks you again before it uses your account.")
                }
            };
            portal.done(&app, HERE, &told)
        }
        Err(error) => portal.refused(&app, error),
    }
}
