//! What a person allowed applications, and taking it back at once.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::frame::Frame;
use super::portal::{Portal, Posted};
use crate::app::AppState;
use crate::directory::consents;
use crate::domain::{ClientId, Consent, Selector};
use crate::store::{self, grants};
use crate::web::admin::when::When;
use crate::web::page::{self, Page};

const HERE: &str = "/account/connections";

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    client: String,
}

/// An application that was allowed something.
struct Row {
    client: String,
    name: String,
    sentences: Vec<String>,
    granted: When,
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
        let mut conn = app.db.read().await?;
        let all = store::consents::of_user(&mut conn, &portal.user.id).await?;
        let used = grants::last_use(&mut conn, &portal.user.id).await?;
        Ok((all, used.into_iter().collect()))
    };
    let (all, used): (Vec<Consent>, HashMap<ClientId, Selector>) = match found.await {
        Ok(found) => found,
        Err(error) => return portal.refused(&app, error),
    };
    let rows = all.into_iter().map(|consent| row(&app, consent, &used)).collect();
    let (page, frame, jar) = portal.frame(&app, HERE);
    page::show(StatusCode::OK, jar, &ConnectionsPage { page, frame, rows })
}

fn row(app: &AppState, consent: Consent, used: &HashMap<ClientId, Selector>) -> Row {
    let (registry, now) = (app.registry(), app.clock.now());
    let mut names: Vec<&str> = consent.scopes.iter().collect();
    // Who it is comes first.
    names.sort_by_key(|name| *name != "openid");
    let sentence = |name: &str| match registry.scopes().get(name) {
        Some(scope) => scope.sentence.clone(),
        None => format!("Use '{name}', which applications cannot ask for any more"),
    };
    let client = registry.client(&consent.client_id);
    Row {
        name: client.map_or_else(|| consent.client_id.0.clone(), |client| client.name.clone()),
        sentences: names.into_iter().map(sentence).collect(),
        granted: When::of(consent.granted_at, now),
        used: used.get(&consent.client_id).map(|last| When::of(last.made_at(), now)),
        client: consent.client_id.0,
    }
}

/// `POST /account/connections`
pub async fn post(app: AppState, Posted { portal, form }: Posted<Filled>) -> Response {
    let client = ClientId(form.client);
    let name = app.registry().client(&client).map(|client| client.name.clone());
    let own = portal.user.id.as_str();
    match consents::revoke(&app, &portal.actor(), own, client.as_str()).await {
        Ok(_) => {
            let name = name.unwrap_or(client.0);
            let told =
                format!("Disconnected {name}. It asks you again before it uses your account.");
            portal.done(&app, HERE, &told)
        }
        Err(error) => portal.refused(&app, error),
    }
}
