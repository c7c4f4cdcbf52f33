//! The settings that administrators change while servers run, page by page.

pub mod branding;
mod input;
pub mod languages;
pub mod legal;
mod panel;
pub mod policy;
pub mod server;

use super::shell::Tab;
use crate::directory::rights::Administers;
use crate::domain::Staff;

/// The first of the pages under Settings.
pub(super) const HERE: &str = "/admin/settings";

/// The pages under Settings that everybody may open who sees all.
const READABLE: &[(&str, &str)] =
    &[("Branding", ""), ("Languages", "/languages"), ("Legal", "/legal"), ("Server", "/server")];
/// Those for administrators alone.
const RESERVED: &[(&str, &str)] = &[("Mail", "/mail"), ("Address", "/address")];

/// The tabs that somebody may open, of which the one at `open` is shown.
pub(super) fn tabs(open: &str, staff: &Staff) -> Vec<Tab> {
    let end = open.strip_prefix(HERE).unwrap_or_default();
    let reserved = if Administers::by_role(staff).is_some() { RESERVED } else { &[] };
    Tab::all(HERE, &[READABLE, reserved].concat(), end)
}
