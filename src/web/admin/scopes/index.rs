//! The list of scopes.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{HERE, path};
use crate::app::AppState;
use crate::directory::rights::{Administers, SeesAll};
use crate::domain::Scope;
use crate::web::admin::console::Console;
use crate::web::admin::shell::Shell;
use crate::web::page;

/// A scope.
struct Row {
    href: String,
    scope: Scope,
    claims: String,
}

#[derive(Template)]
#[template(path = "admin/scopes/index.html")]
struct ScopesPage {
    shell: Shell,
    rows: Vec<Row>,
    can_change: bool,
}

/// `GET /admin/scopes`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    let registry = app.registry();
    let mut rows: Vec<Row> = registry.scopes().values().map(row).collect();
    rows.sort_by(|a, b| (a.scope.builtin, &a.scope.name).cmp(&(b.scope.builtin, &b.scope.name)));
    let (shell, jar) = console.shell(&app, HERE);
    let can_change = Administers::by_role(&console.staff).is_some();
    page::show(StatusCode::OK, jar, &ScopesPage { shell, rows, can_change })
}

fn row(scope: &Scope) -> Row {
    Row { href: path(&scope.name, ""), claims: scope.claims.join(", "), scope: scope.clone() }
}
