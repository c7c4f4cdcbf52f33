//! What an application would learn of a person, in the words of the consent page: the very claims
//! that userinfo would answer with, each in the place of the scope that opens it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::app::AppState;
use crate::domain::{Client, RequestedClaims, Scope, Scopes};
use crate::protocol::claims::{self, Source};
use crate::protocol::next_step::Granted;
use crate::registry::Snapshot;
use crate::signin::person::Person;
use crate::web::language;

/// A scope as the page shows it.
pub struct ScopeLine {
    /// Its name.
    pub name: String,
    /// What it means.
    pub sentence: String,
    /// What it tells.
    pub values: Vec<String>,
}

/// What the client would learn if the person said yes, in the language of the page.
pub fn in_words(
    app: &AppState,
    (registry, client): (&Snapshot, &Client),
    person: &Person,
    granted: &Granted,
) -> Vec<ScopeLine> {
    let source = person.source(app, (registry, client));
    let definitions = registry.scopes();
    let mut told = lines(&source, (&granted.scopes, definitions), &granted.claims);
    let words = language::spoken(app).words();
    for line in &mut told {
        let builtin = definitions.get(&line.name).is_some_and(|scope| scope.builtin);
        if let Some(sentence) = words.scope(&line.name).filter(|_| builtin) {
            line.sentence = sentence.to_owned();
        } else if !definitions.contains_key(&line.name) {
            line.sentence = words.consent.details.to_string();
        }
    }
    told
}

/// The scopes in sentences, each with what it would tell; then what else is told: claims asked for
/// one by one, and those that follow from groups.
pub fn lines(
    source: &Source<'_>,
    (scopes, definitions): (&Scopes, &BTreeMap<String, Scope>),
    asked: &RequestedClaims,
) -> Vec<ScopeLine> {
    let single = asked.userinfo.union(&asked.id_token).cloned().collect();
    let mut told = claims::userinfo(source, (scopes, definitions), &single);
    told.remove("sub");
    let mut lines: Vec<ScopeLine> = scopes
        .iter()
        .filter_map(|name| definitions.get(name))
        .map(|scope| ScopeLine {
            name: scope.name.clone(),
            sentence: scope.sentence.clone(),
            values: values(scope.claims.iter().filter_map(|name| told.remove_entry(name))),
        })
        .collect();
    let rest = named(told);
    if !rest.is_empty() {
        let sentence = "See these details".into();
        lines.push(ScopeLine { name: "claims".into(), sentence, values: rest });
    }
    // Who it is comes first.
    lines.sort_by_key(|line| line.name != "openid");
    lines
}

/// Values, with their names where there are several to tell apart.
fn values(told: impl Iterator<Item = (String, Value)>) -> Vec<String> {
    let told: Vec<(String, String)> =
        told.filter_map(|(name, value)| Some((name, shown(&value)?))).collect();
    match told.as_slice() {
        [(_, value)] => vec![value.clone()],
        _ => told.iter().map(|(name, value)| format!("{}: {value}", label(name))).collect(),
    }
}

fn named(told: Map<String, Value>) -> Vec<String> {
    told.into_iter()
        .filter_map(|(name, value)| Some(format!("{}: {}", label(&name), shown(&value)?)))
        .collect()
}

/// `family_name` as people say it.
fn label(claim: &str) -> String {
    let known = match claim {
        "preferred_username" => "Username",
        "birthdate" => "Date of birth",
        "zoneinfo" => "Time zone",
        "locale" => "Language",
        "profile" => "Profile page",
        "email" => "E-mail address",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut words = claim.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A claim as a person reads it; what tells nothing is left out.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if !items.is_empty() => joined(items.iter()),
        Value::Object(address) => {
            const PARTS: [&str; 5] =
                ["street_address", "postal_code", "locality", "region", "country"];
            address
                .get("formatted")
                .and_then(shown)
                .or_else(|| joined(PARTS.iter().filter_map(|part| address.get(*part))))
        }
        _ => None,
    }
}

fn joined<'v>(values: impl Iterator<Item = &'v Value>) -> Option<String> {
    let texts: Vec<String> = values.filter_map(shown).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{label, shown};

    #[test]
    fn an_address_reads_as_on_an_envelope() {
        let parts = json!({ "country": "GB", "locality": "Oxford", "street_address": "Main 1" });
        assert_eq!(shown(&parts).unwrap(), "Main 1, Oxford, GB");
        assert_eq!(shown(&json!({ "formatted": "Here" })).unwrap(), "Here");
        assert_eq!(shown(&json!({})), None);
    }

    #[test]
    fn claims_have_the_names_that_people_use() {
        assert_eq!(label("family_name"), "Family name");
        assert_eq!(label("zoneinfo"), "Time zone");
        assert_eq!(label("ümlaut"), "ümlaut");
    }
}
