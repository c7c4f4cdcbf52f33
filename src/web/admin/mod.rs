//! The console: what people with a role read and change. Each handler asks for the right it needs.

mod console;
pub mod groups;
pub mod home;
mod list;
mod nav;
pub mod search;
mod shell;
pub mod style;
mod toast;
pub mod users;
mod when;
