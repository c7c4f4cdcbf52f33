//! What the next page says was done: sealed in a cookie of a minute, for one session.

use axum_extra::extract::CookieJar;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::app::App;
use crate::domain::{MINUTE, Session};
use crate::seal::Purpose;
use crate::web::cookies;

/// Longer sentences do not fit into a cookie.
const CHARACTERS: usize = 600;

/// Has the next page of this session say it.
pub fn put(app: &App, jar: CookieJar, session: &Session, text: &str) -> CookieJar {
    let context = session.id.0.to_string();
    let text: String = text.chars().take(CHARACTERS).collect();
    match app.sealer.seal((Purpose::Toast, &context), text.as_bytes(), &app.random) {
        Ok(sealed) => {
            let value = BASE64_URL_SAFE_NO_PAD.encode(sealed);
            jar.add(cookies::cookie(app, cookies::toast_name(app), value, Some(MINUTE)))
        }
        // The change is done all the same.
        Err(_) => jar,
    }
}

/// Takes what is to be said, once.
pub fn take(app: &App, jar: CookieJar, session: &Session) -> (Option<String>, CookieJar) {
    let Some(cookie) = jar.get(cookies::toast_name(app)) else { return (None, jar) };
    let context = session.id.0.to_string();
    let text = BASE64_URL_SAFE_NO_PAD
        .decode(cookie.value())
        .ok()
        .and_then(|sealed| app.sealer.open((Purpose::Toast, &context), &sealed).ok())
        .and_then(|plain| String::from_utf8(plain).ok());
    let gone = cookies::cookie(app, cookies::toast_name(app), String::new(), Some(0));
    (text, jar.add(gone))
}
