//! Pages for people who sign in.

pub mod consent;
mod details;
pub mod device;
mod device_consent;
mod forgotten;
pub mod form;
pub mod login;
pub mod logout;
pub mod qr;
pub mod set_password;
pub mod standing;
pub mod told;
