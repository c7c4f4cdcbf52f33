//! `/api/v1/settings`: what administrators change while servers run.

use axum::http::StatusCode;
use axum::response::Response;

use super::caller::{By, Read, WriteSettings};
use super::message::{Document, MustMatch, tagged};
use super::problem::Problem;
use crate::app::AppState;
use crate::directory::forms::{Node, Problem as FormProblem, SettingsForm};
use crate::directory::rights::{Administers, SeesAll};
use crate::directory::settings::{self, Seen, Wish, Wishes};
use crate::domain::Secret;
use crate::domain::settings::{SECTIONS, Settings, known};

/// `GET /settings`
pub async fn get(app: AppState, _: By<Read, SeesAll>) -> Response {
    shown(&app.registry().settings())
}

/// `PATCH /settings`
pub async fn update(
    app: AppState,
    by: By<WriteSettings, Administers>,
    MustMatch(revisions): MustMatch,
    body: Document,
) -> Result<Response, Problem> {
    let form = body.read(|node, problems| SettingsForm::read(node, problems, secret))?;
    let mut wishes: Wishes = Vec::new();
    for (known, value) in form.values {
        wishes.push((known, Wish::Value(value)));
    }
    if let (Some(password), Some(known)) = (form.password, known("mail.password")) {
        let wish = password.map_or(Wish::Value(serde_json::Value::Null), Wish::Secret);
        wishes.push((known, wish));
    }
    let seen = revisions.revisions().map(|revisions| Seen { sections: SECTIONS, revisions });
    let done = settings::update(&app, &by.actor(), &wishes, seen).await?;
    Ok(shown(&done.value))
}

fn secret(node: Node<'_>, problems: &mut Vec<FormProblem>) -> Option<Secret> {
    match node.value().as_str() {
        Some(text) => Some(Secret::sent(text)),
        None => {
            node.problem(problems, "write a text, in quotes");
            None
        }
    }
}

fn shown(settings: &Settings) -> Response {
    // Of what is stored, the sealed password included: another one is another revision.
    let mut response = tagged(StatusCode::OK, &settings::document(settings));
    let tag = format!("\"{}\"", settings::revision(settings, SECTIONS).as_str());
    if let Ok(tag) = axum::http::HeaderValue::from_str(&tag) {
        response.headers_mut().insert(axum::http::header::ETAG, tag);
    }
    response
}
