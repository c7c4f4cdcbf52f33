//! What every page of the portal carries: navigation, who is signed in, what was just done.

use axum_extra::extract::CookieJar;

use super::portal::Portal;
use crate::app::AppState;
use crate::web::admin::toast;
use crate::web::page::Page;

/// What every page of the portal carries.
pub struct Frame {
    /// Who is signed in.
    pub user_name: String,
    /// Their username.
    pub user_login: String,
    /// Whether the console opens for them.
    pub has_role: bool,
    /// The pages there are.
    pub links: Vec<Link>,
    /// What was just done.
    pub told: Option<String>,
}

/// A link of the navigation.
pub struct Link {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Whether it is the page at hand.
    pub current: bool,
}

const LINKS: [(&str, &str); 4] = [
    ("Applications", "/"),
    ("Security", "/account/security"),
    ("Connections", "/account/connections"),
    ("Profile", "/account/profile"),
];

impl Portal {
    /// The frame of the page at `here`, and the cookies that go with it.
    pub fn frame(&self, app: &AppState, here: &str) -> (Page, Frame, CookieJar) {
        let (told, jar) = toast::take(app, self.visitor.jar.clone(), &self.session);
        let (page, jar) = Page::in_english(app, jar);
        let link = |(label, href): (&'static str, &'static str)| Link {
            label,
            href,
            current: href == here,
        };
        let frame = Frame {
            user_name: self.user.shown_name().to_owned(),
            user_login: self.user.username.to_string(),
            has_role: self.user.role.is_some(),
            links: LINKS.map(link).into(),
            told: told.filter(|told| !told.is_empty()),
        };
        (page, frame, jar)
    }
}
