//! Browsers that the owner of an account has signed in with: OWASP's device cookies.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::domain::User;
use crate::seal::Purpose;

/// What a browser shows of itself: its name, and the mark it got at a sign-in.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The name of the browser.
    pub browser: String,
    /// The mark.
    pub mark: String,
}

/// The mark that an account leaves in a browser. It lasts as long as the password: whoever signed in
/// with one that was stolen is a stranger once it is changed.
pub fn mark(app: &App, user: &User, browser: &str) -> String {
    let set = user.password_changed_at.map_or(0, |at| at.0);
    let text = format!("known browser\n{}\n{set}\n{browser}", user.username);
    BASE64_URL_SAFE_NO_PAD.encode(app.sealer.mac(Purpose::Csrf, text.as_bytes()))
}

impl Shown {
    /// Whether the mark is this account's, in this browser.
    pub fn belongs_to(&self, app: &App, user: &User) -> bool {
        let expected = mark(app, user, &self.browser);
        self.mark.as_bytes().ct_eq(expected.as_bytes()).into()
    }
}
