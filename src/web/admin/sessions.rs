//! Who is signed in, and ending it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::{Result, consequences, sessions};
use crate::domain::{Selector, Session};
use crate::store::page::Order;
use crate::store::sessions::Filter;
use crate::web::account::device;
use crate::web::admin::chosen::{AskPage, Chosen};
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::list::{self, Asked, COUNTED, Column, EXPORTED, Kind, Part, ROWS, View};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

const HERE: &str = "/admin/sessions";

const KIND: Kind = Kind {
    path: HERE,
    noun: ("session", "sessions"),
    search: "Username, e-mail address or name",
    columns: &[
        Column { label: "User", sort: "" },
        Column { label: "Browser", sort: "" },
        Column { label: "Address", sort: "" },
        Column { label: "Signed in", sort: "age" },
        Column { label: "Last used", sort: "" },
    ],
    filters: &[LASTS],
};

/// The filter that every list of sessions has.
pub const LASTS: list::Filter = list::Filter {
    name: "lasts",
    label: "Lasts",
    options: &[("long", "Until signed out"), ("short", "Until the browser closes")],
};

/// A session.
pub struct Row {
    /// Its selector.
    pub id: i64,
    /// Whose it is.
    pub user: String,
    /// Their name.
    pub username: String,
    /// The browser.
    pub device: String,
    /// Where from.
    pub address: String,
    /// When it began.
    pub began: When,
    /// When it was used.
    pub seen: When,
}

#[derive(Template)]
#[template(path = "admin/activity/sessions.html")]
struct SessionsPage {
    shell: Shell,
    list: View,
    rows: Vec<Row>,
    can_end: bool,
    command: String,
}

/// `GET /admin/sessions`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let filter = filter(&app, &KIND, &asked);
        if asked.as_csv() {
            return file(&app, &KIND, &asked, filter).await;
        }
        let (list, rows) = shown(&app, (&KIND, HERE), &asked, &filter).await?;
        let (shell, jar) = console.shell(&app, HERE);
        let can_end = ManagesPeople::by_role(&console.staff).is_some() && console.fresh;
        let command = Command::new("user end-sessions").bare("NAME").to_string();
        let page = SessionsPage { shell, list, rows, can_end, command };
        Ok(page::show(StatusCode::OK, jar, &page))
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// The sessions the address asks for.
pub fn filter(app: &AppState, kind: &Kind, asked: &Asked) -> Filter {
    Filter {
        search: asked.search(),
        remember: asked.filter(kind, LASTS.name).map(|lasts| lasts == "long"),
        ..sessions::standing(app)
    }
}

/// The newest first, unless it is asked for otherwise.
fn order(kind: &Kind, asked: &Asked) -> Order {
    asked.sort(kind).1.turned()
}

/// The page of the list at `path`, and its rows.
pub async fn shown(
    app: &AppState,
    (kind, path): (&Kind, &str),
    asked: &Asked,
    filter: &Filter,
) -> Result<(View, Vec<Row>)> {
    let mut conn = app.db.read().await?.apart();
    let from = (order(kind, asked), asked.after_selector());
    let mut found = crate::store::sessions::page(&mut conn, filter, from, ROWS + 1).await?;
    let counted = crate::store::sessions::count(&mut conn, filter, COUNTED).await?;
    drop(conn);
    let next = list::cut(&mut found, |(session, _)| list::at(session.id));
    let rows = found.into_iter().map(|(session, username)| row(app, session, username));
    Ok((list::view_at(kind, path, asked, (counted, next.as_ref())), rows.collect()))
}

fn row(app: &AppState, session: Session, username: String) -> Row {
    let now = app.clock.now();
    Row {
        id: session.id.0,
        user: session.user_id.0,
        username,
        device: device::name(session.user_agent.as_deref()),
        address: session.address.unwrap_or_else(|| "unknown".into()),
        began: When::of(session.created_at, now),
        seen: When::of(session.last_seen_at, now),
    }
}

/// All of the list as a file.
pub async fn file(app: &AppState, kind: &Kind, asked: &Asked, filter: Filter) -> Result<Response> {
    let (app, order) = (app.clone(), order(kind, asked));
    let heading = ["user", "browser", "address", "signed_in", "last_used"];
    let read = move |after: Option<Selector>| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let mut conn = app.db.read().await?.apart();
            let from = (order, after);
            let found = crate::store::sessions::page(&mut conn, &filter, from, EXPORTED).await?;
            let full = found.len() as i64 == EXPORTED;
            let next = found.last().filter(|_| full).map(|(last, _)| Some(last.id));
            let rows = found.into_iter().map(|(session, username)| {
                let row = row(&app, session, username);
                vec![row.username, row.device, row.address, row.began.exact, row.seen.exact]
            });
            Ok(Part { rows: rows.collect(), next })
        }
    };
    Ok(list::long_csv("sessions", &heading, None, read).await?)
}

/// `POST /admin/sessions`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<ManagesPeople, Chosen>,
) -> Response {
    let actor = console.right.actor();
    let ended = async {
        let Ok(session) = form.field("session").parse().map(Selector) else {
            return several(&app, &console, &form, HERE).await;
        };
        let user = sessions::end(&app, &actor, form.field("user"), session).await?;
        Ok(console.done(&app, HERE, &format!("Ended a session of {}.", user.username)))
    };
    ended.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// Ends those whose boxes are ticked, after saying whose they are.
pub async fn several(
    app: &AppState,
    console: &Console<ManagesPeople>,
    form: &Chosen,
    path: &str,
) -> Result<Response> {
    let (actor, back) = (console.right.actor(), form.back(path));
    let ids: Vec<Selector> =
        form.picks.iter().filter_map(|id| id.parse().ok()).map(Selector).collect();
    if ids.is_empty() {
        return Ok(console.done(app, &back, "No session was chosen."));
    }
    if form.confirmed() {
        let (ended, people) = sessions::end_several(app, &actor, &ids).await?;
        let told = format!("Ended {} of {}.", counted(ended, "session"), persons(people));
        return Ok(console.done(app, &back, &told));
    }
    let found = sessions::chosen(app, &actor, &ids).await?;
    let mut users: Vec<&str> = found.iter().map(|(_, user)| user.username.as_str()).collect();
    users.sort_unstable();
    users.dedup();
    let people = persons(users.len());
    let name = |(session, user): &(Session, crate::domain::User)| {
        format!("{}: {}", user.username, device::name(session.user_agent.as_deref()))
    };
    let (shell, jar) = console.shell(app, HERE);
    let page = AskPage::new(shell, form, path, found.iter().map(name).collect());
    let ask = AskPage {
        question: format!("End {} of {people}?", counted(found.len(), "session")),
        along: "They sign in again, and what was granted in these sessions is revoked:",
        consequences: consequences::of_chosen_sessions(app, &found).await?,
        verb: "end".to_owned(),
        button: "End",
        ..page
    };
    Ok(ask.show(jar))
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn persons(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}
