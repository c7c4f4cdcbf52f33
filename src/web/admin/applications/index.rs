//! The list of applications. All of them are in memory, so it is cut from there; what somebody owns
//! is all that an application owner sees.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::frame::{is_for_nobody, kind, path, signs_in};
use super::{HERE, NEW};
use crate::app::AppState;
use crate::directory::find::group_name;
use crate::directory::rights::{Administers, SeesClients};
use crate::directory::{Result, owners};
use crate::domain::{Client, Timestamp};
use crate::registry::Snapshot;
use crate::store::flows::{self, Filter};
use crate::store::page::{Order, Place};
use crate::store::user_words::canonical;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Kind, ROWS};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::error::PageError;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("application", "applications"),
    search: "Name or client id",
    columns: &[
        Column { label: "Name", sort: "name" },
        Column { label: "Client id", sort: "" },
        Column { label: "Kind", sort: "" },
        Column { label: "Who may use it", sort: "" },
        Column { label: "Last attempt", sort: "" },
        Column { label: "State", sort: "" },
    ],
    filters: &[
        list::Filter {
            name: "state",
            label: "State",
            options: &[("open", "Open"), ("disabled", "Disabled")],
        },
        list::Filter {
            name: "keeps",
            label: "Secret",
            options: &[("secret", "Confidential"), ("none", "Public")],
        },
        list::Filter {
            name: "for",
            label: "For",
            options: &[("some", "Somebody"), ("nobody", "Nobody yet")],
        },
    ],
};

/// A line of the list.
struct Row {
    href: String,
    title: String,
    id: String,
    kind: &'static str,
    who: String,
    nobody: bool,
    last: Option<When>,
    disabled: bool,
}

#[derive(Template)]
#[template(path = "admin/applications/index.html")]
struct ApplicationsPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    new: &'static str,
    can_create: bool,
}

/// `GET /admin/applications`
pub async fn get(
    app: AppState,
    console: Console<SeesClients>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    match show(&app, &console, &asked).await {
        Ok(response) => response,
        Err(error) => PageError::broken(&app, &console.visitor, error).into_response(),
    }
}

async fn show(app: &AppState, console: &Console<SeesClients>, asked: &Asked) -> Result<Response> {
    let registry = app.registry();
    let seen = owners::seen(app, &console.right.actor()).await?;
    let found = fitting(&registry, asked, seen);
    if asked.as_csv() {
        return Ok(export(&registry, &found));
    }
    let counted = found.len() as i64;
    let (_, order) = asked.sort(&KIND);
    let after = asked.after();
    let comes = |client: &Arc<Client>| match (&after, order) {
        (None, _) => true,
        (Some(at), Order::Up) => place(client) > (at.key.clone(), at.id.clone()),
        (Some(at), Order::Down) => place(client) < (at.key.clone(), at.id.clone()),
    };
    let most = usize::try_from(ROWS + 1).unwrap_or_default();
    let mut clients: Vec<Arc<Client>> = found.into_iter().filter(comes).take(most).collect();
    let next = list::cut(&mut clients, |client| {
        let (key, id) = place(client);
        Place { key, id }
    });
    let mut rows = Vec::new();
    let mut conn = app.db.read().await?;
    let now = app.clock.now();
    for client in clients {
        let filter = Filter { client: Some(client.id.clone()), ..Filter::default() };
        let newest = flows::list(&mut conn, &filter, None, 1).await?;
        let last = newest.first().map(|flow| When::of(flow.started_at, now));
        rows.push(row(&registry, &client, last));
    }
    drop(conn);
    let (shell, jar) = console.shell(app, HERE);
    let page = ApplicationsPage {
        shell,
        list: list::view(&KIND, asked, counted, next.as_ref()),
        rows,
        new: NEW,
        can_create: Administers::by_role(&console.staff).is_some(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

fn place(client: &Client) -> (String, String) {
    (canonical(&client.name), client.id.0.clone())
}

fn fitting(registry: &Snapshot, asked: &Asked, seen: Vec<Arc<Client>>) -> Vec<Arc<Client>> {
    let start = asked.search().map(|text| canonical(&text)).unwrap_or_default();
    let filter = |name: &str| asked.filter(&KIND, name);
    let is = |wanted: Option<&str>, yes: &str, is: bool| wanted.is_none_or(|w| (w == yes) == is);
    let fits = |client: &Arc<Client>| {
        let found = [client.name.as_str(), client.id.as_str()];
        found.iter().any(|text| canonical(text).starts_with(&start))
            && is(filter("state"), "disabled", client.disabled_at.is_some())
            && is(filter("keeps"), "none", client.public)
            && is(filter("for"), "nobody", is_for_nobody(registry, client))
    };
    let mut found: Vec<Arc<Client>> = seen.into_iter().filter(fits).collect();
    found.sort_by_cached_key(|client| place(client));
    if asked.sort(&KIND).1 == Order::Down {
        found.reverse();
    }
    found
}

fn row(registry: &Snapshot, client: &Client, last: Option<When>) -> Row {
    Row {
        href: path(&client.id, ""),
        title: client.name.clone(),
        id: client.id.0.clone(),
        kind: kind(client),
        who: who(registry, client),
        nobody: is_for_nobody(registry, client),
        last,
        disabled: client.disabled_at.is_some(),
    }
}

/// The groups whose members may use it, by name.
pub fn who(registry: &Snapshot, client: &Client) -> String {
    let maps = registry.scope_maps(&client.id).iter();
    let mut groups: Vec<String> = maps.map(|map| group_name(registry, &map.group_id)).collect();
    groups.sort();
    match groups.is_empty() {
        true if signs_in(client) => "nobody".to_owned(),
        true => "itself".to_owned(),
        false => groups.join(", "),
    }
}

fn export(registry: &Snapshot, found: &[Arc<Client>]) -> Response {
    let heading = ["client_id", "name", "kind", "public", "who", "disabled", "created"];
    let rows = found.iter().map(|client| {
        vec![
            client.id.0.clone(),
            client.name.clone(),
            kind(client).to_owned(),
            client.public.to_string(),
            who(registry, client),
            client.disabled_at.map(Timestamp::rfc3339).unwrap_or_default(),
            client.created_at.rfc3339(),
        ]
    });
    list::csv("applications", &heading, rows)
}
