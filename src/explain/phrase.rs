//! Fills phrases: `{actor} signed in[ to {client}]`. What stands in brackets is left out when its
//! value is not known; `{user:somebody}` says what to write then.

use crate::domain::disturbs;

/// The phrase with its values, and the names it used.
pub(super) fn fill<'p>(
    phrase: &'p str,
    value: &impl Fn(&str) -> Option<String>,
) -> (String, Vec<&'p str>) {
    let (mut text, mut used) = (String::new(), Vec::new());
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('[') {
        let (optional, behind) = after.split_once(']').unwrap_or((after, ""));
        part(before, value, &mut text, &mut used);
        if names(optional).all(|name| value(name).is_some()) {
            part(optional, value, &mut text, &mut used);
        }
        rest = behind;
    }
    part(rest, value, &mut text, &mut used);
    (text, used)
}

fn part<'p>(
    mut phrase: &'p str,
    value: &impl Fn(&str) -> Option<String>,
    text: &mut String,
    used: &mut Vec<&'p str>,
) {
    while let Some((before, after)) = phrase.split_once('{') {
        let (placeholder, behind) = after.split_once('}').unwrap_or((after, ""));
        let (name, otherwise) = placeholder.split_once(':').unwrap_or((placeholder, "something"));
        text.push_str(before);
        text.push_str(&value(name).unwrap_or_else(|| otherwise.to_owned()));
        used.push(name);
        phrase = behind;
    }
    text.push_str(phrase);
}

fn names(phrase: &str) -> impl Iterator<Item = &str> {
    phrase.split('{').skip(1).map(|text| text.split(['}', ':']).next().unwrap_or(text))
}

/// `sign_in` as people write it.
pub(super) fn words(kind: &str) -> String {
    kind.replace(['_', '.'], " ")
}

/// What somebody sent, made harmless for a terminal: control characters and those that turn the
/// direction of writing are shown by their number.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if disturbs(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A JSON value as people read it.
pub(super) fn readable(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::Null => None,
        Value::Bool(true) => Some("yes".into()),
        Value::Bool(false) => Some("no".into()),
        Value::String(text) => Some(harmless(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => {
            Some(items.iter().filter_map(readable).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let told = members.iter().filter_map(|(name, value)| {
                Some(format!("{} {}", harmless(name), readable(value)?))
            });
            Some(told.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(phrase: &str) -> String {
        fill(phrase, &|name| (name == "who").then(|| "alice".to_owned())).0
    }

    #[test]
    fn unknown_values_take_their_brackets_with_them() {
        assert_eq!(filled("{who} came[ from {where}][ as {who}]."), "alice came as alice.");
        assert_eq!(filled("{name:Somebody} came"), "Somebody came");
        assert_eq!(filled("[{where}"), "");
        assert_eq!(filled("{where"), "something");
    }

    #[test]
    fn a_terminal_obeys_nothing_that_somebody_sent() {
        assert_eq!(harmless("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}d");
        assert_eq!(harmless("Zoë 🌱"), "Zoë 🌱");
    }
}
