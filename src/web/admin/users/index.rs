//! The list of users.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::domain::{Role, Timestamp, User};
use crate::store;
use crate::store::user_list::{self, Filter, Listed, Sort};
use crate::web::admin::console::Console;
use crate::web::admin::list::{self, Asked, COUNTED, Column, EXPORTED, Kind, ROWS};
use crate::web::admin::shell::Shell;
use crate::web::admin::when::When;
use crate::web::error::PageError;
use crate::web::extract::PageQuery;
use crate::web::page;

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
        Column { label: "Created", sort: "created" },
    ],
    filters: &[
        list::Filter {
            name: "state",
            label: "State",
            options: &[("open", "Open"), ("disabled", "Disabled")],
        },
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
    ],
};

/// A line of the list.
struct Row {
    user: User,
    role: Option<&'static str>,
    created: When,
}

#[derive(Template)]
#[template(path = "admin/users/index.html")]
struct UsersPage {
    shell: Shell,
    list: list::View,
    rows: Vec<Row>,
    can_create: bool,
}

/// `GET /admin/users`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = match asked.as_csv() {
        true => export(&app, &asked).await,
        false => show(&app, &console, &asked).await,
    };
    found.unwrap_or_else(|error| PageError::broken(&app, &console.visitor, error).into_response())
}

async fn show(
    app: &AppState,
    console: &Console<SeesPeople>,
    asked: &Asked,
) -> store::Result<Response> {
    let (filter, after) = (filter(asked), asked.after());
    let mut conn = app.db.read().await?.apart();
    let by = sort(asked);
    let mut rows = user_list::page(&mut conn, &filter, by, after.as_ref(), ROWS + 1).await?;
    let counted = user_list::count(&mut conn, &filter, COUNTED).await?;
    drop(conn);
    let next = list::cut(&mut rows, |row: &Listed| row.place.clone());
    let now = app.clock.now();
    let (shell, jar) = console.shell(app, HERE);
    let users = UsersPage {
        shell,
        list: list::view(&KIND, asked, counted, next.as_ref()),
        rows: rows.into_iter().map(|listed| row(listed.user, now)).collect(),
        can_create: ManagesPeople::by_role(&console.staff).is_some(),
    };
    Ok(page::show(StatusCode::OK, jar, &users))
}

fn row(user: User, now: Timestamp) -> Row {
    Row { role: user.role.map(Role::title), created: When::of(user.created_at, now), user }
}

fn filter(asked: &Asked) -> Filter {
    Filter {
        search: asked.search(),
        role: asked.filter(&KIND, "role").and_then(Role::parse),
        disabled: asked.filter(&KIND, "state").map(|state| state == "disabled"),
    }
}

fn sort(asked: &Asked) -> (Sort, store::page::Order) {
    let (by, order) = asked.sort(&KIND);
    (if by == "created" { Sort::Created } else { Sort::Username }, order)
}

async fn export(app: &AppState, asked: &Asked) -> store::Result<Response> {
    let filter = filter(asked);
    let mut all: Vec<Listed> = Vec::new();
    loop {
        let mut conn = app.db.read().await?.apart();
        let after = all.last().map(|listed| listed.place.clone());
        let page =
            user_list::page(&mut conn, &filter, sort(asked), after.as_ref(), EXPORTED).await?;
        let last = (page.len() as i64) < EXPORTED;
        all.extend(page);
        if last {
            break;
        }
    }
    let heading = ["username", "name", "email", "role", "disabled", "created"];
    let rows = all.into_iter().map(|Listed { user, .. }| {
        vec![
            user.username.to_string(),
            user.display_name.unwrap_or_default(),
            user.email.unwrap_or_default(),
            user.role.map(Role::as_str).unwrap_or_default().to_owned(),
            user.disabled_at.map(Timestamp::rfc3339).unwrap_or_default(),
            user.created_at.rfc3339(),
        ]
    });
    Ok(list::csv("users", &heading, rows))
}
