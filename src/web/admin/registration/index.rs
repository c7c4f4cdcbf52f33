//! The list of tokens, and how many applications registered themselves. There are never many, so it
//! is cut here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{HERE, badge, may};
use crate::app::AppState;
use crate::config::RegistrationPolicy;
use crate::directory::find::group_name;
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::{Result, registration, registration_tokens};
use crate::domain::{RegistrationToken, Timestamp};
use crate::registry::Snapshot;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Held, Kind, held};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("token", "tokens"),
    search: "Name",
    columns: &[
        Column { label: "Name", sort: "name" },
        Column { label: "Who may use what comes by it", sort: "" },
        Column { label: "What that may be", sort: "" },
        Column { label: "Uses left", sort: "" },
        Column { label: "Made", sort: "made" },
        Column { label: "Last used", sort: "" },
        Column { label: "Expires", sort: "expires" },
        Column { label: "State", sort: "" },
        Column { label: "Change", sort: "" },
    ],
    filters: &[],
};

/// A line of the list.
struct Row {
    id: i64,
    token: String,
    group: Option<String>,
    may: String,
    uses_left: i64,
    made: When,
    made_by: String,
    used: Option<When>,
    expires: When,
    badge: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "admin/registration/index.html")]
struct RegistrationPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    policy: &'static str,
    registered: usize,
    most: u32,
    can_change: bool,
}

/// `GET /admin/registration`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    match show(&app, &console, &asked).await {
        Ok(response) => response,
        Err(error) => console.refused(&app, error),
    }
}

async fn show(app: &AppState, console: &Console<SeesAll>, asked: &Asked) -> Result<Response> {
    let (registry, now) = (app.registry(), app.clock.now());
    let all = registration_tokens::list(app).await?;
    let place = |token: &RegistrationToken, by: &str| {
        let key = match by {
            "made" => held::number(token.created_at.0),
            "expires" => held::number(token.expires_at.0),
            _ => held::text(&token.name),
        };
        (key, token.id.0.to_string())
    };
    let texts = |token: &RegistrationToken| vec![token.name.clone()];
    let held = Held::of(&KIND, asked, all, texts, place);
    if asked.as_csv() {
        return Ok(export(&registry, held.all()));
    }
    let (list, tokens) = held.page(&KIND, HERE, asked);
    let (shell, jar) = console.shell(app, HERE);
    let page = RegistrationPage {
        shell,
        list,
        rows: tokens.iter().map(|token| row(&registry, token, now)).collect(),
        policy: match app.config.oidc.registration.policy {
            RegistrationPolicy::Off => "off",
            RegistrationPolicy::Token => "token",
            RegistrationPolicy::Open => "open",
        },
        registered: registration::all(app).await?.len(),
        most: app.config.oidc.registration.most,
        can_change: Administers::by_role(&console.staff).is_some(),
    };
    Ok(page::show(StatusCode::OK, jar, &page))
}

fn row(registry: &Snapshot, token: &RegistrationToken, now: Timestamp) -> Row {
    Row {
        id: token.id.0,
        token: token.name.clone(),
        group: token.group_id.as_ref().map(|id| group_name(registry, id)),
        may: may(token),
        uses_left: token.uses_left,
        made: When::of(token.created_at, now),
        made_by: token.created_by.clone(),
        used: token.last_used_at.map(|at| When::of(at, now)),
        expires: When::of(token.expires_at, now),
        badge: badge(token, now),
    }
}

fn export(registry: &Snapshot, found: impl Iterator<Item = RegistrationToken>) -> Response {
    let heading = ["name", "group", "may", "uses_left", "made", "made_by", "last_used", "expires"];
    let rows = found.map(|token| {
        vec![
            token.name.clone(),
            token.group_id.as_ref().map(|id| group_name(registry, id)).unwrap_or_default(),
            may(&token),
            token.uses_left.to_string(),
            token.created_at.rfc3339(),
            token.created_by.clone(),
            token.last_used_at.map(Timestamp::rfc3339).unwrap_or_default(),
            token.expires_at.rfc3339(),
        ]
    });
    list::csv("registration-tokens", &heading, rows)
}
