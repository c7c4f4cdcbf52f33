//! The console: what people with a role read and change. Each handler asks for the right it needs.
//!
//! A page is: a handler that takes `Console<Right>` to read, `Editing<Right>` to show a form that
//! changes something, or `Posted<Right, Form>` to do it; a template that extends
//! `admin/console.html` and is built from `admin/macros.html`; its route in `web/mod.rs`; its link
//! in `nav.rs`; and its line in the table of `tests/it/admin/access.rs`. A form is sent to the path
//! of the page it is on, so that signing in again leads back to it. What was done is said by
//! `Console::done`, what was refused by `Console::refused`.

pub mod applications;
pub mod automation;
pub mod backup;
mod chosen;
pub(in crate::web) mod console;
pub mod events;
pub mod failures;
pub mod groups;
pub mod home;
pub mod keys;
mod list;
mod nav;
pub mod outward;
mod people;
pub mod registration;
pub mod scopes;
pub mod search;
pub mod sessions;
pub mod settings;
mod shell;
pub mod style;
pub(in crate::web) mod toast;
pub mod users;
pub(in crate::web) mod when;
