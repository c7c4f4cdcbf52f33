//! What every page of the console carries: navigation, who is signed in, what was just done.

use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use super::console::Console;
use super::nav::{self, NavGroup};
use super::toast;
use crate::app::AppState;
use crate::web::assets;
use crate::web::page::Page;

/// What every page of the console carries.
pub struct Shell {
    /// What every page carries.
    pub page: Page,
    /// The console's own style sheet.
    pub style: String,
    /// The script that copies code.
    pub script: String,
    /// The left navigation.
    pub nav: Vec<NavGroup>,
    /// Who is signed in.
    pub user_name: String,
    /// Their username.
    pub user_login: String,
    /// By which role.
    pub role: &'static str,
    /// What was just done.
    pub toast: Option<String>,
}

/// A tab of a detail page.
pub struct Tab {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// Whether it is open.
    pub current: bool,
}

impl Tab {
    /// The tabs of what is at `base`, of which `open` is shown: label and end of the path each.
    pub fn all(base: &str, tabs: &[(&'static str, &str)], open: &str) -> Vec<Tab> {
        let tab = |(label, end): &(&'static str, &str)| Tab {
            label,
            href: format!("{base}{end}"),
            current: *end == open,
        };
        tabs.iter().map(tab).collect()
    }
}

impl<R> Console<R> {
    /// The frame of a page that belongs to the link `here`, and the cookies that go with it.
    pub fn shell(&self, app: &AppState, here: &str) -> (Shell, CookieJar) {
        let (toast, jar) = toast::take(app, self.visitor.jar.clone(), &self.session);
        let (page, jar) = Page::in_english(app, jar);
        let shell = Shell {
            page,
            style: assets::url("console.css"),
            script: assets::url("console.js"),
            nav: nav::groups(&self.staff, here),
            user_name: self.user.shown_name().to_owned(),
            user_login: self.user.username.to_string(),
            role: self.staff.role().title(),
            toast,
        };
        (shell, jar)
    }

    /// On to another page, which says what was done.
    pub fn done(&self, app: &AppState, to: &str, what: &str) -> Response {
        let jar = toast::put(app, self.visitor.jar.clone(), &self.session, what);
        (jar, Redirect::to(to)).into_response()
    }
}
