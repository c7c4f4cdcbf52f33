//! The list of keys.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::domain::{KeyState, ServerKey, Timestamp};
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Held, Kind, View, held};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("key", "keys"),
    search: "Key",
    columns: &[
        Column { label: "Key", sort: "" },
        Column { label: "Algorithm", sort: "alg" },
        Column { label: "State", sort: "" },
        Column { label: "Since (UTC)", sort: "age" },
    ],
    filters: &[
        list::Filter {
            name: "alg",
            label: "Algorithm",
            options: &[
                ("RS256", "RS256"),
                ("PS256", "PS256"),
                ("ES256", "ES256"),
                ("ES384", "ES384"),
                ("EdDSA", "EdDSA"),
                ("RSA-OAEP-256", "RSA-OAEP-256"),
                ("ECDH-ES", "ECDH-ES"),
            ],
        },
        list::Filter {
            name: "state",
            label: "State",
            options: &[
                ("waits", "Waits"),
                ("signs", "Signs"),
                ("reads", "Reads"),
                ("retired", "Retired"),
            ],
        },
    ],
};

/// A key.
struct Row {
    kid: String,
    alg: &'static str,
    state: &'static str,
    mood: &'static str,
    when: String,
    is_active: bool,
}

#[derive(Template)]
#[template(path = "admin/keys/index.html")]
struct KeysPage {
    shell: Shell,
    list: View,
    rows: Vec<Row>,
    can_change: bool,
}

/// `GET /admin/keys`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let registry = app.registry();
    let is = |name: &str, value: &str| asked.filter(&KIND, name).is_none_or(|set| set == value);
    let fits = |key: &&ServerKey| {
        is("alg", key.alg.as_str()) && is("state", &row(key).state.to_lowercase())
    };
    let place = |key: &&ServerKey, by: &str| {
        let age = held::number(key.created_at.0);
        let key_of = if by == "age" { age.clone() } else { key.alg.as_str().to_owned() };
        (key_of, format!("{age} {}", key.kid))
    };
    let texts = |key: &&ServerKey| vec![key.kid.0.clone()];
    let keys = registry.keys().iter().filter(fits);
    let held = Held::of(&KIND, &asked, keys, texts, place);
    if asked.as_csv() {
        let line = |key: &ServerKey| {
            let Row { kid, alg, state, .. } = row(key);
            vec![kid, alg.to_owned(), state.to_lowercase(), key.activates_at.rfc3339()]
        };
        return list::csv("keys", &["kid", "alg", "state", "signs_from"], held.all().map(line));
    }
    let (list, keys) = held.page(&KIND, HERE, &asked);
    let (shell, jar) = console.shell(&app, HERE);
    let page = KeysPage {
        shell,
        list,
        rows: keys.into_iter().map(row).collect(),
        can_change: Administers::by_role(&console.staff).is_some(),
    };
    page::show(StatusCode::OK, jar, &page)
}

fn row(key: &ServerKey) -> Row {
    let signs = key.alg.signs().is_some();
    let verb = if signs { "Signs" } else { "Reads" };
    let (state, mood, when) = match key.state {
        KeyState::Next => ("Waits", "", format!("{verb} from {}", day(key.activates_at))),
        KeyState::Active => (verb, "good", format!("{verb} since {}", day(key.activates_at))),
        KeyState::Retired => {
            let since = key.retired_at.unwrap_or(key.activates_at);
            let still = if signs { "still published" } else { "still reads" };
            ("Retired", "", format!("Retired {}; {still}", day(since)))
        }
    };
    let is_active = key.state == KeyState::Active;
    Row { kid: key.kid.0.clone(), alg: key.alg.as_str(), state, mood, when, is_active }
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(16).collect::<String>().replace('T', " ")
}
