//! Groups in the console: the list, how they are nested, and a page for each.

mod change;
pub mod create;
pub mod delete;
pub mod detail;
pub mod edit;
pub mod index;
pub mod tree;

/// The link of the navigation that all of them belong to.
const HERE: &str = "/admin/groups";
