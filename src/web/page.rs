//! Pages for people: what all of them carry, and the headers that keep them safe.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::language;
use super::words::{Language, Words};
use super::{assets, brand, cookies};
use crate::app::App;
use crate::domain::Client;

/// What every page needs.
pub struct Page {
    /// URL of the style sheet.
    pub style: String,
    /// URL of the icon.
    pub icon: String,
    /// URL of the script that sends a form_post.
    pub form_post_js: String,
    /// The token of this browser's forms.
    pub csrf: String,
    /// URL of the script that sees to logos that do not load.
    pub logo_js: String,
    /// URL of the script that goes on after a sign-out.
    pub logout_js: String,
    /// What we are called.
    pub brand: String,
    /// URL of the style sheet of our accent colour, where it is not the usual one.
    pub accent: Option<String>,
    /// URL of the logo that stands in place of our icon.
    pub logo: Option<String>,
    /// Whom to ask: where that leads, and what it says.
    pub support: Option<(String, String)>,
    /// Imprint, privacy policy, terms of use: where each leads, and what it says.
    pub legal: Vec<(String, String)>,
    /// Characters of a new password, at least.
    pub least_password: u32,
    /// The language of the page.
    pub language: Language,
    /// What it says in that language.
    pub words: &'static Words,
}

impl Page {
    /// For this browser; the jar may name it for the first time.
    pub fn new(app: &App, jar: CookieJar) -> (Page, CookieJar) {
        Page::speaking(app, jar, language::spoken(app))
    }

    /// The same in English, for pages that speak nothing else.
    pub fn in_english(app: &App, jar: CookieJar) -> (Page, CookieJar) {
        Page::speaking(app, jar, Language::En)
    }

    fn speaking(app: &App, jar: CookieJar, language: Language) -> (Page, CookieJar) {
        let (csrf, jar) = cookies::csrf_token(app, jar);
        let (settings, words) = (app.registry().settings(), language.words());
        let branding = &settings.branding;
        let page = Page {
            style: assets::url("style.css"),
            icon: assets::url("icon.svg"),
            form_post_js: assets::url("form_post.js"),
            logo_js: assets::url("logo.js"),
            logout_js: assets::url("logout.js"),
            csrf,
            brand: branding.name.clone(),
            accent: brand::style_sheet(branding.accent),
            logo: branding.logo.as_ref().map(brand::logo_url),
            support: branding.support.as_deref().map(brand::contact),
            legal: brand::legal_links(&settings.legal, words),
            least_password: settings.sign_in.least_password,
            language,
            words,
        };
        (page, jar)
    }
}

/// A client as pages show it.
pub struct ClientCard {
    /// Its name.
    pub name: String,
    /// Its logo.
    pub logo: Option<String>,
    /// What stands for a logo that does not load.
    pub initial: String,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// Where it is.
    pub home: Option<String>,
}

impl ClientCard {
    /// Of this client.
    pub fn of(client: &Client) -> ClientCard {
        let settings = &client.settings;
        ClientCard {
            name: client.name.clone(),
            logo: settings.logo_uri.clone(),
            initial: client.name.chars().next().unwrap_or('?').to_uppercase().to_string(),
            policy_uri: settings.policy_uri.clone(),
            tos_uri: settings.tos_uri.clone(),
            home: settings.launch_url.clone().or_else(|| settings.app_url.clone()),
        }
    }
}

/// Renders a page.
pub fn show(status: StatusCode, jar: CookieJar, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, jar, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Loads nothing from elsewhere but client logos, runs no inline script or style, is never framed.
/// No `form-action`: browsers apply it to the redirect that follows a form, which leads to the
/// client.
const POLICY: &str = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The origins that a page shows frames of; all others show none.
#[derive(Clone)]
pub struct Framed(pub BTreeSet<String>);

/// The same for answers that only redirect or post on.
pub async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect(&mut response);
    response
}

/// Adds the headers that every page carries.
pub fn protect(response: &mut Response) {
    const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
    let framed = response.extensions().get::<Framed>().filter(|framed| !framed.0.is_empty());
    let framing = framed.and_then(|Framed(origins)| {
        let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
        HeaderValue::try_from(format!("{POLICY}; frame-src {}", origins.join(" "))).ok()
    });
    let headers = response.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "same-origin");
    put(header::CACHE_CONTROL, "no-store");
    put(PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=()");
    if let Some(policy) = framing {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}
