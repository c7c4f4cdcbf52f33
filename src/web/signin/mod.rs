//! Pages for people who sign in.

pub mod consent;
pub mod form;
pub mod login;
pub mod logout;
pub mod set_password;
pub mod setup;
mod told;
