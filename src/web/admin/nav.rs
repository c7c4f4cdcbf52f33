//! The left navigation: what there is, in four groups, each link for those whose role opens it.

use crate::directory::rights::{Administers, Enters, SeesAll, SeesClients, SeesPeople};
use crate::domain::Staff;

/// A group of links.
pub struct NavGroup {
    /// Its heading.
    pub title: &'static str,
    /// What it leads to.
    pub links: Vec<NavLink>,
}

/// A link.
pub struct NavLink {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Whether the page is part of it.
    pub current: bool,
}

struct Entry {
    label: &'static str,
    href: &'static str,
    opens: fn(&Staff) -> bool,
}

const fn entry(label: &'static str, href: &'static str, opens: fn(&Staff) -> bool) -> Entry {
    Entry { label, href, opens }
}

/// A page appears here when there is one.
const GROUPS: &[(&str, &[Entry])] = &[
    ("Overview", &[entry("Overview", "/admin", |staff| Enters::by_role(staff).is_some())]),
    (
        "Access",
        &[
            entry("Applications", "/admin/applications", |staff| {
                SeesClients::by_role(staff).is_some()
            }),
            entry("Users", "/admin/users", |staff| SeesPeople::by_role(staff).is_some()),
            entry("Groups", "/admin/groups", |staff| SeesAll::by_role(staff).is_some()),
            entry("Sign-in policy", "/admin/sign-in-policy", |staff| {
                SeesAll::by_role(staff).is_some()
            }),
        ],
    ),
    (
        "Activity",
        &[
            entry("Failed sign-ins", super::failures::OPEN, |staff| {
                SeesClients::by_role(staff).is_some()
            }),
            entry("Events", "/admin/events", |staff| SeesAll::by_role(staff).is_some()),
            entry("Sessions", "/admin/sessions", |staff| SeesPeople::by_role(staff).is_some()),
        ],
    ),
    (
        "System",
        &[
            entry("Keys", "/admin/keys", |staff| SeesAll::by_role(staff).is_some()),
            entry("Scopes", "/admin/scopes", |staff| SeesAll::by_role(staff).is_some()),
            entry("Registration", super::registration::HERE, |staff| {
                SeesAll::by_role(staff).is_some()
            }),
            entry("Settings", "/admin/settings", |staff| SeesAll::by_role(staff).is_some()),
            entry("Backup", super::backup::HERE, |staff| Administers::by_role(staff).is_some()),
            entry("API and automation", super::automation::HERE, |staff| {
                Enters::by_role(staff).is_some()
            }),
        ],
    ),
];

/// What this person sees while on `here`; groups without a link are left out.
pub fn groups(staff: &Staff, here: &str) -> Vec<NavGroup> {
    let link = |entry: &Entry| NavLink {
        label: entry.label,
        href: entry.href,
        current: entry.href == here,
    };
    let groups = GROUPS.iter().map(|(title, entries)| NavGroup {
        title,
        links: entries.iter().filter(|entry| (entry.opens)(staff)).map(link).collect(),
    });
    groups.filter(|group| !group.links.is_empty()).collect()
}
