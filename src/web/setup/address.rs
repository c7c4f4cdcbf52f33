//! Step 1: the address under which people and applications reach Keystead. Proposed from how the
//! browser came, proven by a request of the server to itself, and never a dead end: the address may
//! stay as it is, or be used although the proof failed, and the command line mends it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::proof::prove;
use super::seen::Seen;
use super::{Step, refused};
use crate::app::AppState;
use crate::config::PublicUrl;
use crate::directory::{links, public_url};
use crate::domain::LinkPurpose;
use crate::generator::Proxy;
use crate::store;
use crate::web::cookies;
use crate::web::error::PageError;
use crate::web::extract::PageForm;
use crate::web::page::{self, Page};
use crate::web::visitor::Visitor;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    csrf: String,
    token: String,
    public_url: String,
    action: String,
}

#[derive(Template)]
#[template(path = "setup/address.html")]
struct AddressPage {
    page: Page,
    steps: Vec<Step>,
    token: String,
    /// What is in the field.
    typed: String,
    current: String,
    /// Where a fixed public URL was set.
    fixed: Option<String>,
    error: Option<String>,
    /// What was tried in vain and may be used all the same.
    unproven: bool,
    proven: bool,
    cookies_lost: Option<String>,
    seen: Seen,
    peer: String,
    proxies: Vec<(&'static str, String)>,
    warning: Option<String>,
}

/// What came of trying.
#[derive(Default)]
struct Tried {
    error: Option<String>,
    unproven: bool,
    proven: bool,
}

/// Whether the link opens this page before the administrator's.
pub(super) async fn comes_first(app: &AppState, seen: &Seen) -> store::Result<bool> {
    if app.config.public_url_is_fixed() {
        return Ok(false);
    }
    if loses_cookies(app, seen) {
        return Ok(true);
    }
    let Some(url) = &seen.url else { return Ok(false) };
    let same = *url == app.config.public_url && seen.if_trusted.is_none();
    let here = url.is_loopback() && seen.told.is_empty();
    Ok(!same && !here && !public_url::is_decided(app).await.unwrap_or_default())
}

/// Whether browsers would not send our cookies back, since they came unencrypted.
fn loses_cookies(app: &AppState, seen: &Seen) -> bool {
    let config = &app.config;
    let in_the_clear = seen.url.as_ref().is_some_and(|url| !url.is_https());
    config.public_url.is_https() && in_the_clear && seen.told.is_empty()
}

/// The page as the link opens it.
pub(super) fn show(app: &AppState, visitor: Visitor, seen: Seen, token: String) -> Response {
    let url = seen.url.as_ref().map(ToString::to_string);
    let decided = *app.config.public_url_origin() == crate::config::Origin::Database;
    let typed = url.filter(|_| !decided).unwrap_or_else(|| app.config.public_url.to_string());
    page(app, visitor, seen, (token, typed, Tried::default()))
}

fn page(
    app: &AppState,
    visitor: Visitor,
    seen: Seen,
    (token, typed, tried): (String, String, Tried),
) -> Response {
    let (page, jar) = Page::new(app, visitor.jar);
    let status = if tried.unproven || tried.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let config = &app.config;
    let url = PublicUrl::read(&typed).unwrap_or_else(|_| config.public_url.clone());
    let proxied = url.is_https() && config.tls.is_none();
    let lines = |proxy: Proxy| Some((proxy.title(), proxy.lines(url.as_str(), config.listen)?));
    let told = !seen.told.is_empty();
    let peer = seen.peer.filter(|_| told).map_or("127.0.0.1".to_owned(), |ip| ip.to_string());
    let cookies_lost =
        loses_cookies(app, &seen).then(|| config.public_url.join(&format!("/setup?token={token}")));
    let address = AddressPage {
        page,
        steps: Step::all(1),
        token,
        typed,
        current: config.public_url.to_string(),
        fixed: config.public_url_is_fixed().then(|| config.public_url_origin().to_string()),
        error: tried.error,
        unproven: tried.unproven,
        proven: tried.proven,
        cookies_lost,
        peer,
        proxies: Proxy::ALL.into_iter().filter(|_| proxied).filter_map(lines).collect(),
        warning: (!url.is_https() && !url.is_loopback()).then(|| {
            format!("{url} is not encrypted: whoever is on the way reads every password and token.")
        }),
        seen,
    };
    page::show(status, jar, &address)
}

/// `POST /setup/address`
pub async fn post(
    app: AppState,
    visitor: Visitor,
    seen: Seen,
    PageForm(form): PageForm<Filled>,
) -> Response {
    // Where cookies do not come back, the token alone is the proof: nobody else has it.
    if !loses_cookies(&app, &seen)
        && let Err(cause) = cookies::check_csrf(&app, &visitor, &form.csrf)
    {
        return PageError::new(&app, &visitor, cause).into_response();
    }
    if let Err(error) = links::look(&app, &form.token, LinkPurpose::Setup).await {
        return refused(&app, &visitor, error);
    }
    let next = format!("/setup?token={}&step=administrator", form.token);
    if form.action == "keep" {
        return match public_url::leave_at_setup(&app, &form.token).await {
            Ok(()) => Redirect::to(&next).into_response(),
            Err(error) => refused(&app, &visitor, error),
        };
    }
    let fixed = app.config.public_url_is_fixed();
    let typed = if fixed { app.config.public_url.to_string() } else { form.public_url };
    let url = match PublicUrl::read(&typed) {
        Ok(url) => url,
        Err(problem) => {
            let error = Some(format!("This {problem}."));
            let tried = Tried { error, ..Tried::default() };
            return page(&app, visitor, seen, (form.token, typed, tried));
        }
    };
    let all_the_same = form.action == "use" && !fixed;
    if !all_the_same && let Err(error) = prove(&app, &url).await {
        let tried = Tried { error: Some(error), unproven: true, proven: false };
        return page(&app, visitor, seen, (form.token, typed, tried));
    }
    if fixed {
        let tried = Tried { proven: true, ..Tried::default() };
        return page(&app, visitor, seen, (form.token, typed, tried));
    }
    match public_url::keep_at_setup(&app, &form.token, url.as_str()).await {
        // Here the browser surely gets on; there, only if the proof is right.
        Ok(_) if all_the_same => Redirect::to(&next).into_response(),
        Ok(url) => Redirect::to(&url.join(&next)).into_response(),
        Err(error) => refused(&app, &visitor, error),
    }
}
