//! Settings that lead outward: how mail goes out, and where people reach us.

pub mod address;
pub mod mail;

use super::settings::{HERE, tabs};
