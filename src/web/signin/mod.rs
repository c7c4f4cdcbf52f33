//! Pages for people who sign in.

pub mod consent;
mod details;
mod forgotten;
pub mod form;
pub mod login;
pub mod logout;
pub mod set_password;
mod told;
