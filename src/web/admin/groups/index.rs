//! The list of groups. All of them are in memory, so it is cut from there.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::{Result, groups};
use crate::domain::{EVERYONE, Group};
use crate::store::page::{Order, Place};
use crate::store::user_words::canonical;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Kind, ROWS};
use crate::web::admin::shell::Shell;
use crate::web::error::PageError;
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
    ],
    filters: &[],
};

/// A line of the list.
struct Row {
    group: Group,
    members: String,
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
    let found = fitting(&app, &asked);
    if asked.as_csv() {
        let rows = found.into_iter().map(|g| vec![g.name, g.description.unwrap_or_default()]);
        return list::csv("groups", &["name", "description"], rows);
    }
    match show(&app, &console, &asked, found).await {
        Ok(response) => response,
        Err(error) => PageError::broken(&app, &console.visitor, error).into_response(),
    }
}

async fn show(
    app: &AppState,
    console: &Console<SeesAll>,
    asked: &Asked,
    found: Vec<Group>,
) -> Result<Response> {
    let counted = found.len() as i64;
    let (_, order) = asked.sort(&KIND);
    let after = asked.after();
    let comes = |group: &Group| match (&after, order) {
        (None, _) => true,
        (Some(place), Order::Up) => group.name > place.key,
        (Some(place), Order::Down) => group.name < place.key,
    };
    let most = usize::try_from(ROWS + 1).unwrap_or_default();
    let mut groups: Vec<Group> = found.into_iter().filter(comes).take(most).collect();
    let place = |group: &Group| Place { key: group.name.clone(), id: group.id.0.clone() };
    let next = list::cut(&mut groups, place);
    let mut rows = Vec::new();
    for group in groups {
        let members = match group.id.as_str() {
            EVERYONE => "everybody".to_owned(),
            _ => groups::count_members(app, &group).await?.to_string(),
        };
        rows.push(Row { group, members });
    }
    let (shell, jar) = console.shell(app, HERE);
    let page = GroupsPage {
        shell,
        list: list::view(&KIND, asked, counted, next.as_ref()),
        rows,
        can_create: Administers::by_role(&console.staff).is_some(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

fn fitting(app: &AppState, asked: &Asked) -> Vec<Group> {
    let start = asked.search().map(|text| canonical(&text)).unwrap_or_default();
    let registry = app.registry();
    let fits = |group: &&Group| canonical(&group.name).starts_with(&start);
    let mut found: Vec<Group> = registry.groups().values().filter(fits).cloned().collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if asked.sort(&KIND).1 == Order::Down {
        found.reverse();
    }
    found
}
