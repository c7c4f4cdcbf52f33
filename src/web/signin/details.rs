//! Authorization details (RFC 9396) in the words of the consent page: whatever a client asks for, people
//! read all of it.

use serde_json::Value;

use crate::domain::AuthorizationDetail;
use crate::protocol::authorization_details::kind;
use crate::web::words::Words;

/// One of them.
pub struct DetailLine {
    /// Its type.
    pub kind: String,
    /// What it says, name and value.
    pub facts: Vec<(String, String)>,
}

/// All of them; what RFC 9396 2.2 names comes first, in words.
pub fn lines(details: &[AuthorizationDetail], words: &Words) -> Vec<DetailLine> {
    let words = &words.consent;
    let known = [
        ("actions", &words.actions),
        ("locations", &words.locations),
        ("datatypes", &words.datatypes),
        ("privileges", &words.privileges),
        ("identifier", &words.identifier),
    ];
    let line = |detail: &AuthorizationDetail| {
        let fact =
            |(name, label): &(&str, _)| Some((format!("{label}"), shown(detail.get(*name)?)));
        let first = known.iter().filter_map(fact);
        let common = |name: &str| name == "type" || known.iter().any(|(known, _)| *known == name);
        let rest = detail.iter().filter(|(name, _)| !common(name));
        let rest = rest.map(|(name, value)| (name.clone(), shown(value)));
        DetailLine {
            kind: kind(detail).unwrap_or_default().to_owned(),
            facts: first.chain(rest).collect(),
        }
    };
    details.iter().map(line).collect()
}

/// A value as a person reads it: nothing of it is left out.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(all) => {
            let each = all.iter().map(|(name, value)| format!("{name}: {}", shown(value)));
            format!("({})", each.collect::<Vec<_>>().join("; "))
        }
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;
    use crate::web::words::Language;

    #[test]
    fn everything_that_is_asked_for_can_be_read() {
        let detail = json!({
            "type": "payment",
            "actions": ["initiate", "cancel"],
            "identifier": "account-14",
            "amount": { "currency": "EUR", "value": 12.5 },
            "urgent": true,
            "until": null,
        });
        let lines = lines(&[detail.as_object().unwrap().clone()], Language::En.words());
        assert_eq!(lines[0].kind, "payment");
        let facts: Vec<_> = lines[0].facts.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let expected = [
            ("Actions", "initiate, cancel"),
            ("What", "account-14"),
            ("amount", "(currency: EUR; value: 12.5)"),
            ("until", "–"),
            ("urgent", "true"),
        ];
        assert_eq!(facts, expected);
    }
}
