//! Reading what is wanted: YAML, or JSON, which is YAML too.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::directory::forms::{
    self, ClientForm, GroupForm, Node, Problem, Problems, ScopeForm, SecretSource, SettingsForm,
    UserForm,
};

/// Parts of a document, and bytes of its text, at most: a million people fit.
const MOST: usize = 256 * 1024 * 1024;

/// What a document wants. A section that is left out is left alone.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Settings, by section.
    pub settings: Option<SettingsForm<SecretSource>>,
    /// Scopes by name.
    pub scopes: Option<BTreeMap<String, ScopeForm>>,
    /// Groups by name.
    pub groups: Option<BTreeMap<String, GroupForm>>,
    /// People by username.
    pub users: Option<BTreeMap<String, UserForm>>,
    /// Clients by id.
    pub clients: Option<BTreeMap<String, ClientForm>>,
}

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no YAML.
    #[error("the document is not valid YAML: {0}")]
    Syntax(String),
    /// It says what nobody understands.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// Reads a document whole.
///
/// # Errors
/// Everything that is wrong with it, each thing with its place.
pub fn read(text: &str) -> Result<Wanted, Unreadable> {
    // A directory has more in it than a settings file; aliases stay as bounded as they are.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: MOST,
            max_nodes: MOST,
            max_total_scalar_bytes: MOST,
        },
    };
    let document: Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Unreadable::Syntax(error.to_string()))?;
    Ok(forms::read(&document, wanted)?)
}

fn wanted(node: Node<'_>, problems: &mut Vec<Problem>) -> Wanted {
    let mut fields = node.fields(&["settings", "scopes", "groups", "users", "clients"], problems);
    let person = [UserForm::known(), vec!["groups", "external_ids"]].concat();
    let client =
        [ClientForm::KNOWN.as_slice(), &["secret", "owners", "scope_maps", "claim_maps"]].concat();
    Wanted {
        settings: fields
            .part("settings", |node, problems| SettingsForm::read(node, problems, forms::secret)),
        scopes: fields.part("scopes", |node, problems| {
            each(node, problems, |node, problems| {
                ScopeForm::read(node, &["sentence", "claims"], problems)
            })
        }),
        groups: fields.part("groups", |node, problems| {
            each(node, problems, |node, problems| {
                GroupForm::read(node, &["description", "groups"], problems)
            })
        }),
        users: fields.part("users", |node, problems| {
            each(node, problems, |node, problems| UserForm::read(node, &person, problems))
        }),
        clients: fields.part("clients", |node, problems| {
            each(node, problems, |node, problems| ClientForm::read(node, &client, problems))
        }),
    }
}

fn each<T>(
    node: Node<'_>,
    problems: &mut Vec<Problem>,
    read: impl Fn(Node<'_>, &mut Vec<Problem>) -> T,
) -> BTreeMap<String, T> {
    let members = node.members(problems).into_iter();
    members.map(|(name, node)| (name.to_owned(), read(node, problems))).collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_large_directory_can_be_read() {
        let names: Vec<String> = (0..300_000).map(|n| format!("g{n}")).collect();
        let text = format!("users:\n  alice:\n    groups: [{}]\n", names.join(", "));
        let users = read(&text).unwrap().users.unwrap();
        assert_eq!(users["alice"].groups.as_ref().unwrap().len(), names.len());
    }

    #[test]
    fn a_small_text_cannot_grow_into_a_large_one() {
        let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (one, next) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip("bcdefghi".chars()) {
            let nine = vec![format!("*{one}"); 9].join(", ");
            text.push_str(&format!("{next}: &{next} [{nine}]\n"));
        }
        assert!(read(&text).unwrap_err().to_string().contains("not valid YAML"));
    }
}
