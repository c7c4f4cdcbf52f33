//! Settings, Server: what file, environment and flags say, to be looked at.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::SeesAll;
use crate::web::admin::console::Console;
use crate::web::admin::shell::{Shell, Tab};
use crate::web::page;

/// A key, its value and where that comes from.
struct Row {
    key: &'static str,
    value: String,
    origin: String,
    change: String,
}

#[derive(Template)]
#[template(path = "admin/settings/server.html")]
struct ServerPage {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    warnings: Vec<String>,
    file: Option<String>,
}

/// `GET /admin/settings/server`
pub async fn get(app: AppState, console: Console<SeesAll>) -> Response {
    let stored = app.registry().settings().for_file();
    let rows = app.config.settings_over(&stored).into_iter().map(|setting| Row {
        change: match (setting.origin.to_string().as_str(), setting.key) {
            ("database", "public_url") => "Address".to_owned(),
            ("database", _) => "Sign-in policy".to_owned(),
            _ => setting.key.to_uppercase().replace('.', "__"),
        },
        key: setting.key,
        value: setting.value.unwrap_or_else(|| "Not set".into()),
        origin: setting.origin.to_string(),
    });
    let (shell, jar) = console.shell(&app, HERE);
    let page = ServerPage {
        shell,
        tabs: super::tabs("/admin/settings/server", &console.staff),
        rows: rows.collect(),
        warnings: app.config.warnings(),
        file: app.config.file.as_ref().map(|file| file.display().to_string()),
    };
    page::show(StatusCode::OK, jar, &page)
}
