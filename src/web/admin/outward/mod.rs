//! Settings that lead outward: how mail goes out, and where people reach us.

pub mod address;
pub mod mail;

use super::shell::Tab;

/// The link of the navigation that these pages belong to.
pub(super) const HERE: &str = "/admin/settings/mail";

const TABS: &[(&str, &str)] = &[("Mail", "/mail"), ("Address", "/address")];

/// The tabs, of which the page at this path is open.
fn tabs(page: &str) -> Vec<Tab> {
    let base = "/admin/settings";
    Tab::all(base, TABS, page.strip_prefix(base).unwrap_or_default())
}
