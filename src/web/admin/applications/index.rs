//! The list of applications. All of them are in memory, so it is cut from there; what somebody owns
//! is all that an application owner sees.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::frame::{is_for_nobody, kind, path, signs_in};
use super::{HERE, NEW};
use crate::app::AppState;
use crate::directory::find::group_name;
use crate::directory::rights::{Administers, SeesClients};
use crate::directory::{Result, groups, members, owners, registration};
use crate::domain::{Client, ClientId, EVERYONE, GroupId, Timestamp};
use crate::registry::Snapshot;
use crate::store::flows;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Held, Kind, held};
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
        Column { label: "Client id", sort: "id" },
        Column { label: "Kind", sort: "" },
        Column { label: "Who may use it", sort: "" },
        Column { label: "People", sort: "" },
        Column { label: "Last attempt", sort: "" },
        Column { label: "State", sort: "" },
        Column { label: "Created", sort: "created" },
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
        list::Filter {
            name: "origin",
            label: "Registered",
            options: &[("hand", "By hand"), ("itself", "By itself")],
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
    people: String,
    last: Option<When>,
    disabled: bool,
    itself: bool,
    created: When,
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
    let all = registration::all(app).await?.into_iter();
    let registered: BTreeSet<ClientId> = all.map(|one| one.client_id).collect();
    let held = fitting((&registry, &registered), asked, seen);
    if asked.as_csv() {
        return Ok(export(&registry, held.all()));
    }
    let (list, clients) = held.page(&KIND, HERE, asked);
    let people = people(app, &registry, &clients).await?;
    let ids: Vec<&ClientId> = clients.iter().map(|client| &client.id).collect();
    let newest = flows::newest_of(&mut app.db.read().await?, &ids).await?;
    let newest: HashMap<ClientId, Timestamp> = newest.into_iter().collect();
    let now = app.clock.now();
    let rows = clients.iter().zip(people).map(|(client, people)| {
        let last = newest.get(&client.id).map(|at| When::of(*at, now));
        let created = When::of(client.created_at, now);
        let itself = registered.contains(&client.id);
        Row { people, last, created, itself, ..row(&registry, client) }
    });
    let rows = rows.collect();
    let (shell, jar) = console.shell(app, HERE);
    let page = ApplicationsPage {
        shell,
        list,
        rows,
        new: NEW,
        can_create: Administers::by_role(&console.staff).is_some(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

/// How many people may use each, counted up to a bound: members of its groups, and of the groups
/// inside those.
async fn people(
    app: &AppState,
    registry: &Snapshot,
    clients: &[Arc<Client>],
) -> Result<Vec<String>> {
    let around = |client: &Arc<Client>| {
        let maps = registry.scope_maps(&client.id).iter();
        maps.flat_map(|map| groups::with_inside(registry, &map.group_id)).collect::<BTreeSet<_>>()
    };
    let sets: Vec<Vec<GroupId>> =
        clients.iter().map(|client| around(client).into_iter().collect()).collect();
    let asked =
        |set: &&Vec<GroupId>| !set.is_empty() && set.iter().all(|group| group.as_str() != EVERYONE);
    let counted: Vec<&[GroupId]> = sets.iter().filter(asked).map(Vec::as_slice).collect();
    let mut counts = members::count(app, &counted, groups::COUNTED).await?.into_iter();
    let told = sets.iter().map(|set| match (set.is_empty(), asked(&set)) {
        (true, _) => "0".to_owned(),
        (false, false) => "everybody".to_owned(),
        (false, true) => groups::counted(counts.next().unwrap_or_default()),
    });
    Ok(told.collect())
}

fn fitting(
    (registry, registered): (&Snapshot, &BTreeSet<ClientId>),
    asked: &Asked,
    seen: Vec<Arc<Client>>,
) -> Held<Arc<Client>> {
    let filter = |name: &str| asked.filter(&KIND, name);
    let is = |wanted: Option<&str>, yes: &str, is: bool| wanted.is_none_or(|w| (w == yes) == is);
    let fits = |client: &Arc<Client>| {
        is(filter("state"), "disabled", client.disabled_at.is_some())
            && is(filter("keeps"), "none", client.public)
            && is(filter("for"), "nobody", is_for_nobody(registry, client))
            && is(filter("origin"), "itself", registered.contains(&client.id))
    };
    let place = |client: &Arc<Client>, by: &str| {
        let key = match by {
            "id" => client.id.0.clone(),
            "created" => held::number(client.created_at.0),
            _ => held::text(&client.name),
        };
        (key, client.id.0.clone())
    };
    let texts = |client: &Arc<Client>| vec![client.name.clone(), client.id.0.clone()];
    Held::of(&KIND, asked, seen.into_iter().filter(fits), texts, place)
}

fn row(registry: &Snapshot, client: &Client) -> Row {
    Row {
        href: path(&client.id, ""),
        title: client.name.clone(),
        id: client.id.0.clone(),
        kind: kind(client),
        who: who(registry, client),
        nobody: is_for_nobody(registry, client),
        people: String::new(),
        last: None,
        disabled: client.disabled_at.is_some(),
        itself: false,
        created: When::of(client.created_at, client.created_at),
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

fn export(registry: &Snapshot, found: impl Iterator<Item = Arc<Client>>) -> Response {
    let heading = ["client_id", "name", "kind", "public", "who", "disabled", "created"];
    let rows = found.map(|client| {
        vec![
            client.id.0.clone(),
            client.name.clone(),
            kind(&client).to_owned(),
            client.public.to_string(),
            who(registry, &client),
            client.disabled_at.map(Timestamp::rfc3339).unwrap_or_default(),
            client.created_at.rfc3339(),
        ]
    });
    list::csv("applications", &heading, rows)
}
