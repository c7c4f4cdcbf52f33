//! Documents from outside, read member by member: everything that is wrong with one is told at
//! once, each with its place. A member that is left out stays as it is; `null` takes it away.

mod client;
mod fields;
mod group;
mod scope;
mod settings;
mod user;

pub use client::{ClaimForm, ClientForm, ClientSettingsForm, SecretSource, join, secret};
pub use fields::{Fields, Node};
pub use group::GroupForm;
pub use scope::ScopeForm;
pub use settings::SettingsForm;
pub use user::UserForm;

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    path: Vec<String>,
    /// What is wrong and what to write.
    pub text: String,
}

/// All that is wrong with a document; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", shown(.0))]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// The place as RFC 6901 writes it: `/clients/netbox/settings/alg`.
    pub fn pointer(&self) -> String {
        let escaped = self.path.iter().map(|part| part.replace('~', "~0").replace('/', "~1"));
        escaped.map(|part| format!("/{part}")).collect()
    }

    /// The place as people write it: `clients.netbox.settings.alg`.
    pub fn place(&self) -> String {
        place(&self.path)
    }
}

/// `clients.netbox.redirect_uris[0]`; a name with strange letters in quotes.
pub(super) fn place(path: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let mut place = String::new();
    for part in path {
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !place.is_empty() {
            place.push_str(&format!("[{part}]"));
            continue;
        }
        if !place.is_empty() {
            place.push('.');
        }
        match !part.is_empty() && part.chars().all(plain) {
            true => place.push_str(part),
            false => place.push_str(&format!("'{part}'")),
        }
    }
    place
}

fn shown(problems: &[Problem]) -> String {
    let line = |problem: &Problem| match problem.path.is_empty() {
        true => problem.text.clone(),
        false => format!("{}: {}", problem.place(), problem.text),
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads a whole document with `read`.
///
/// # Errors
/// All that is wrong with it.
pub fn read<T>(
    document: &serde_json::Value,
    read: impl FnOnce(Node<'_>, &mut Vec<Problem>) -> T,
) -> Result<T, Problems> {
    let mut problems = Vec::new();
    let form = read(Node::root(document), &mut problems);
    match problems.is_empty() {
        true => Ok(form),
        false => Err(Problems(problems)),
    }
}
