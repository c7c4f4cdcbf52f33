//! The search box: people, groups and applications whose name begins so, and the attempt to sign in
//! that is called so, as far as one may see them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::console::Console;
use super::failures::flow_path;
use super::shell::Shell;
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::rights::{Enters, Right, SeesAll, SeesFlow, SeesPeople};
use crate::domain::{Client, FlowRef, Group};
use crate::store::page::Order;
use crate::store::user_list::{self, Filter, Sort};
use crate::store::user_words::canonical;
use crate::store::{Conn, client_owners, flows};
use crate::web::extract::PageQuery;
use crate::web::page;

/// Of each kind at most.
const MOST: usize = 10;

/// What to look for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// Something found.
struct Hit {
    kind: &'static str,
    name: String,
    detail: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    hits: Vec<Hit>,
}

/// `GET /admin/search`
pub async fn get(
    app: AppState,
    console: Console<Enters>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let q = asked.q.trim().to_owned();
    let found = if q.is_empty() { Ok(Vec::new()) } else { hits(&app, &console, &q).await };
    match found {
        Ok(hits) => {
            let (shell, jar) = console.shell(&app, "");
            page::show(StatusCode::OK, jar, &SearchPage { shell, q, hits })
        }
        Err(error) => console.refused(&app, error),
    }
}

async fn hits(app: &AppState, console: &Console<Enters>, q: &str) -> Result<Vec<Hit>> {
    let mut hits = Vec::new();
    let mut conn = app.db.read().await?.apart();
    if SeesPeople::by_role(&console.staff).is_some() {
        let filter = Filter { search: Some(q.to_owned()), ..Filter::default() };
        let by = (Sort::Username, Order::Up);
        let people = user_list::page(&mut conn, &filter, by, None, MOST as i64).await?;
        hits.extend(people.into_iter().map(|listed| Hit {
            kind: "User",
            name: listed.user.username.to_string(),
            detail: listed.user.display_name.or(listed.user.email).unwrap_or_default(),
            href: Some(format!("/admin/users/{}", listed.user.id)),
        }));
    }
    hits.extend(attempt(&mut conn, console, q).await?);
    let all = SeesAll::by_role(&console.staff).is_some();
    let (start, registry) = (canonical(q), app.registry());
    let fits = |name: &str| canonical(name).starts_with(&start);
    if all {
        let found = registry.groups().values().filter(|group| fits(&group.name)).take(MOST);
        hits.extend(found.map(group));
    }
    let owned = client_owners::of_user(&mut conn, console.staff.id()).await?;
    let clients = registry.clients();
    let found = clients.iter().filter(|client| all || owned.contains(&client.id));
    let found = found.filter(|client| fits(&client.name) || fits(client.id.as_str()));
    hits.extend(found.take(MOST).map(|found| client(found)));
    Ok(hits)
}

/// The attempt whose reference was typed.
async fn attempt(conn: &mut Conn, console: &Console<Enters>, q: &str) -> Result<Option<Hit>> {
    let reference = FlowRef::heard(q);
    let known = reference.as_str().len() == 9 && flows::find(conn, &reference).await?.is_some();
    if !known || SeesFlow::of(conn, &console.staff, reference.as_str()).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(Hit {
        kind: "Attempt to sign in",
        name: reference.0.clone(),
        detail: String::new(),
        href: Some(flow_path(&reference)),
    }))
}

fn group(group: &Group) -> Hit {
    Hit {
        kind: "Group",
        name: group.name.clone(),
        detail: group.description.clone().unwrap_or_default(),
        href: Some(format!("/admin/groups/{}", group.id)),
    }
}

fn client(client: &Client) -> Hit {
    Hit {
        kind: "Application",
        name: client.name.clone(),
        detail: client.id.0.clone(),
        href: Some(super::applications::path(&client.id, "")),
    }
}
