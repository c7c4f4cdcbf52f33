//! One group: who was put into it, who follows from nesting, and what it is inside.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use super::change::{self, What};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::groups::{self, Around};
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::{Result, members};
use crate::store::user_list::Filter;
use crate::web::admin::chosen::Chosen;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::list::{Asked, Column, Kind, View};
use crate::web::admin::people::{self, Row, STATE};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("person put into it", "people put into it"),
    search: "Username, e-mail address or name",
    columns: &[
        Column { label: "Username", sort: "username" },
        Column { label: "Name", sort: "" },
        Column { label: "E-mail address", sort: "" },
        Column { label: "State", sort: "" },
        Column { label: "Created", sort: "created" },
    ],
    filters: &[STATE],
};

#[derive(Template)]
#[template(path = "admin/groups/detail.html")]
struct DetailPage {
    shell: Shell,
    around: Around,
    base: String,
    can_change: bool,
    boxes: bool,
    list: View,
    rows: Vec<Row>,
    errors: Vec<FieldError>,
    /// As typed: a person, a group, several people.
    user: String,
    group: String,
    people: String,
    command: String,
}

/// `GET /admin/groups/{id}`
pub async fn get(
    app: AppState,
    console: Console<SeesAll>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = show(&app, &console, (&id, &asked), (&Chosen::default(), None)).await;
    shown.unwrap_or_else(|error| console.refused(&app, error))
}

async fn show<R>(
    app: &AppState,
    console: &Console<R>,
    (id, asked): (&str, &Asked),
    (form, error): (&Chosen, Option<FieldError>),
) -> Result<Response> {
    let around = groups::around(app, id).await?;
    let filter =
        Filter { group: members::of(app, &around.group).await?, ..people::filter(&KIND, asked) };
    if asked.as_csv() {
        return people::file(app, (&KIND, "members"), asked, filter).await;
    }
    let base = format!("{HERE}/{}", around.group.id);
    let (list, rows) = people::shown(app, (&KIND, &base), asked, &filter).await?;
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let administers = Administers::by_role(&console.staff).is_some();
    let can_change = administers && !around.builtin;
    let detail = DetailPage {
        shell,
        base,
        can_change,
        boxes: can_change && console.fresh,
        list,
        rows,
        errors: error.into_iter().collect(),
        user: form.field("user").to_owned(),
        group: form.field("group").to_owned(),
        people: form.field("people").to_owned(),
        command: Command::new("group add-member").arg(&around.group.name).bare("USER").to_string(),
        around,
    };
    Ok(page::show(status, jar, &detail))
}

/// `POST /admin/groups/{id}`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<Administers, Chosen>,
) -> Response {
    let changed = async {
        match change::what(&form) {
            What::Chosen => change::remove_chosen(&app, &console, &id, &form).await,
            What::Named { field, members, adds } => {
                match change::named(&app, &console, &id, (&members, adds)).await? {
                    Ok(response) => Ok(response),
                    Err(message) => {
                        let error = Some(FieldError::new(field, message));
                        show(&app, &console, (&id, &Asked::default()), (&form, error)).await
                    }
                }
            }
        }
    };
    changed.await.unwrap_or_else(|error| console.refused(&app, error))
}
