//! One group: who was put into it, who follows from nesting, and what it is inside.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::HERE;
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::groups::{self, Around};
use crate::directory::members::{self, Members};
use crate::directory::rights::{Administers, SeesAll};
use crate::web::admin::console::{Console, Posted, sentence};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

/// Where the page of members begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    user: String,
    group: String,
    action: String,
}

#[derive(Template)]
#[template(path = "admin/groups/detail.html")]
struct DetailPage {
    shell: Shell,
    around: Around,
    base: String,
    can_change: bool,
    errors: Vec<FieldError>,
    filled: Filled,
    after: String,
    next: Option<String>,
    command: String,
}

/// `GET /admin/groups/{id}`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    show(&app, &console, (&id, asked.after), (Filled::default(), Vec::new())).await
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    (id, after): (&str, String),
    (filled, errors): (Filled, Vec<FieldError>),
) -> Response {
    let around = match groups::around(app, id, &after).await {
        Ok(around) => around,
        Err(error) => return console.refused(app, error),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let administers = Administers::by_role(&console.staff).is_some();
    let detail = DetailPage {
        shell,
        base: format!("{HERE}/{}", around.group.id),
        can_change: administers && !around.builtin,
        errors,
        filled,
        after,
        next: around.next.clone(),
        command: Command::new("group add-member").arg(&around.group.name).bare("USER").to_string(),
        around,
    };
    page::show(status, jar, &detail)
}

/// `POST /admin/groups/{id}`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Filled>,
) -> Response {
    let actor = console.right.actor();
    let named = |name: &str| Vec::from_iter((!name.is_empty()).then(|| name.to_owned()));
    let who = Members { users: named(form.user.trim()), groups: named(form.group.trim()) };
    let name = [form.user.trim(), form.group.trim()].concat();
    let (done, verb) = match form.action.as_str() {
        "remove" => (members::remove(&app, &actor, &id, &who).await, "Removed"),
        _ => (members::add(&app, &actor, &id, &who).await, "Added"),
    };
    match done {
        Ok(done) => {
            let told = if done.changed { format!("{verb} {name}.") } else { done.notes.join(" ") };
            console.done(&app, &format!("{HERE}/{}", done.value.id), &told)
        }
        Err(error) if matches!(error.code(), "not_found" | "group_cycle") => {
            let field = if form.group.is_empty() { "user" } else { "group" };
            let error = FieldError::new(field, sentence(&error));
            show(&app, &console, (&id, String::new()), (form, vec![error])).await
        }
        Err(error) => console.refused(&app, error),
    }
}
