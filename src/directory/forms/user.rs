//! A person as somebody writes them down.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Fields, Node, Problem};
use crate::directory::profile::{Details, FIELDS};
use crate::domain::{Role, Secret};

/// The members of `address`; each is a field of its own among the details.
const POSTAL: [&str; 6] =
    ["formatted", "street_address", "locality", "region", "postal_code", "country"];

/// What a document says of a person.
#[derive(Debug, Clone, Default)]
pub struct UserForm {
    /// Their name, where the document does not stand under it.
    pub username: Option<String>,
    /// A first password.
    pub password: Option<Secret>,
    /// Whether they choose their password themselves, by a link.
    pub invite: Option<bool>,
    /// What they may do in Keystead itself.
    pub role: Option<Option<Role>>,
    /// Whether the account is closed.
    pub disabled: Option<bool>,
    /// What is known of them.
    pub details: Details,
    /// The groups they were put into.
    pub groups: Option<Vec<String>>,
    /// What other systems call them, by system.
    pub external_ids: Option<BTreeMap<String, Vec<String>>>,
}

impl UserForm {
    /// The members that say something of a person.
    pub fn known() -> Vec<&'static str> {
        let fields = FIELDS.iter().map(|field| field.name).filter(|name| !POSTAL.contains(name));
        let others = ["email_verified", "phone_number_verified", "address", "role", "disabled"];
        fields.chain(others).collect()
    }

    /// Reads one with these members at most.
    pub fn read(node: Node<'_>, known: &[&str], problems: &mut Vec<Problem>) -> UserForm {
        let mut fields = node.fields(known, problems);
        UserForm {
            username: fields.name("username"),
            password: fields.name("password").map(Secret::sent),
            invite: fields.flag("invite"),
            role: role(&mut fields),
            disabled: fields.flag("disabled"),
            details: details(&mut fields),
            groups: fields.texts("groups"),
            external_ids: fields.part("external_ids", external_ids),
        }
    }
}

fn role(fields: &mut Fields<'_, '_>) -> Option<Option<Role>> {
    let Some(text) = fields.text("role")? else { return Some(None) };
    let role = Role::parse(&text);
    if role.is_none() {
        let known: Vec<&str> = Role::ALL.into_iter().map(Role::as_str).collect();
        fields.problem("role", format!("'{text}' is not a role; known are {}", known.join(", ")));
    }
    Some(role)
}

fn details(fields: &mut Fields<'_, '_>) -> Details {
    let mut details = Details::default();
    for field in FIELDS.iter().filter(|field| !POSTAL.contains(&field.name)) {
        if let Some(text) = fields.text(field.name) {
            details.fields.push((field.name, text.unwrap_or_default()));
        }
    }
    let postal = fields.part("address", |node, problems| match node.value() {
        Value::Null => POSTAL.map(|name| (name, String::new())).to_vec(),
        _ => {
            let mut fields = node.fields(&POSTAL, problems);
            let given = POSTAL.into_iter().filter_map(|name| Some((name, fields.text(name)?)));
            given.map(|(name, text)| (name, text.unwrap_or_default())).collect()
        }
    });
    details.fields.extend(postal.unwrap_or_default());
    details.email_verified = fields.flag("email_verified");
    details.phone_number_verified = fields.flag("phone_number_verified");
    details
}

/// `{"keycloak:corp": "8f3c"}`, or several: `{"keycloak:corp": ["8f3c", "91aa"]}`.
fn external_ids(node: Node<'_>, problems: &mut Vec<Problem>) -> BTreeMap<String, Vec<String>> {
    let members = node.members(problems).into_iter();
    let read = members.map(|(source, node)| {
        let values = match node.value() {
            Value::String(one) => vec![one.clone()],
            _ => node.texts(problems),
        };
        (source.to_owned(), values)
    });
    read.collect()
}
