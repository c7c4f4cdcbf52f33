//! Browsers that the owner of an account has signed in with: OWASP's device cookies.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::domain::Username;
use crate::seal::Purpose;

/// What a browser shows of itself: its name, and the mark it got at a sign-in.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The name of the browser.
    pub browser: String,
    /// The mark.
    pub mark: String,
}

/// The mark that an account leaves in a browser.
pub fn mark(app: &App, username: &Username, browser: &str) -> String {
    let text = format!("known browser\n{username}\n{browser}");
    BASE64_URL_SAFE_NO_PAD.encode(app.sealer.mac(Purpose::Csrf, text.as_bytes()))
}

impl Shown {
    /// Whether the mark is this account's, in this browser.
    pub fn belongs_to(&self, app: &App, username: &Username) -> bool {
        let expected = mark(app, username, &self.browser);
        self.mark.as_bytes().ct_eq(expected.as_bytes()).into()
    }
}
