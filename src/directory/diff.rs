//! What changed, from what to what: the detail of an event.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The members of two documents that differ, as `{"email": {"from": .., "to": ..}}`; members of
/// objects by their path: `settings.alg`.
pub(super) fn changes(before: &impl Serialize, after: &impl Serialize) -> Map<String, Value> {
    let (before, after) = (flat(before), flat(after));
    let names = before.keys().chain(after.keys());
    let mut changes = Map::new();
    for name in names {
        let (from, to) = (before.get(name), after.get(name));
        if from != to && name != "updated_at" {
            changes.insert(name.clone(), json!({ "from": from, "to": to }));
        }
    }
    changes
}

fn flat(document: &impl Serialize) -> Map<String, Value> {
    let mut all = Map::new();
    // Our own documents are plain data and always serialize.
    flatten("", serde_json::to_value(document).unwrap_or_default(), &mut all);
    all
}

fn flatten(path: &str, value: Value, all: &mut Map<String, Value>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                flatten(&path, value, all);
            }
        }
        value => {
            all.insert(path.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::changes;

    #[test]
    fn only_what_differs_is_told() {
        let before = json!({ "email": "a@b", "settings": { "alg": "RS256", "pkce": "required" } });
        let after = json!({ "email": "a@b", "settings": { "alg": "ES256", "pkce": "required" } });
        assert_eq!(
            Value::Object(changes(&before, &after)),
            json!({ "settings.alg": { "from": "RS256", "to": "ES256" } })
        );
    }
}
