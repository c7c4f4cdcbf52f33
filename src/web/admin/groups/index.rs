//! The list of groups.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::{Result, groups, members};
use crate::domain::{EVERYONE, Group, GroupId};
use crate::registry::Snapshot;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Held, Kind, held};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("group", "groups"),
    search: "Name",
    columns: &[
        Column { label: "Name", sort: "name" },
        Column { label: "Description", sort: "" },
        Column { label: "Members", sort: "" },
        Column { label: "Groups inside", sort: "inside" },
        Column { label: "Applications", sort: "applications" },
    ],
    filters: &[list::Filter {
        name: "used",
        label: "Lets in",
        options: &[("yes", "To an application"), ("no", "Nowhere")],
    }],
};

/// A group, and how much there is of it.
struct Counted {
    group: Group,
    inside: usize,
    applications: usize,
}

/// A line of the list.
struct Row {
    group: Group,
    members: String,
    inside: usize,
    applications: usize,
}

#[derive(Template)]
#[template(path = "admin/groups/index.html")]
struct GroupsPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    can_create: bool,
}

/// `GET /admin/groups`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let held = fitting(&app.registry(), &asked);
    if asked.as_csv() {
        let heading = ["name", "description", "groups_inside", "applications"];
        let rows = held.all().map(|Counted { group, inside, applications }| {
            let description = group.description.unwrap_or_default();
            vec![group.name, description, inside.to_string(), applications.to_string()]
        });
        return list::csv("groups", &heading, rows);
    }
    let shown = show(&app, &console, &asked, held).await;
    shown.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show(
    app: &AppState,
    console: &Console<SeesAll>,
    asked: &Asked,
    held: Held<Counted>,
) -> Result<Response> {
    let (list, found) = held.page(&KIND, HERE, asked);
    let sets: Vec<&[GroupId]> =
        found.iter().map(|one| std::slice::from_ref(&one.group.id)).collect();
    let counts = members::count(app, &sets, groups::COUNTED).await?;
    let rows = found.into_iter().zip(counts);
    let (shell, jar) = console.shell(app, HERE);
    let page = GroupsPage {
        shell,
        list,
        rows: rows.map(|(one, members)| row(one, members)).collect(),
        can_create: Administers::by_role(&console.staff).is_some(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

fn row(Counted { group, inside, applications }: Counted, members: i64) -> Row {
    let members = match group.id.as_str() {
        EVERYONE => "everybody".to_owned(),
        _ => groups::counted(members),
    };
    Row { group, members, inside, applications }
}

fn fitting(registry: &Snapshot, asked: &Asked) -> Held<Counted> {
    let inside = registry.groups().keys().flat_map(|id| registry.parents_of(id));
    let applications = registry.clients().into_iter().flat_map(|client| {
        let maps = registry.scope_maps(&client.id);
        maps.iter().map(|map| map.group_id.clone()).collect::<Vec<_>>()
    });
    let (inside, applications) = (tally(inside.cloned()), tally(applications));
    let used = asked.filter(&KIND, "used");
    let all = registry.groups().values().map(|group| Counted {
        inside: inside.get(&group.id).copied().unwrap_or_default(),
        applications: applications.get(&group.id).copied().unwrap_or_default(),
        group: group.clone(),
    });
    let fits = all.filter(|one| used.is_none_or(|used| (used == "yes") == (one.applications > 0)));
    let number = |count: usize| held::number(i64::try_from(count).unwrap_or(i64::MAX));
    let place = |one: &Counted, by: &str| {
        let name = held::text(&one.group.name);
        let key = match by {
            "inside" => number(one.inside),
            "applications" => number(one.applications),
            _ => name.clone(),
        };
        (key, format!("{name} {}", one.group.id))
    };
    Held::of(&KIND, asked, fits, |one| vec![one.group.name.clone()], place)
}

fn tally(ids: impl Iterator<Item = GroupId>) -> std::collections::HashMap<GroupId, usize> {
    let mut counts = std::collections::HashMap::new();
    for id in ids {
        *counts.entry(id).or_default() += 1;
    }
    counts
}
