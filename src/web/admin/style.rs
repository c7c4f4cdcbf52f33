//! Everything the console is built from, on one page; in development builds alone.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::console::Console;
use super::list::{self, Asked, Column, Kind};
use super::shell::{Shell, Tab};
use super::when::When;
use crate::app::AppState;
use crate::directory::rights::Enters;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

const KIND: Kind = Kind {
    path: "/admin/style",
    noun: ("sample", "samples"),
    search: "Name",
    columns: &[Column { label: "Name", sort: "name" }, Column { label: "State", sort: "" }],
    filters: &[list::Filter {
        name: "state",
        label: "State",
        options: &[("open", "Open"), ("disabled", "Disabled")],
    }],
};

#[derive(Template)]
#[template(path = "admin/style.html")]
struct StylePage {
    shell: Shell,
    list: list::View,
    tabs: Vec<Tab>,
    errors: Vec<FieldError>,
    none: Vec<FieldError>,
    when: When,
    roles: Vec<(&'static str, &'static str, bool)>,
}

/// `GET /admin/style`
pub async fn get(
    app: AppState,
    console: Console<Enters>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let (mut shell, jar) = console.shell(&app, "");
    shell.toast.get_or_insert_with(|| "Saved alice. This is a toast.".to_owned());
    let style = StylePage {
        shell,
        list: list::view(&KIND, &asked, 2, None),
        tabs: Tab::all("/admin/style", &[("First", ""), ("Second", "?tab=2")], ""),
        errors: vec![FieldError::new("email", "This is not an e-mail address.")],
        none: Vec::new(),
        when: When::of(app.clock.now() + -7300, app.clock.now()),
        roles: vec![("a", "Administrator", false), ("b", "Auditor", true)],
    };
    page::show(StatusCode::OK, jar, &style)
}
