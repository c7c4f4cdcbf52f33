//! `/api`: the API on one page, for people.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::operation::Operation;
use super::{operations, problem};
use crate::app::AppState;
use crate::web::assets;
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "api/index.html")]
struct ApiPage {
    page: Page,
    style: String,
    base: String,
    nouns: Vec<Noun>,
    problems: &'static [(&'static str, u16, &'static str)],
}

struct Noun {
    name: &'static str,
    operations: Vec<Line>,
}

struct Line {
    method: String,
    path: String,
    summary: &'static str,
    scope: &'static str,
}

/// `GET /api`
pub async fn get(app: AppState, visitor: Visitor) -> Response {
    let (page, jar) = Page::new(&app, visitor.jar);
    let base = app.config.public_url.join("/api/v1");
    let page = ApiPage {
        page,
        style: assets::url("api.css"),
        base,
        nouns: nouns(),
        problems: problem::CODES,
    };
    page::show(StatusCode::OK, jar, &page)
}

fn nouns() -> Vec<Noun> {
    let mut nouns: Vec<Noun> = Vec::new();
    for operation in operations() {
        let name = operation.tag();
        let line = line(&operation);
        match nouns.iter_mut().find(|noun| noun.name == name) {
            Some(noun) => noun.operations.push(line),
            None => nouns.push(Noun { name, operations: vec![line] }),
        }
    }
    nouns
}

fn line(operation: &Operation) -> Line {
    Line {
        method: operation.method.to_uppercase(),
        path: operation.path.to_owned(),
        summary: operation.summary,
        scope: operation.scope.as_str(),
    }
}
