//! What all tabs of an application share: which it is, how it stands, and which tabs there are.

use std::sync::Arc;

use super::HERE;
use crate::app::AppState;
use crate::directory::rights::{Administers, ChangesClients, SeesAll};
use crate::directory::{DirectoryError, Result};
use crate::domain::{Client, ClientId};
use crate::generator;
use crate::registry::Snapshot;
use crate::web::admin::console::Console;
use crate::web::admin::shell::Tab;

const TABS: &[(&str, &str)] = &[
    ("Overview", ""),
    ("Connect", "/connect"),
    ("Access and roles", "/access"),
    ("Claims", "/claims"),
    ("Security", "/security"),
    ("Redirect URIs", "/redirects"),
    ("Activity", "/activity"),
    ("Check", "/check"),
    ("History", "/history"),
];

/// What all tabs of an application share.
pub struct Frame {
    /// Its page.
    pub base: String,
    /// `client_id`.
    pub id: String,
    /// What people read.
    pub title: String,
    /// What it is.
    pub kind: &'static str,
    /// Whether it is closed.
    pub disabled: bool,
    /// Whether people are not asked for consent.
    pub trusted: bool,
    /// Whether no scope map lets anybody in.
    pub nobody: bool,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Whether whoever looks may change it.
    pub can_change: bool,
    /// Whether they can begin at once, or have to sign in again first.
    pub fresh: bool,
    /// Whether whoever looks may change everything.
    pub administers: bool,
    /// Whether whoever looks may read everything.
    pub sees_all: bool,
}

impl Frame {
    /// Around the tab at `open`, for somebody who sees this application.
    pub fn new<R>(app: &AppState, console: &Console<R>, client: &Client, open: &str) -> Frame {
        let base = path(&client.id, "");
        Frame {
            id: client.id.0.clone(),
            title: client.name.clone(),
            kind: kind(client),
            disabled: client.disabled_at.is_some(),
            trusted: client.trusted,
            nobody: is_for_nobody(&app.registry(), client),
            tabs: Tab::all(&base, TABS, open),
            can_change: ChangesClients::by_role(&console.staff).is_some(),
            fresh: console.fresh,
            administers: Administers::by_role(&console.staff).is_some(),
            sees_all: SeesAll::by_role(&console.staff).is_some(),
            base,
        }
    }
}

/// The application whose page it is.
///
/// # Errors
/// When there is none.
pub fn load(app: &AppState, id: &ClientId) -> Result<Arc<Client>> {
    let none =
        || DirectoryError::NotFound { what: "application", name: id.0.clone(), near: Vec::new() };
    app.registry().client(id).ok_or_else(none)
}

/// The address of an application's tab.
pub fn path(id: &ClientId, tab: &str) -> String {
    // The id may be an address itself.
    let id: String = url::form_urlencoded::byte_serialize(id.as_str().as_bytes()).collect();
    format!("{HERE}/{id}{tab}")
}

/// What an application is: the name of its template, or what it can keep.
pub fn kind(client: &Client) -> &'static str {
    let template = client.settings.template.as_deref().and_then(|id| generator::template(id).ok());
    match template {
        Some(template) => &template.name,
        None if client.public => "Public client",
        None if signs_in(client) => "Confidential client",
        None => "Machine",
    }
}

/// Whether people sign in to it.
pub fn signs_in(client: &Client) -> bool {
    client.settings.signs_people_in()
}

/// Whether people would sign in to it, and none of them may.
pub fn is_for_nobody(registry: &Snapshot, client: &Client) -> bool {
    signs_in(client) && registry.scope_maps(&client.id).is_empty()
}
