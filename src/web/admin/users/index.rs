//! The list of users.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use super::several;
use crate::app::AppState;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::{DirectoryError, Result, find, members};
use crate::store::user_list::Filter;
use crate::web::admin::console::{Console, sentence};
use crate::web::admin::list::{self, Asked, Column, Kind};
use crate::web::admin::people::{self, Row, STATE};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;
use crate::web::signin::form::FieldError;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("user", "users"),
    search: "Username, e-mail address or name",
    columns: &[
        Column { label: "Username", sort: "username" },
        Column { label: "Name", sort: "" },
        Column { label: "E-mail address", sort: "" },
        Column { label: "Role", sort: "" },
        Column { label: "State", sort: "" },
        Column { label: "Groups", sort: "" },
        Column { label: "Sessions", sort: "" },
        Column { label: "Created", sort: "created" },
    ],
    filters: &[
        STATE,
        list::Filter {
            name: "role",
            label: "Role",
            options: &[
                ("administrator", "Administrator"),
                ("auditor", "Auditor"),
                ("helpdesk", "Help desk"),
                ("application_owner", "Application owner"),
            ],
        },
        list::Filter { name: "group", label: "Put into the group", options: &[] },
    ],
};

#[derive(Template)]
#[template(path = "admin/users/index.html")]
struct UsersPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    errors: Vec<FieldError>,
    can_create: bool,
    stale: bool,
    actions: Vec<several::Action>,
}

/// `GET /admin/users`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let shown = async {
        let mut filter = people::filter(&KIND, &asked);
        let error = match asked.filter(&KIND, "group") {
            Some(name) => in_group(&app, name, &mut filter).await?,
            None => None,
        };
        match error {
            None if asked.as_csv() => people::file(&app, (&KIND, "users"), &asked, filter).await,
            error => show(&app, &console, (&asked, filter), error).await,
        }
    };
    shown.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// Those of the group with this name alone.
async fn in_group(app: &AppState, name: &str, filter: &mut Filter) -> Result<Option<FieldError>> {
    let found = find::group(&mut app.db.read().await?, name).await;
    match found {
        Ok(group) => {
            filter.group = members::of(app, &group).await?;
            Ok(None)
        }
        Err(error @ DirectoryError::NotFound { .. }) => {
            Ok(Some(FieldError::new("filter-group", sentence(&error))))
        }
        Err(error) => Err(error),
    }
}

async fn show(
    app: &AppState,
    console: &Console<SeesPeople>,
    (asked, filter): (&Asked, Filter),
    error: Option<FieldError>,
) -> Result<Response> {
    let (list, rows) = match &error {
        None => people::shown(app, (&KIND, HERE), asked, &filter).await?,
        Some(_) => (list::view(&KIND, asked, 0, None), Vec::new()),
    };
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, jar) = console.shell(app, HERE);
    let manages = ManagesPeople::by_role(&console.staff).is_some();
    let users = UsersPage {
        shell,
        list,
        rows,
        errors: error.into_iter().collect(),
        can_create: manages,
        stale: manages && !console.fresh,
        actions: several::actions(console),
    };
    Ok(page::show(status, jar, &users))
}
