//! The list of scopes.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{HERE, path};
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::domain::{ClientId, Scope};
use crate::registry::Snapshot;
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, Column, Held, Kind, View};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("scope", "scopes"),
    search: "Name",
    columns: &[
        Column { label: "Scope", sort: "name" },
        Column { label: "Sentence", sort: "" },
        Column { label: "Claims", sort: "" },
        Column { label: "Kind", sort: "kind" },
        Column { label: "Applications", sort: "" },
    ],
    filters: &[list::Filter {
        name: "kind",
        label: "Kind",
        options: &[("own", "Your own"), ("builtin", "Built in")],
    }],
};

/// A scope.
struct Row {
    href: String,
    scope: Scope,
    claims: String,
    applications: usize,
}

#[derive(Template)]
#[template(path = "admin/scopes/index.html")]
struct ScopesPage {
    shell: Shell,
    list: View,
    rows: Vec<Row>,
    can_change: bool,
}

/// `GET /admin/scopes`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let registry = app.registry();
    let kind = asked.filter(&KIND, "kind");
    let fits = |scope: &&Scope| kind.is_none_or(|kind| (kind == "builtin") == scope.builtin);
    let place = |scope: &&Scope, by: &str| {
        // Those of one's own come first.
        let kind = if by == "kind" { scope.builtin.to_string() } else { String::new() };
        (kind, scope.name.clone())
    };
    let texts = |scope: &&Scope| vec![scope.name.clone()];
    let held = Held::of(&KIND, &asked, registry.scopes().values().filter(fits), texts, place);
    if asked.as_csv() {
        let line = |scope: &Scope| {
            let claims = scope.claims.join(" ");
            vec![scope.name.clone(), scope.sentence.clone(), claims, scope.builtin.to_string()]
        };
        let heading = ["name", "sentence", "claims", "builtin"];
        return list::csv("scopes", &heading, held.all().map(line));
    }
    let (list, scopes) = held.page(&KIND, HERE, &asked);
    let (shell, jar) = console.shell(&app, HERE);
    let page = ScopesPage {
        shell,
        list,
        rows: scopes.into_iter().map(|scope| row(&registry, scope)).collect(),
        can_change: Administers::by_role(&console.staff).is_some(),
    };
    page::show(StatusCode::OK, jar, &page)
}

fn row(registry: &Snapshot, scope: &Scope) -> Row {
    let uses =
        |id: &ClientId| registry.scope_maps(id).iter().any(|map| map.scopes.contains(&scope.name));
    Row {
        href: path(&scope.name, ""),
        claims: scope.claims.join(", "),
        applications: registry.clients().iter().filter(|client| uses(&client.id)).count(),
        scope: scope.clone(),
    }
}
