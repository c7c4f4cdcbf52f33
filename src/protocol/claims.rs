//! What a client is told of a person, OpenID Connect Core 5. Empty claims are left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::domain::{
    ClaimMap, ClaimNames, Client, GroupId, Join, Scope, Scopes, User, UsernameFormat,
};

/// Everything claims are made from.
pub struct Source<'a> {
    /// Of whom.
    pub user: &'a User,
    /// What the client calls them.
    pub sub: &'a str,
    /// The names of all their groups, `everyone` left out.
    pub group_names: Vec<&'a str>,
    /// The ids of all their groups.
    pub groups: &'a BTreeSet<GroupId>,
    /// The client's claim maps.
    pub claim_maps: &'a [ClaimMap],
    /// `preferred_username`.
    pub username: UsernameFormat,
    /// The host of our public URL, for usernames that carry it.
    pub host: &'a str,
}

/// The claims that these scopes and names open, and `sub`.
pub fn userinfo(
    source: &Source<'_>,
    (scopes, definitions): (&Scopes, &BTreeMap<String, Scope>),
    asked: &ClaimNames,
) -> Map<String, Value> {
    let open: BTreeSet<&str> = definitions
        .values()
        .filter(|scope| scopes.contains(&scope.name))
        .flat_map(|scope| scope.claims.iter().map(String::as_str))
        .chain(asked.iter().map(String::as_str))
        .collect();
    let mut claims = pick(source, &open);
    let mapped = mapped(source);
    // Nobody checked what follows from a group.
    for (claim, flag) in [("email", "email_verified"), ("phone_number", "phone_number_verified")] {
        if let Some(checked) = claims.get_mut(flag).filter(|_| mapped.contains_key(claim)) {
            *checked = json!(false);
        }
    }
    claims.extend(mapped);
    claims.insert("sub".into(), json!(source.sub));
    claims
}

/// The claims of a signed userinfo answer, with its issuer and the client it is for (OpenID Connect
/// Core 5.3.2).
pub fn addressed(
    mut claims: Map<String, Value>,
    issuer: &str,
    client: &Client,
) -> Map<String, Value> {
    claims.insert("iss".into(), json!(issuer));
    claims.insert("aud".into(), json!(client.id));
    claims
}

/// The values of single claims, for the ID token's requested ones and for the consent page.
pub fn pick(source: &Source<'_>, names: &BTreeSet<&str>) -> Map<String, Value> {
    names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), value(source, name)?)))
        .filter(|(_, value)| !is_empty(value))
        .collect()
}

fn value(source: &Source<'_>, name: &str) -> Option<Value> {
    let user = source.user;
    let text = |value: &Option<String>| value.as_ref().map(|value| json!(value));
    match name {
        "name" => text(&user.display_name).or_else(|| joined_name(user)),
        "given_name" => text(&user.given_name),
        "family_name" => text(&user.family_name),
        "preferred_username" => Some(json!(preferred_username(source))),
        "updated_at" => Some(json!(user.updated_at.0)),
        "email" => text(&user.email),
        "email_verified" => user.email.as_ref().map(|_| json!(user.email_verified)),
        // An empty list says "in no group", which clients that mirror groups must be told.
        "groups" => Some(json!(source.group_names)),
        "phone_number_verified" => user
            .profile
            .phone_number
            .as_ref()
            .map(|_| json!(user.profile.phone_number_verified.unwrap_or(false))),
        other => profile_claim(user, other),
    }
}

/// The claims whose names are the fields of `Profile`.
fn profile_claim(user: &User, name: &str) -> Option<Value> {
    match serde_json::to_value(&user.profile.0) {
        Ok(Value::Object(mut profile)) => profile.remove(name),
        _ => None,
    }
}

fn joined_name(user: &User) -> Option<Value> {
    let parts: Vec<&str> =
        [&user.given_name, &user.family_name].into_iter().filter_map(|p| p.as_deref()).collect();
    (!parts.is_empty()).then(|| json!(parts.join(" ")))
}

fn preferred_username(source: &Source<'_>) -> String {
    let name = source.user.username.as_str();
    match source.username {
        UsernameFormat::Short => name.to_owned(),
        UsernameFormat::Spn => format!("{name}@{}", source.host),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// The claims that group membership gives at this client; a claim nobody gets a value for is
/// left out.
fn mapped(source: &Source<'_>) -> Map<String, Value> {
    let mut values: BTreeMap<&str, (Join, BTreeSet<&str>)> = BTreeMap::new();
    for map in source.claim_maps.iter().filter(|map| source.groups.contains(&map.group_id)) {
        let entry = values.entry(&map.claim).or_insert((map.join, BTreeSet::new()));
        entry.1.extend(map.values.iter().map(String::as_str));
    }
    let shaped = |(join, values): (Join, BTreeSet<&str>)| {
        let values: Vec<&str> = values.into_iter().collect();
        match join {
            Join::Array => json!(values),
            Join::Csv => json!(values.join(",")),
            Join::Ssv => json!(values.join(" ")),
        }
    };
    values.into_iter().map(|(claim, joined)| (claim.to_owned(), shaped(joined))).collect()
}
