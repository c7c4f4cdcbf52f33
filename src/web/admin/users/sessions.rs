//! Where a user is signed in, and ending it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::{ManagesPeople, SeesPeople};
use crate::directory::sessions;
use crate::domain::Selector;
use crate::store::sessions::Filter;
use crate::web::admin::chosen::Chosen;
use crate::web::admin::console::{Console, Posted};
use crate::web::admin::list::{Asked, Column, Kind, View};
use crate::web::admin::sessions::{self as lists, LASTS, Row};
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

const KIND: Kind = Kind {
    path: HERE,
    noun: ("session", "sessions"),
    search: "",
    columns: &[
        Column { label: "Browser", sort: "" },
        Column { label: "Address", sort: "" },
        Column { label: "Began", sort: "age" },
        Column { label: "Last used", sort: "" },
    ],
    filters: &[LASTS],
};

#[derive(Template)]
#[template(path = "admin/users/sessions.html")]
struct SessionsPage {
    shell: Shell,
    frame: Frame,
    list: View,
    rows: Vec<Row>,
    boxes: bool,
    command: String,
}

/// `GET /admin/users/{id}/sessions`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let filter = Filter {
            user: Some(user.id.clone()),
            search: None,
            ..lists::filter(&app, &KIND, &asked)
        };
        if asked.as_csv() {
            return lists::file(&app, &KIND, &asked, filter).await;
        }
        let at = path(&user, "/sessions");
        let (list, rows) = lists::shown(&app, (&KIND, &at), &asked, &filter).await?;
        let (shell, jar) = console.shell(&app, HERE);
        let frame = Frame::new(&console, &user, "/sessions");
        let boxes = frame.can_change && frame.fresh;
        let command = Command::new("user end-sessions").arg(user.username.as_str()).to_string();
        let page = SessionsPage { shell, frame, list, rows, boxes, command };
        Ok(page::show(StatusCode::OK, jar, &page))
    };
    found.await.unwrap_or_else(|error| console.refused(&app, error))
}

/// `POST /admin/users/{id}/sessions`
pub async fn post(
    app: AppState,
    Path(id): Path<String>,
    Posted { console, form }: Posted<ManagesPeople, Chosen>,
) -> Response {
    let actor = console.right.actor();
    let done = async {
        match (form.action(), form.field("session").parse().map(Selector)) {
            ("end", Ok(session)) => {
                let user = sessions::end(&app, &actor, &id, session).await?;
                Ok(console.done(&app, &path(&user, "/sessions"), "Ended the session."))
            }
            ("end-all", _) => {
                let (user, n) = sessions::end_all(&app, &actor, &id).await?;
                let told = format!("{n} sessions of {} ended.", user.username);
                Ok(console.done(&app, &path(&user, "/sessions"), &told))
            }
            _ => {
                let user = load(&app, &id).await?;
                lists::several(&app, &console, &form, &path(&user, "/sessions")).await
            }
        }
    };
    done.await.unwrap_or_else(|error| console.refused(&app, error))
}
