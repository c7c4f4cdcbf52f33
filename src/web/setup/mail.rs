//! Step 3: the mail server, with a test message. It may be skipped.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Step;
use crate::app::AppState;
use crate::directory::rights::Administers;
use crate::web::admin::console::{Console, Editing, Posted};
use crate::web::mailing::{MailForm, Outcome, has_password};
use crate::web::page::{self, Page};

#[derive(Template)]
#[template(path = "setup/mail.html")]
struct MailPage {
    page: Page,
    steps: Vec<Step>,
    user_name: String,
    form: MailForm,
    outcome: Outcome,
    has_password: bool,
    protections: Vec<(&'static str, &'static str, bool)>,
}

/// `GET /setup/mail`
pub async fn get(app: AppState, Editing(console): Editing<Administers>) -> Response {
    let form = MailForm::stored(&app, &console);
    show(&app, &console, form, Outcome::default())
}

fn show(
    app: &AppState,
    console: &Console<Administers>,
    form: MailForm,
    outcome: Outcome,
) -> Response {
    let (page, jar) = Page::new(app, console.visitor.jar.clone());
    let fine = outcome.errors.is_empty();
    let mail = MailPage {
        page,
        steps: Step::all(3),
        user_name: console.user.shown_name().to_owned(),
        protections: form.protections(),
        form,
        outcome,
        has_password: has_password(&app.registry().settings()),
    };
    page::show(if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, jar, &mail)
}

/// `POST /setup/mail`
pub async fn post(
    app: AppState,
    Posted { console, form }: Posted<Administers, MailForm>,
) -> Response {
    match form.take(&app, &console).await {
        Ok(outcome) if outcome.errors.is_empty() && form.action != "test" => {
            Redirect::to("/setup/application").into_response()
        }
        Ok(outcome) => show(&app, &console, form, outcome),
        Err(error) => console.refused(&app, error),
    }
}
