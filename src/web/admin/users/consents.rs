//! What a user allowed applications, and taking it back.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::consents;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::store;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::page;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    client: String,
}

/// A consent.
struct Row {
    client: String,
    name: String,
    scopes: String,
    granted: When,
}

#[derive(Template)]
#[template(path = "admin/users/consents.html")]
struct ConsentsPage {
    shell: Shell,
    frame: Frame,
    rows: Vec<Row>,
    command: String,
}

/// `GET /admin/users/{id}/consents`
pub async fn get(app: AppState, console: Console<SeesPeople>, Path(id): Path<String>) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let all = store::consents::of_user(&mut app.db.read().await?, &user.id).await?;
        Ok((user, all))
    };
    let (user, all) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let (registry, now) = (app.registry(), app.clock.now());
    let rows = all.into_iter().map(|consent| Row {
        name: registry
            .client(&consent.client_id)
            .map_or_else(|| consent.client_id.0.clone(), |client| client.name.clone()),
        scopes: consent.scopes.to_string(),
        granted: When::of(consent.granted_at, now),
        client: consent.client_id.0,
    });
    let (shell, jar) = console.shell(&app, HERE);
    let command = Command::new("user revoke-consent").arg(user.username.as_str());
    let consents = ConsentsPage {
        shell,
        frame: Frame::new(&console, &user, "/consents"),
        rows: rows.collect(),
        command: command.bare("CLIENT").to_string(),
    };
    page::show(StatusCode::OK, jar, &consents)
}

/// `POST /admin/users/{id}/consents`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Filled>,
) -> Response {
    match consents::revoke(&app, &console.right.actor(), &id, &form.client).await {
        Ok(user) => {
            let told = format!("{} will ask {} again.", form.client, user.username);
            console.done(&app, &path(&user, "/consents"), &told)
        }
        Err(error) => console.refused(&app, error),
    }
}
