//! "Show as code": settings as lines for the command line and as a document.

use serde_json::{Map, Value, json};

use super::command::Command;
use crate::domain::Settings;
use crate::domain::settings::{Kind, known};

/// Settings as code.
pub struct Code {
    /// What sets each of them.
    pub commands: String,
    /// What sets all of them.
    pub document: String,
}

/// What sets these settings as they are; those at their defaults are left out, and secrets too.
pub fn of(settings: &Settings, names: &[&str]) -> Code {
    let usual = Settings::default();
    let (mut commands, mut sections) = (Vec::new(), Map::new());
    for known in names.iter().filter_map(|name| known(name)) {
        let value = settings.get(known);
        if value == usual.get(known) || known.is_secret() {
            continue;
        }
        let (section, member) = known.path();
        let set = Command::new("setting set").arg(known.name);
        let file = |name: &str| format!("{name}.txt");
        let (line, shown) = match (known.kind, &value) {
            (Kind::Picture, _) => (set.bare("--file logo.png"), None),
            (Kind::Legal(_), Value::String(text)) if text.contains('\n') => {
                (set.bare(&format!("--file {}", file(member))), Some(value.clone()))
            }
            (_, Value::String(text)) => (set.arg(text), Some(value.clone())),
            (_, Value::Array(items)) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                (set.arg(&items.join(",")), Some(value.clone()))
            }
            (_, other) => (set.arg(&other.to_string()), Some(value.clone())),
        };
        commands.push(line.to_string());
        if let Some(shown) = shown {
            let members = sections.entry(section).or_insert_with(|| json!({}));
            members[member] = shown;
        }
    }
    if commands.is_empty() {
        commands.push("keystead setting list".to_owned());
    }
    let document = json!({ "settings": sections });
    let document = serde_saphyr::to_string(&document).unwrap_or_default();
    Code { commands: commands.join("\n"), document: document.trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;
    use crate::domain::Settings;
    use crate::domain::settings::known;

    #[test]
    fn only_what_was_set_is_shown() {
        let mut settings = Settings::default();
        settings.set(known("branding.name").unwrap(), json!("Al's"));
        settings.set(known("sign_in.idle_minutes").unwrap(), json!(60));
        let code = of(&settings, &["branding.name", "branding.accent"]);
        assert_eq!(code.commands, r"keystead setting set branding.name 'Al'\''s'");
        assert_eq!(code.document, "settings:\n  branding:\n    name: Al's");
        assert_eq!(of(&settings, &["legal.terms"]).commands, "keystead setting list");
    }
}
