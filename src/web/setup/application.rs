//! Step 4: on to the first application, NetBox before all others, or to the console.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Step;
use crate::app::AppState;
use crate::directory::rights::Administers;
use crate::generator;
use crate::web::admin::console::Console;
use crate::web::page::{self, Page};

#[derive(Template)]
#[template(path = "setup/application.html")]
struct ApplicationPage {
    page: Page,
    steps: Vec<Step>,
    user_name: String,
    others: Vec<(&'static str, &'static str)>,
}

/// `GET /setup/application`
pub async fn get(app: AppState, console: Console<Administers>) -> Response {
    let (page, jar) = Page::new(&app, console.visitor.jar.clone());
    let known = generator::templates().iter().filter(|kind| kind.id != "netbox");
    let application = ApplicationPage {
        page,
        steps: Step::all(4),
        user_name: console.user.shown_name().to_owned(),
        others: known.map(|kind| (kind.id.as_str(), kind.name.as_str())).collect(),
    };
    page::show(StatusCode::OK, jar, &application)
}
