//! The first run, in four steps of a page each: the public URL, the first administrator, mail, the
//! first application. Until there is an administrator, the link is the key to all of it; from then
//! on their session is.
//!
//! The link opens the second step at once where the first needs no decision, so that whoever
//! follows it on the machine itself, or has set `public_url` elsewhere, begins with their name.

pub mod address;
pub mod administrator;
pub mod application;
pub mod mail;
pub mod proof;
mod refused;
mod seen;
mod steps;

pub use refused::refused;
pub use steps::Step;
