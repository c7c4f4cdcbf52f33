//! Users in the console: the list, and a page with tabs for each.

pub mod applications;
pub mod consents;
pub mod create;
pub mod credentials;
pub mod delete;
pub mod events;
mod frame;
pub mod groups;
pub mod index;
pub mod profile;
pub mod role;
pub mod sessions;
pub mod several;
pub mod state;

/// The link of the navigation that all of them belong to.
const HERE: &str = "/admin/users";
