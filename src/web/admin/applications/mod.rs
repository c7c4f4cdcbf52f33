//! Applications in the console: the list, the way to a new one, and a page with tabs for each.

pub mod access;
pub mod activity;
pub mod check;
pub mod claims;
pub(in crate::web::admin) mod conflict;
pub mod connect;
pub mod create;
pub mod delete;
mod duration;
mod files;
mod frame;
mod groups;
pub mod history;
pub mod index;
pub mod live;
mod origin;
pub mod overview;
mod preview;
pub mod profile;
pub mod redirects;
pub mod rotate;
pub mod security;
mod setting;
pub mod state;
mod status;
mod warnings;

pub(super) use frame::{is_for_nobody, path};

/// The link of the navigation that all of them belong to.
const HERE: &str = "/admin/applications";
/// Where a new one is made. Beside the others, not among them: an application may be called `new`.
const NEW: &str = "/admin/add-application";
