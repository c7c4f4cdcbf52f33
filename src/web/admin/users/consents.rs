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
use crate::domain::{Consent, Timestamp};
use crate::store;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::list::{self, Asked, Column, Held, Kind, View};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    client: String,
}

const KIND: Kind = Kind {
    path: HERE,
    noun: ("consent", "consents"),
    search: "Application",
    columns: &[
        Column { label: "Application", sort: "name" },
        Column { label: "Allowed", sort: "" },
        Column { label: "When", sort: "age" },
    ],
    filters: &[],
};

/// A consent.
struct Row {
    client: String,
    name: String,
    scopes: String,
    at: Timestamp,
    granted: When,
}

#[derive(Template)]
#[template(path = "admin/users/consents.html")]
struct ConsentsPage {
    shell: Shell,
    frame: Frame,
    list: View,
    rows: Vec<Row>,
    command: String,
}

/// `GET /admin/users/{id}/consents`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let all = store::consents::of_user(&mut app.db.read().await?, &user.id).await?;
        Ok((user, all))
    };
    let (user, all) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let rows = held(all.into_iter().map(|consent| row(&app, consent)), &asked);
    if asked.as_csv() {
        let line = |row: Row| vec![row.client, row.name, row.scopes, row.granted.exact];
        return list::csv(
            "consents",
            &["client_id", "name", "scopes", "granted"],
            rows.all().map(line),
        );
    }
    let (list, rows) = rows.page(&KIND, &path(&user, "/consents"), &asked);
    let (shell, jar) = console.shell(&app, HERE);
    let command = Command::new("user revoke-consent").arg(user.username.as_str());
    let consents = ConsentsPage {
        shell,
        frame: Frame::new(&console, &user, "/consents"),
        list,
        rows,
        command: command.bare("CLIENT").to_string(),
    };
    page::show(StatusCode::OK, jar, &consents)
}

fn row(app: &AppState, consent: Consent) -> Row {
    let known = app.registry().client(&consent.client_id);
    Row {
        name: known.map_or_else(|| consent.client_id.0.clone(), |client| client.name.clone()),
        scopes: consent.scopes.to_string(),
        at: consent.granted_at,
        granted: When::of(consent.granted_at, app.clock.now()),
        client: consent.client_id.0,
    }
}

fn held(all: impl Iterator<Item = Row>, asked: &Asked) -> Held<Row> {
    let place = |row: &Row, by: &str| {
        let name = list::held::text(&row.name);
        // The youngest first.
        let key = if by == "age" { list::held::number(-row.at.0) } else { name };
        (key, row.client.clone())
    };
    Held::of(&KIND, asked, all, |row| vec![row.name.clone(), row.client.clone()], place)
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
