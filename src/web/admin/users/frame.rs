//! What all tabs of a user share: who it is, and which tabs there are.

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{Administers, ManagesPeople, reaches_user};
use crate::directory::{Result, find};
use crate::domain::{Role, User};
use crate::web::admin::console::Console;
use crate::web::admin::shell::Tab;

const TABS: &[(&str, &str)] = &[
    ("Profile", ""),
    ("Groups", "/groups"),
    ("Applications", "/applications"),
    ("Credentials", "/credentials"),
    ("Sessions", "/sessions"),
    ("Consents", "/consents"),
    ("Events", "/events"),
];

/// What all tabs of a user share.
pub struct Frame {
    /// Their page.
    pub base: String,
    /// `alice`.
    pub username: String,
    /// The full name, or the username.
    pub name: String,
    /// What they may do in Keystead.
    pub role: Option<&'static str>,
    /// Whether the account is closed.
    pub disabled: bool,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Whether whoever looks may change the account.
    pub can_change: bool,
    /// Whether they can begin at once, or have to sign in again first.
    pub fresh: bool,
    /// Whether whoever looks may change everything.
    pub administers: bool,
}

impl Frame {
    /// Around the tab at `open`.
    pub fn new<R>(console: &Console<R>, user: &User, open: &str) -> Frame {
        let base = path(user, "");
        let manages = ManagesPeople::by_role(&console.staff);
        Frame {
            username: user.username.to_string(),
            name: user.shown_name().to_owned(),
            role: user.role.map(Role::title),
            disabled: user.disabled_at.is_some(),
            tabs: Tab::all(&base, TABS, open),
            can_change: manages.is_some_and(|right| reaches_user(&right.actor(), user)),
            fresh: console.fresh,
            administers: Administers::by_role(&console.staff).is_some(),
            base,
        }
    }
}

/// The person whose page it is, by id.
pub async fn load(app: &AppState, id: &str) -> Result<User> {
    find::user(&mut app.db.read().await?, id).await
}

/// The address of a user's tab.
pub fn path(user: &User, tab: &str) -> String {
    format!("{HERE}/{}{tab}", user.id)
}
