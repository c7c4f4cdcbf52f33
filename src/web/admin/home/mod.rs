//! The front page of the console: whether everything is in order, how the last day went, what fails,
//! and what to do first.

mod chart;
mod health;
mod hints;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use self::chart::Chart;
use self::health::Check;
use self::hints::Hint;
use super::console::Console;
use super::failures as pages;
use super::list::COUNTED;
use super::shell::Shell;
use super::when::When;
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::failures::{self, Group};
use crate::directory::rights::{Administers, Enters, SeesAll, SeesClients, SeesPeople};
use crate::store::failures::Filter;
use crate::store::{client_owners, user_list};
use crate::web::page;

/// Failures that are shown.
const FAILURES: usize = 5;

/// What there is some of.
struct Card {
    label: &'static str,
    count: String,
    href: Option<&'static str>,
}

impl Card {
    /// So many of what is listed there, up to `COUNTED`.
    fn of(count: i64, (one, many): (&'static str, &'static str), href: &'static str) -> Card {
        let label = if count == 1 { one } else { many };
        let count = if count < COUNTED { count.to_string() } else { format!("{COUNTED}+") };
        Card { label, count, href: Some(href) }
    }
}

/// Failures that are alike.
struct Failure {
    href: String,
    title: String,
    at: Option<String>,
    value: Option<String>,
    times: i64,
    last: When,
}

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    shell: Shell,
    hints: Vec<Hint>,
    cards: Vec<Card>,
    chart: Option<Chart>,
    failures: Option<Vec<Failure>>,
    all_failures: &'static str,
    checks: Vec<Check>,
    owned: Vec<(String, String)>,
}

/// `GET /admin`
pub async fn get(app: AppState, console: Console<Enters>) -> Response {
    show(&app, &console).await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show(app: &AppState, console: &Console<Enters>) -> Result<Response> {
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let (cards, users) = cards(app, console).await?;
    let registry = app.registry();
    let owned = {
        let mut conn = app.db.read().await?;
        client_owners::of_user(&mut conn, console.staff.id()).await?
    };
    let owned =
        owned.iter().filter_map(|id| registry.client(id)).map(|c| (c.id.0.clone(), c.name.clone()));
    let hints = match Administers::by_role(&console.staff) {
        Some(_) => hints::of(&registry, users),
        None => Vec::new(),
    };
    let (chart, checks) = match sees_all {
        true => (Some(Chart::of(app).await?), health::checks(app, &console.staff).await?),
        false => (None, Vec::new()),
    };
    let failures = match SeesClients::by_role(&console.staff) {
        Some(right) => Some(open(app, &right, sees_all).await?),
        None => None,
    };
    let (shell, jar) = console.shell(app, "/admin");
    let home = HomePage {
        shell,
        hints,
        cards,
        chart,
        failures,
        all_failures: pages::OPEN,
        checks,
        owned: owned.collect(),
    };
    Ok(page::show(StatusCode::OK, jar, &home))
}

/// How many there are of what somebody sees, and how many people, up to `COUNTED`.
async fn cards(app: &AppState, console: &Console<Enters>) -> Result<(Vec<Card>, i64)> {
    let mut cards = Vec::new();
    let mut users = 0;
    if SeesPeople::by_role(&console.staff).is_some() {
        let mut conn = app.db.read().await?.apart();
        users = user_list::count(&mut conn, &user_list::Filter::default(), COUNTED).await?;
        cards.push(Card::of(users, ("User", "Users"), "/admin/users"));
    }
    if SeesAll::by_role(&console.staff).is_some() {
        let registry = app.registry();
        let groups = i64::try_from(registry.groups().len()).unwrap_or(COUNTED);
        cards.push(Card::of(groups, ("Group", "Groups"), "/admin/groups"));
        let clients = i64::try_from(registry.clients().len()).unwrap_or(COUNTED);
        cards.push(Card::of(clients, ("Application", "Applications"), "/admin/applications"));
    }
    Ok((cards, users))
}

/// What failed last and is not solved.
async fn open(app: &AppState, right: &SeesClients, sees_all: bool) -> Result<Vec<Failure>> {
    let most = i64::try_from(FAILURES).unwrap_or_default();
    let found = match sees_all {
        true => failures::groups(app, &Filter::default(), most).await?,
        false => failures::seen(app, &right.actor()).await?,
    };
    let open = found.into_iter().filter(|group| !group.solved).take(FAILURES);
    Ok(open.map(|group| failure(app, group)).collect())
}

fn failure(app: &AppState, group: Group) -> Failure {
    let at = group.group.client_id.as_ref().map(|id| {
        let known = app.registry().client(id);
        known.map_or_else(|| id.0.clone(), |client| client.name.clone())
    });
    Failure {
        href: pages::path(&group.group.id),
        at,
        value: pages::value(&group),
        times: group.group.times,
        last: When::of(group.group.last_at, app.clock.now()),
        title: group.title,
    }
}
