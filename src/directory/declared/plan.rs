//! What became different, thing by thing and member by member: the directory compared before and
//! after, so that a plan tells the truth about what follows from what.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{ClientEntry, Document, GroupEntry, ScopeEntry, UserEntry};
use crate::directory::diff;

/// All that is different.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// Thing by thing.
    pub steps: Vec<Step>,
    /// What the administrator should know.
    pub notes: Vec<String>,
}

/// What happens to one thing.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What is done.
    pub verb: Verb,
    /// `settings`, `scope`, `group`, `user` or `client`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What is different about it.
    pub changes: Vec<Change>,
}

/// What is done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they say it themselves")]
pub enum Verb {
    Create,
    Change,
    Delete,
}

/// A member that is different.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Which one: `settings.alg`.
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it is.
    pub after: Value,
}

/// A thing that got another secret: its kind, its name, and what the secret is called.
pub(super) type Another = (&'static str, String, &'static str);

impl Plan {
    /// What is different in `after`. Secrets are in neither: `secrets` names what got another one.
    pub(super) fn between(before: &Document, after: &Document, secrets: &[Another]) -> Plan {
        let mut steps = Vec::new();
        let sections = (&before.settings, &after.settings);
        compare("settings", sections, &BTreeMap::new(), &mut steps);
        compare("scope", (&before.scopes, &after.scopes), &ScopeEntry::default(), &mut steps);
        compare("group", (&before.groups, &after.groups), &GroupEntry::default(), &mut steps);
        compare("user", (&before.users, &after.users), &UserEntry::default(), &mut steps);
        let usual = ClientEntry::default();
        compare("client", (&before.clients, &after.clients), &usual, &mut steps);
        for (kind, name, field) in secrets {
            let change = Change {
                field: (*field).to_owned(),
                before: "(hidden)".into(),
                after: "(hidden, another)".into(),
            };
            match steps.iter_mut().find(|step| step.kind == *kind && step.name == *name) {
                Some(step) => step.changes.push(change),
                None => steps.push(Step {
                    verb: Verb::Change,
                    kind,
                    name: name.clone(),
                    changes: vec![change],
                }),
            }
        }
        Plan { steps, notes: Vec::new() }
    }

    /// How many things are created, changed or deleted.
    pub fn count(&self, verb: Verb) -> usize {
        self.steps.iter().filter(|step| step.verb == verb).count()
    }
}

fn compare<T: Serialize>(
    kind: &'static str,
    (before, after): (&BTreeMap<String, T>, &BTreeMap<String, T>),
    usual: &T,
    steps: &mut Vec<Step>,
) {
    let step = |verb, name: &String, changes| Step { verb, kind, name: name.clone(), changes };
    for (name, new) in after {
        match before.get(name) {
            // What is as usual about a new thing goes without saying.
            None => steps.push(step(Verb::Create, name, changes(usual, new))),
            Some(old) => {
                let changes = changes(old, new);
                if !changes.is_empty() {
                    steps.push(step(Verb::Change, name, changes));
                }
            }
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    steps.extend(gone.map(|name| step(Verb::Delete, name, Vec::new())));
}

fn changes<T: Serialize>(before: &T, after: &T) -> Vec<Change> {
    let changes = diff::changes(before, after).into_iter();
    let change = |(field, change): (String, Value)| Change {
        field,
        before: change["from"].clone(),
        after: change["to"].clone(),
    };
    changes.map(change).collect()
}
