//! The settings that administrators change while servers run, page by page.

pub mod branding;
mod input;
pub mod languages;
pub mod legal;
mod panel;
pub mod policy;
pub mod server;

use super::shell::Tab;

/// The first of the pages under Settings.
const HERE: &str = "/admin/settings";

/// The pages under Settings.
const TABS: &[(&str, &str)] =
    &[("Branding", ""), ("Languages", "/languages"), ("Legal", "/legal"), ("Server", "/server")];

/// The tabs, of which the one at `open` is shown.
fn tabs(open: &str) -> Vec<Tab> {
    let end = open.strip_prefix(HERE).unwrap_or_default();
    Tab::all(HERE, TABS, end)
}
