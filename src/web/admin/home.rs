//! The front page of the console: what there is, and how much of it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::console::Console;
use super::list::COUNTED;
use super::shell::Shell;
use crate::app::AppState;
use crate::directory::rights::{Enters, SeesAll, SeesPeople};
use crate::store::{self, client_owners, user_list};
use crate::web::error::PageError;
use crate::web::page;

/// What there is some of.
struct Card {
    label: &'static str,
    count: String,
    href: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    shell: Shell,
    cards: Vec<Card>,
    owned: Vec<(String, String)>,
}

/// `GET /admin`
pub async fn get(app: AppState, console: Console<Enters>) -> Response {
    match show(&app, &console).await {
        Ok(response) => response,
        Err(error) => PageError::broken(&app, &console.visitor, error).into_response(),
    }
}

async fn show(app: &AppState, console: &Console<Enters>) -> store::Result<Response> {
    let mut conn = app.db.read().await?.apart();
    let mut cards = Vec::new();
    if SeesPeople::by_role(&console.staff).is_some() {
        let all = user_list::Filter::default();
        let users = user_list::count(&mut conn, &all, COUNTED).await?;
        let count = if users < COUNTED { users.to_string() } else { format!("{COUNTED}+") };
        cards.push(Card { label: "Users", count, href: Some("/admin/users") });
    }
    let registry = app.registry();
    if SeesAll::by_role(&console.staff).is_some() {
        let groups = registry.groups().len().to_string();
        cards.push(Card { label: "Groups", count: groups, href: Some("/admin/groups") });
        let clients = registry.clients().len().to_string();
        cards.push(Card {
            label: "Applications",
            count: clients,
            href: Some("/admin/applications"),
        });
    }
    let owned = client_owners::of_user(&mut conn, console.staff.id()).await?;
    drop(conn);
    let owned =
        owned.iter().filter_map(|id| registry.client(id)).map(|c| (c.id.0.clone(), c.name.clone()));
    let (shell, jar) = console.shell(app, "/admin");
    let home = HomePage { shell, cards, owned: owned.collect() };
    Ok(page::show(StatusCode::OK, jar, &home))
}
