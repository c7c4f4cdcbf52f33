//! Our cookies: the session, the name of the browser that forms and throttling rest on, and what
//! the console says next.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use super::visitor::Visitor;
use crate::app::App;
use crate::domain::{Cause, DAY, Session, Token, User};
use crate::seal::Purpose;
use crate::signin::known_browser::{self, Shown};

const YEAR: i64 = 365 * DAY;

/// The session cookie's name; with `__Host-` on https, so that no other host can set it.
pub fn session_name(app: &App) -> &'static str {
    if app.config.public_url.is_https() { "__Host-keystead" } else { "keystead" }
}

fn browser_name(app: &App) -> &'static str {
    if app.config.public_url.is_https() { "__Host-keystead-browser" } else { "keystead-browser" }
}

/// What the console says next.
pub fn toast_name(app: &App) -> &'static str {
    if app.config.public_url.is_https() { "__Host-keystead-toast" } else { "keystead-toast" }
}

fn known_name(app: &App) -> &'static str {
    if app.config.public_url.is_https() { "__Host-keystead-known" } else { "keystead-known" }
}

/// A cookie as all of ours are.
pub fn cookie(
    app: &App,
    name: &'static str,
    value: String,
    seconds: Option<i64>,
) -> Cookie<'static> {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(app.config.public_url.is_https())
        .same_site(SameSite::Lax)
        .build();
    if let Some(seconds) = seconds {
        cookie.set_max_age(time::Duration::seconds(seconds));
    }
    cookie
}

/// Hands a new session to the browser, which from now on is known to belong to this person.
pub fn with_session(
    app: &App,
    jar: CookieJar,
    (session, token): (&Session, &Token),
    user: &User,
) -> CookieJar {
    let life = session.remember.then(|| session.expires_at - session.created_at);
    let jar = jar.add(cookie(app, session_name(app), token.expose(), life));
    let jar = with_state(app, jar, session);
    let browser = jar.get(browser_name(app)).map(|c| c.value().to_owned()).unwrap_or_default();
    let known = known_browser::mark(app, user, &browser);
    jar.add(cookie(app, known_name(app), known, Some(YEAR)))
}

/// Takes the session from the browser.
pub fn without_session(app: &App, jar: CookieJar) -> CookieJar {
    let jar = jar.add(cookie(app, session_name(app), String::new(), Some(0)));
    match app.config.oidc.session_management {
        true => jar.add(readable(app, String::new(), Some(0))),
        false => jar,
    }
}

/// What a browser shows of its session to the frames of clients (OpenID Connect Session Management
/// 1.0, 3.2): it tells sessions apart, and opens nothing.
pub fn browser_state(app: &App, session: &Session) -> String {
    let code = app.sealer.mac(Purpose::BrowserState, session.sid.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(code)
}

/// Lets the frame of clients read that state, where there is one.
pub fn with_state(app: &App, jar: CookieJar, session: &Session) -> CookieJar {
    if !app.config.oidc.session_management {
        return jar;
    }
    let life = session.remember.then(|| session.expires_at - session.created_at);
    jar.add(readable(app, browser_state(app, session), life))
}

/// A cookie that our frame inside pages of other sites gets, and its script reads.
fn readable(app: &App, value: String, seconds: Option<i64>) -> Cookie<'static> {
    let https = app.config.public_url.is_https();
    let name = if https { "__Host-keystead-state" } else { "keystead-state" };
    let mut cookie = cookie(app, name, value, seconds);
    cookie.set_http_only(false);
    // Without https there is no other site that browsers would send it to.
    cookie.set_same_site(if https { SameSite::None } else { SameSite::Lax });
    cookie
}

/// What this browser shows of itself to the throttle.
pub fn shown(app: &App, jar: &CookieJar) -> Option<Shown> {
    let browser = jar.get(browser_name(app))?.value().to_owned();
    let mark = jar.get(known_name(app))?.value().to_owned();
    // A name of ours is that long; a longer one would only fill the database.
    (browser.len() == 43).then_some(Shown { browser, mark })
}

/// The token that forms of this browser carry, and the jar that names the browser.
pub fn csrf_token(app: &App, jar: CookieJar) -> (String, CookieJar) {
    match jar.get(browser_name(app)).map(|cookie| cookie.value().to_owned()) {
        Some(browser) if browser.len() == 43 => (form_code(app, &browser), jar),
        _ => {
            let browser = BASE64_URL_SAFE_NO_PAD.encode(app.random.bytes::<32>());
            let token = form_code(app, &browser);
            (token, jar.add(cookie(app, browser_name(app), browser, Some(YEAR))))
        }
    }
}

/// Whether a form came from one of our pages in this browser.
///
/// # Errors
/// `FormRejected`.
pub fn check_csrf(app: &App, visitor: &Visitor, sent: &str) -> Result<(), Cause> {
    let browser = visitor.jar.get(browser_name(app)).ok_or(Cause::FormRejected)?;
    let expected = form_code(app, browser.value());
    if sent.as_bytes().ct_eq(expected.as_bytes()).into() {
        Ok(())
    } else {
        Err(Cause::FormRejected)
    }
}

fn form_code(app: &App, browser: &str) -> String {
    let text = format!("form\n{browser}");
    BASE64_URL_SAFE_NO_PAD.encode(app.sealer.mac(Purpose::Csrf, text.as_bytes()))
}
