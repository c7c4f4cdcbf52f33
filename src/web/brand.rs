//! What makes the pages somebody's own: their colour, their logo, and what the law wants them to say.

use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::page::{self, Page};
use super::visitor::Visitor;
use super::words::Words;
use crate::app::AppState;
use crate::domain::Cause;
use crate::domain::settings::{Accent, Legal, Logo, is_address};

/// Browsers keep what is named by what is in it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Shades are made anew by a newer Keystead.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// URL of the style sheet of a colour; `None` for our own, whose shades every page has.
pub fn style_sheet(accent: Accent) -> Option<String> {
    (accent != Accent::default()).then(|| format!("/brand/{}.css?v={VERSION}", accent.digits()))
}

/// URL of the style sheet that shows a colour on a preview alone.
pub fn preview_sheet(accent: Accent) -> String {
    format!("/brand/preview-{}.css?v={VERSION}", accent.digits())
}

/// URL of the logo.
pub fn logo_url(logo: &Logo) -> String {
    format!("/brand/logo/{}", logo.hash())
}

/// Where a contact leads, and what it says.
pub fn contact(contact: &str) -> (String, String) {
    if contact.contains("://") {
        let bare = contact.split_once("://").map_or(contact, |(_, rest)| rest);
        (contact.to_owned(), bare.trim_end_matches('/').to_owned())
    } else {
        (format!("mailto:{contact}"), contact.to_owned())
    }
}

/// Links to what the law wants said: addresses elsewhere, or pages of our own.
pub fn legal_links(legal: &Legal, words: &Words) -> Vec<(String, String)> {
    let frame = &words.frame;
    let all = [
        ("imprint", &legal.imprint, &frame.imprint),
        ("privacy", &legal.privacy, &frame.privacy),
        ("terms", &legal.terms, &frame.terms),
    ];
    let link = |(name, said, title): (&str, &Option<String>, &super::words::Phrase)| {
        let said = said.as_deref()?;
        let elsewhere = is_address(said).then(|| said.to_owned());
        Some((elsewhere.unwrap_or_else(|| format!("/legal/{name}")), title.to_string()))
    };
    all.into_iter().filter_map(link).collect()
}

/// `GET /brand/14655a.css`: the shades of any colour, or on a preview alone, `preview-14655a.css`.
pub async fn accent(Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".css").unwrap_or_default();
    let (selector, digits) = match name.strip_prefix("preview-") {
        Some(digits) => (".brand-preview", digits),
        None => (":root", name),
    };
    match Accent::parse(digits).filter(|accent| accent.digits() == digits) {
        Some(accent) => {
            let headers = [
                (header::CONTENT_TYPE, "text/css; charset=utf-8"),
                (header::CACHE_CONTROL, FOR_EVER),
            ];
            (headers, accent.style_sheet(selector)).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /brand/logo/...`
pub async fn logo(app: AppState, Path(hash): Path<String>) -> Response {
    let settings = app.registry().settings();
    match settings.branding.logo.as_ref().filter(|logo| logo.hash() == hash) {
        Some(logo) => {
            let headers = [
                (header::CONTENT_TYPE, logo.media()),
                (header::CACHE_CONTROL, FOR_EVER),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
            ];
            (headers, logo.bytes().to_vec()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Template)]
#[template(path = "signin/legal.html")]
struct LegalPage {
    page: Page,
    title: String,
    paragraphs: Vec<String>,
}

/// `GET /legal/imprint`, `privacy` or `terms`, where the text itself was set.
pub async fn legal(app: AppState, visitor: Visitor, Path(name): Path<String>) -> Response {
    let settings = app.registry().settings();
    let (page, jar) = Page::new(&app, visitor.jar.clone());
    let (legal, frame) = (&settings.legal, &page.words.frame);
    let found = match name.as_str() {
        "imprint" => Some((&legal.imprint, &frame.imprint)),
        "privacy" => Some((&legal.privacy, &frame.privacy)),
        "terms" => Some((&legal.terms, &frame.terms)),
        _ => None,
    };
    let text = found.and_then(|(said, title)| Some((said.as_deref()?, title)));
    match text.filter(|(said, _)| !is_address(said)) {
        Some((said, title)) => {
            let paragraphs = said.split("\n\n").map(|text| text.trim().to_owned()).collect();
            let shown = LegalPage { title: title.to_string(), paragraphs, page };
            page::show(StatusCode::OK, jar, &shown)
        }
        None => PageError::new(&app, &visitor, Cause::NotFound).into_response(),
    }
}
