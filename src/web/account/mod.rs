//! The portal.

pub mod home;
