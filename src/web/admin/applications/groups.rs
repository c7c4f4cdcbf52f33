//! Groups and scopes to choose from in a form.

use std::collections::BTreeMap;

use crate::app::AppState;
use crate::domain::Scopes;

/// Names that are offered while somebody types; the others can be typed all the same.
const OFFERED: usize = 500;
/// How the field of a scope begins.
const FIELD: &str = "scope-";

/// A scope to tick.
pub struct ScopeTick {
    /// The field.
    pub field: String,
    /// The scope.
    pub scope: String,
    /// What it lets an application know.
    pub about: String,
    /// Whether it is chosen.
    pub ticked: bool,
}

/// The names of groups, for those who may read them.
pub fn offered(app: &AppState, may_read: bool) -> Vec<String> {
    if !may_read {
        return Vec::new();
    }
    let registry = app.registry();
    let mut names: Vec<String> =
        registry.groups().values().map(|group| group.name.clone()).collect();
    names.sort();
    names.truncate(OFFERED);
    names
}

/// Every scope, those in `chosen` ticked.
pub fn ticks(app: &AppState, chosen: &Scopes) -> Vec<ScopeTick> {
    let registry = app.registry();
    let tick = |(name, scope): (&String, &crate::domain::Scope)| ScopeTick {
        field: format!("{FIELD}{name}"),
        scope: name.clone(),
        about: scope.sentence.clone(),
        ticked: chosen.contains(name),
    };
    registry.scopes().iter().map(tick).collect()
}

/// The scopes that are ticked in a form.
pub fn ticked(fields: &BTreeMap<String, String>) -> Scopes {
    fields.keys().filter_map(|field| field.strip_prefix(FIELD)).map(str::to_owned).collect()
}
