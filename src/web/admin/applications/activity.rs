//! What happened at an application: who tried to sign in and how it went, and what was changed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded::byte_serialize;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::Result;
use crate::directory::command::Command;
use crate::directory::logout_tokens;
use crate::directory::rights::{SeesAll, SeesClient};
use crate::domain::{Client, Delivery, Flow, FlowRef, FlowState, Timestamp};
use crate::explain::{cause, discreet, explanation};
use crate::store::events::{self, Filter as Events};
use crate::store::flows::{self, Filter as Flows};
use crate::store::page::Place;
use crate::store::{Conn, users};
use crate::web::admin::console::Console;
use crate::web::admin::events::{Row, row};
use crate::web::admin::list::{
    self, Asked, COUNTED, Column, EXPORTED, Filter, Kind, Part, ROWS, View,
};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

/// Changes that are shown; the rest is in the list of events.
const CHANGES: i64 = 25;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("attempt", "attempts"),
    search: "",
    columns: &[
        Column { label: "When", sort: "" },
        Column { label: "Who", sort: "" },
        Column { label: "How it went", sort: "" },
        Column { label: "Reference", sort: "" },
    ],
    filters: &[Filter { name: "failed", label: "Outcome", options: &[("1", "Failed")] }],
};

/// Sign-outs that are shown; the command line lists all.
const SIGN_OUTS: i64 = 10;

/// What it was told of a sign-out.
struct SignOut {
    at: When,
    delivery: (&'static str, &'static str),
    problem: String,
    attempts: i64,
    reference: Option<String>,
}

