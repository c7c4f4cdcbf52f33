//! The applications a user may use, and which of their groups let them in.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::find::group_name;
use crate::directory::rights::SeesPeople;
use crate::directory::{Result, command::Command};
use crate::domain::User;
use crate::store::groups;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Held, Kind, View, held};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("application", "applications"),
    search: "Application",
    columns: &[
        Column { label: "Application", sort: "name" },
        Column { label: "Scopes", sort: "" },
        Column { label: "Because of the groups", sort: "" },
    ],
    filters: &[],
};

/// An application, and why they may use it.
struct Usable {
    id: String,
    name: String,
    disabled: bool,
    scopes: String,
    groups: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/users/applications.html")]
struct ApplicationsPage {
    shell: Shell,
    frame: Frame,
    list: View,
    usable: Vec<Usable>,
    command: String,
}

/// `GET /admin/users/{id}/applications`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let usable = usable(&app, &user).await?;
        Ok((user, usable))
    };
    let (user, usable) = match found.await {
        Ok(found) => found,
        Err(error) => return console.refused(&app, error),
    };
    let place = |one: &Usable, _: &str| (held::text(&one.name), one.id.clone());
    let texts = |one: &Usable| vec![one.name.clone(), one.id.clone()];
    let held = Held::of(&KIND, &asked, usable, texts, place);
    if asked.as_csv() {
        let line = |one: Usable| vec![one.id, one.name, one.scopes, one.groups.join(", ")];
        let heading = ["client_id", "name", "scopes", "groups"];
        return list::csv("applications", &heading, held.all().map(line));
    }
    let (list, usable) = held.page(&KIND, &path(&user, "/applications"), &asked);
    let (shell, jar) = console.shell(&app, HERE);
    let applications = ApplicationsPage {
        shell,
        frame: Frame::new(&console, &user, "/applications"),
        list,
        usable,
        command: Command::new("user show").arg(user.username.as_str()).to_string(),
    };
    page::show(StatusCode::OK, jar, &applications)
}

async fn usable(app: &AppState, user: &User) -> Result<Vec<Usable>> {
    let direct = groups::direct(&mut app.db.read().await?, &user.id).await?;
    let registry = app.registry();
    let all = registry.effective_groups(direct);
    let usable = registry.clients().into_iter().filter_map(|client| {
        let scopes = registry.allowed_scopes(&client.id, &all)?;
        let maps = registry.scope_maps(&client.id).iter();
        let maps = maps.filter(|map| all.contains(&map.group_id));
        Some(Usable {
            id: client.id.0.clone(),
            name: client.name.clone(),
            disabled: client.disabled_at.is_some(),
            scopes: scopes.to_string(),
            groups: maps.map(|map| group_name(&registry, &map.group_id)).collect(),
        })
    });
    Ok(usable.collect())
}
