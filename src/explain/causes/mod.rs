//! The words for each cause, by where it arises.

pub(super) mod access;
pub(super) mod assertion;
pub(super) mod notice;
pub(super) mod pushed;
mod reply;
pub(super) mod request;
pub(super) mod rich;
pub(super) mod signin;
pub(super) mod token;