/// An attempt.
struct Attempt {
    reference: String,
    began: When,
    who: String,
    state: (&'static str, &'static str),
    cause: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/applications/activity.html")]
struct ActivityPage {
    shell: Shell,
    frame: Frame,
    list: View,
    attempts: Vec<Attempt>,
    listens: bool,
    sign_outs: Vec<SignOut>,
    sign_outs_command: String,
    changes: Vec<Row>,
    all_changes: Option<String>,
    command: String,
}

/// `GET /admin/applications/{id}/activity`
pub async fn get(
    app: AppState,
    console: Console<SeesClient>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let client = load(&app, console.right.client())?;
        match asked.as_csv() {
            true => file(&app, &console, &client, &asked).await,
            false => show(&app, &console, &client, &asked).await,
        }
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show(
    app: &AppState,
    console: &Console<SeesClient>,
    client: &Client,
    asked: &Asked,
) -> Result<Response> {
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let path = path(&client.id, "/activity");
    let (list, attempts) = {
        let (filter, mut conn) = (filter(client, asked), app.db.read().await?.apart());
        let after = begins(&mut conn, asked).await?;
        let mut found = flows::list(&mut conn, &filter, after.as_ref(), ROWS + 1).await?;
        let counted = flows::count(&mut conn, &filter, COUNTED).await?;
        let next = list::cut(&mut found, place);
        let list = list::view_at(&KIND, &path, asked, (counted, next.as_ref()));
        (list, told(app, &mut conn, found, sees_all).await?)
    };
    let changes = changes(app, client, sees_all).await?;
    let (shell, jar) = console.shell(app, HERE);
    let query: String = byte_serialize(client.id.as_str().as_bytes()).collect();
    let page = ActivityPage {
        shell,
        frame: Frame::new(app, console, client, "/activity"),
        list,
        attempts,
        listens: client.settings.backchannel_logout_uri.is_some(),
        sign_outs: sign_outs(app, client).await?,
        sign_outs_command: Command::new("logout list")
            .flag("client", client.id.as_str())
            .to_string(),
        changes,
        all_changes: sees_all.then(|| format!("/admin/events?client={query}")),
        command: Command::new("flow list").flag("client", client.id.as_str()).to_string(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

fn filter(client: &Client, asked: &Asked) -> Flows {
    let failed = asked.filter(&KIND, "failed").is_some();
    Flows { client: Some(client.id.clone()), failed, ..Flows::default() }
}

fn place(flow: &Flow) -> Place {
    Place { key: String::new(), id: flow.reference.0.clone() }
}

/// A flow that is kept no longer begins the list anew.
async fn begins(conn: &mut Conn, asked: &Asked) -> Result<Option<Flow>> {
    match asked.after() {
        Some(place) => Ok(flows::find(conn, &FlowRef(place.id)).await?),
        None => Ok(None),
    }
}

async fn file(
    app: &AppState,
    console: &Console<SeesClient>,
    client: &Client,
    asked: &Asked,
) -> Result<Response> {
    let sees_all = SeesAll::by_role(&console.staff).is_some();
    let (app, filter) = (app.clone(), filter(client, asked));
    let read = move |after: Option<Flow>| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let mut conn = app.db.read().await?.apart();
            let found = flows::list(&mut conn, &filter, after.as_ref(), EXPORTED).await?;
            let full = found.len() as i64 == EXPORTED;
            let next = found.last().filter(|_| full).cloned().map(Some);
            let told = told(&app, &mut conn, found, sees_all).await?.into_iter();
            let rows = told.map(|one| {
                let cause = one.cause.unwrap_or_default();
                vec![one.began.exact, one.who, one.state.0.to_owned(), cause, one.reference]
            });
            Ok(Part { rows: rows.collect(), next })
        }
    };
    let heading = ["began", "who", "state", "cause", "reference"];
    Ok(list::long_csv("attempts", &heading, None, read).await?)
}

/// Flows as whoever looks may read them.
async fn told(
    app: &AppState,
    conn: &mut Conn,
    found: Vec<Flow>,
    sees_all: bool,
) -> crate::store::Result<Vec<Attempt>> {
    let now = app.clock.now();
    let mut attempts = Vec::new();
    for mut flow in found {
        if !sees_all {
            discreet(&mut flow, &mut []);
        }
        let user = match &flow.user_id {
            Some(id) => users::find(conn, id).await?,
            None => None,
        };
        attempts.push(attempt(flow, user.map(|user| user.username.to_string()), now));
    }
    Ok(attempts)
}

fn attempt(flow: Flow, who: Option<String>, now: Timestamp) -> Attempt {
    let title = |code: &str| {
        cause(code).map_or_else(|| code.to_owned(), |cause| explanation(cause).title.to_owned())
    };
    Attempt {
        began: When::of(flow.started_at, now),
        who: who.unwrap_or_else(|| "Nobody yet".to_owned()),
        state: match flow.state {
            FlowState::Done => ("Signed in", "good"),
            FlowState::Open => ("Under way", ""),
            FlowState::Failed => ("Failed", "bad"),
        },
        cause: flow.cause.as_deref().map(title),
        reference: flow.reference.0,
    }
}

/// What the application was told of sign-outs, the latest first; nothing where it need not be told.
async fn sign_outs(app: &AppState, client: &Client) -> Result<Vec<SignOut>> {
    let filter = logout_tokens::Filter { client: Some(client.id.clone()), ..Default::default() };
    let now = app.clock.now();
    let found = logout_tokens::list(app, &filter, SIGN_OUTS).await?;
    Ok(found
        .iter()
        .map(|token| SignOut {
            at: When::of(token.id.made_at(), now),
            delivery: match token.delivery() {
                Delivery::Delivered => ("Told", "good"),
                Delivery::Waiting => ("Under way", ""),
                Delivery::GivenUp => ("Given up", "bad"),
            },
            problem: logout_tokens::problem(token).to_owned(),
            attempts: token.attempts,
            reference: token.problem.as_ref().map(|_| token.flow.0.clone()),
        })
        .collect())
}

/// What was done to the application; of what people did there, those who read everything are told.
async fn changes(app: &AppState, client: &Client, sees_all: bool) -> Result<Vec<Row>> {
    let filter = Events { client: Some(client.id.clone()), ..Events::default() };
    let mut conn = app.db.read().await?.apart();
    let found = events::list(&mut conn, &filter, None, CHANGES).await?;
    drop(conn);
    let now = app.clock.now();
    let told = found.into_iter().filter(|event| sees_all || event.kind.starts_with("client."));
    Ok(told.map(|event| row(event, now)).collect())
}
