//! The words for each cause, by where it arises.

pub(super) mod access;
pub(super) mod assertion;
pub(super) mod backchannel;
pub(super) mod certificate;
pub(super) mod device;
pub(super) mod dpop;
pub(super) mod exchange;
pub(super) mod logout;
pub(super) mod notice;
pub(super) mod person_assertion;
pub(super) mod pushed;
pub(super) mod registration;
mod reply;
pub(super) mod request;
pub(super) mod rich;
pub(super) mod signin;
pub(super) mod token;
