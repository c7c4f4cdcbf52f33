//! A client as somebody writes it down.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Fields, Node, Problem};
use crate::domain::near;
use crate::domain::{Client, ClientSettings, Join, Scopes, Timestamp};

/// What a document says of a client.
#[derive(Debug, Clone, Default)]
pub struct ClientForm {
    /// Its id, where the document does not stand under it.
    pub client_id: Option<String>,
    /// What people read.
    pub name: Option<String>,
    /// Its name in authentik's URLs.
    pub slug: Option<String>,
    /// Cannot keep a secret.
    pub public: Option<bool>,
    /// People are not asked for consent.
    pub trusted: Option<bool>,
    /// May not be used.
    pub disabled: Option<bool>,
    /// Where answers may go.
    pub redirect_uris: Option<Vec<String>>,
    /// Where a sign-out may lead back to.
    pub post_logout_redirect_uris: Option<Vec<String>>,
    /// How we talk to it.
    pub settings: ClientSettingsForm,
    /// Where its secret is to be found.
    pub secret: Option<SecretSource>,
    /// Application owners who may change it.
    pub owners: Option<Vec<String>>,
    /// Which scopes members of a group may get.
    pub scope_maps: Option<BTreeMap<String, Scopes>>,
    /// Values in claims that follow from groups.
    pub claim_maps: Option<BTreeMap<String, ClaimForm>>,
}

/// Some settings of a client, each checked by itself.
#[derive(Debug, Clone, Default)]
pub struct ClientSettingsForm(Map<String, Value>);

/// Where a secret is to be found; the secret itself never stands in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In this variable of the environment.
    Environment(String),
    /// In this file.
    File(String),
}

/// The maps of one claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimForm {
    /// How the values of all groups are joined.
    pub join: Option<Join>,
    /// The values of each group.
    pub values: BTreeMap<String, Vec<String>>,
}

impl ClientForm {
    /// The members that say something of a client itself.
    pub const KNOWN: [&'static str; 8] = [
        "name",
        "slug",
        "public",
        "trusted",
        "disabled",
        "redirect_uris",
        "post_logout_redirect_uris",
        "settings",
    ];

    /// Reads one with these members at most.
    pub fn read(node: Node<'_>, known: &[&str], problems: &mut Vec<Problem>) -> ClientForm {
        let mut fields = node.fields(known, problems);
        ClientForm {
            client_id: fields.name("client_id"),
            name: fields.name("name"),
            slug: fields.name("slug"),
            public: fields.flag("public"),
            trusted: fields.flag("trusted"),
            disabled: fields.flag("disabled"),
            redirect_uris: fields.texts("redirect_uris"),
            post_logout_redirect_uris: fields.texts("post_logout_redirect_uris"),
            settings: fields.part("settings", ClientSettingsForm::read).unwrap_or_default(),
            secret: fields.part("secret", secret).flatten(),
            owners: fields.texts("owners"),
            scope_maps: fields.part("scope_maps", scope_maps),
            claim_maps: fields.part("claim_maps", claim_maps),
        }
    }
}

impl ClientForm {
    /// Writes what it says of the client itself over it; addresses and maps have ways of their own.
    pub fn write(&self, client: &mut Client, now: Timestamp) {
        if let Some(name) = &self.name {
            client.name.clone_from(name);
        }
        if let Some(slug) = &self.slug {
            client.slug.clone_from(slug);
        }
        client.trusted = self.trusted.unwrap_or(client.trusted);
        match self.disabled {
            Some(true) => client.disabled_at = client.disabled_at.or(Some(now)),
            Some(false) => client.disabled_at = None,
            None => {}
        }
        self.settings.apply(&mut client.settings);
    }
}

impl ClientSettingsForm {
    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> ClientSettingsForm {
        let defaults = members(&ClientSettings::default());
        let mut given = Map::new();
        for (name, node) in node.members(problems) {
            let Some(default) = defaults.get(name) else {
                let nearest = near(name, defaults.keys().cloned());
                let hint = nearest.first().map(|near| format!("; did you mean '{near}'?"));
                let hint = hint.unwrap_or_default();
                node.problem(problems, format!("there is no setting '{name}'{hint}"));
                continue;
            };
            // `null` is the default again.
            let value = if node.value().is_null() { default } else { node.value() };
            let alone = json!({ name: value });
            match serde_json::from_value::<ClientSettings>(alone) {
                Ok(_) => {
                    given.insert(name.to_owned(), value.clone());
                }
                Err(error) => node.problem(problems, error.to_string()),
            }
        }
        ClientSettingsForm(given)
    }

    /// Writes them over a client's settings.
    pub fn apply(&self, settings: &mut ClientSettings) {
        let mut all = members(settings);
        all.extend(self.0.clone());
        // Each was read by itself before, and they do not depend on each other.
        if let Ok(new) = serde_json::from_value(Value::Object(all)) {
            *settings = new;
        }
    }
}

fn members(settings: &ClientSettings) -> Map<String, Value> {
    match json!(settings) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Where a secret is to be found, as a document writes it.
pub fn secret(node: Node<'_>, problems: &mut Vec<Problem>) -> Option<SecretSource> {
    let at = node.clone();
    if node.value().is_null() {
        return None;
    }
    if node.value().is_string() {
        at.problem(problems, "a secret does not stand here; write {env: NAME} or {file: PATH}");
        return None;
    }
    let mut fields = node.fields(&["env", "file"], problems);
    match (fields.name("env"), fields.name("file")) {
        (Some(name), None) => Some(SecretSource::Environment(name)),
        (None, Some(path)) => Some(SecretSource::File(path)),
        _ => {
            at.problem(problems, "write either {env: NAME} or {file: PATH}");
            None
        }
    }
}

fn scope_maps(node: Node<'_>, problems: &mut Vec<Problem>) -> BTreeMap<String, Scopes> {
    let members = node.members(problems).into_iter();
    let read =
        members.map(|(group, node)| (group.to_owned(), node.texts(problems).into_iter().collect()));
    read.collect()
}

fn claim_maps(node: Node<'_>, problems: &mut Vec<Problem>) -> BTreeMap<String, ClaimForm> {
    let members = node.members(problems).into_iter();
    members.map(|(claim, node)| (claim.to_owned(), ClaimForm::read(node, problems))).collect()
}

impl ClaimForm {
    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> ClaimForm {
        let mut fields = node.fields(&["join", "values"], problems);
        let values = fields.part("values", |node, problems| {
            let members = node.members(problems).into_iter();
            members.map(|(group, node)| (group.to_owned(), node.texts(problems))).collect()
        });
        ClaimForm { join: join(&mut fields), values: values.unwrap_or_default() }
    }
}

/// The way of joining that `join` names.
pub fn join(fields: &mut Fields<'_, '_>) -> Option<Join> {
    let text = fields.name("join")?;
    match text.parse() {
        Ok(join) => Some(join),
        Err(problem) => {
            let problem: String = problem;
            fields.problem("join", problem);
            None
        }
    }
}
