//! Forgotten passwords: one question, and one answer for whatever is typed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::directory::recovery::Asked;
use crate::domain::Cause;
use crate::web::error::PageError;
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "signin/forgotten.html")]
struct ForgottenPage {
    page: Page,
    asked: bool,
}

/// The question, or the answer.
pub(super) fn show(app: &AppState, visitor: Visitor, asked: bool) -> Response {
    let (page, jar) = Page::new(app, visitor.jar);
    page::show(StatusCode::OK, jar, &ForgottenPage { page, asked })
}

/// Puts whoever asks in line: what comes of it is seen in the mail alone.
pub(super) fn ask(app: &AppState, visitor: Visitor, name: String) -> Response {
    let asked = Asked { name: name.trim().to_owned(), address: visitor.address };
    if !app.recoveries.put(asked) {
        return PageError::new(app, &visitor, Cause::Overloaded).into_response();
    }
    show(app, visitor, true)
}
