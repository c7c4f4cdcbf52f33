//! What a user did, and what was done to them.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::HERE;
use super::frame::{Frame, load, path};
use crate::app::AppState;
use crate::directory::command::Command;
use crate::directory::rights::SeesPeople;
use crate::web::admin::console::Console;
use crate::web::admin::events::{self, OF_USER, Shown};
use crate::web::admin::list::Asked;
use crate::web::admin::shell::Shell;
use crate::web::extract::PageQuery;
use crate::web::page;

#[derive(Template)]
#[template(path = "admin/users/events.html")]
struct EventsPage {
    shell: Shell,
    frame: Frame,
    shown: Shown,
    command: String,
}

/// `GET /admin/users/{id}/events`
pub async fn get(
    app: AppState,
    console: Console<SeesPeople>,
    Path(id): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Response {
    let found = async {
        let user = load(&app, &id).await?;
        let filter = events::filter(&app, &OF_USER, &asked).await?;
        let filter = filter
            .map(|filter| crate::store::events::Filter { user: Some(user.id.clone()), ..filter });
        if let (Ok(filter), true) = (&filter, asked.as_csv()) {
            return events::file(&app, &OF_USER, &asked, filter.clone()).await;
        }
        let at = path(&user, "/events");
        let shown = events::shown(&app, (&OF_USER, &at), &asked, filter).await?;
        let (shell, jar) = console.shell(&app, HERE);
        let page = EventsPage {
            shell,
            frame: Frame::new(&console, &user, "/events"),
            command: Command::new("event list").flag("user", user.username.as_str()).to_string(),
            shown,
        };
        Ok(page::show(page.shown.status(), jar, &page))
    };
    found.await.unwrap_or_else(|error| console.refused(&app, error))
}
