//! What other systems called our people: kept, so that clients that know a person by it still do
//! (`--sub external:SOURCE`).

use serde_json::{Map, Value, json};

use super::{DirectoryError, Done, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, Client, ExternalId, SubMode, User};
use crate::explain::audit::Entry;
use crate::store::{Conn, Tx, external_ids, is_taken};

/// Characters of a source or of a value: OpenID Connect Core 2 allows a `sub` no more.
const LONGEST: usize = 255;

/// Notes what a source calls a person.
///
/// # Errors
/// When the source gave that name to somebody else, or a value breaks its rule.
pub async fn add(
    app: &App,
    actor: &Actor,
    user: &str,
    (source, value): (&str, &str),
) -> Result<Done<User>> {
    check("a source of external ids", source)?;
    check("an external id", value)?;
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, user).await?;
    rights::administer(actor, "decide what other systems call people")?;
    let id = ExternalId { source: source.into(), value: value.into(), user_id: user.id.clone() };
    if external_ids::of_user(&mut tx, &user.id).await?.contains(&id) {
        return Ok(Done::nothing(user, "That was known before."));
    }
    external_ids::insert(&mut tx, &id).await.map_err(|error| match is_taken(&error) {
        true => DirectoryError::Taken { what: "external id", name: format!("{source}: {value}") },
        false => error.into(),
    })?;
    entry(app, actor, "user.external_id_added", (&user, &id)).append(&mut tx).await?;
    commit(app, tx).await?;
    Ok(Done::new(user, None))
}

/// Forgets what a source calls a person.
///
/// # Errors
/// When it does not call them so.
pub async fn remove(
    app: &App,
    actor: &Actor,
    user: &str,
    (source, value): (&str, &str),
) -> Result<Done<User>> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, user).await?;
    rights::administer(actor, "decide what other systems call people")?;
    let id = ExternalId { source: source.into(), value: value.into(), user_id: user.id.clone() };
    if !external_ids::delete(&mut tx, &id).await? {
        let what = format!("'{source}' does not call '{}' '{value}'", user.username);
        return Err(DirectoryError::NotThere(what));
    }
    entry(app, actor, "user.external_id_removed", (&user, &id)).append(&mut tx).await?;
    commit(app, tx).await?;
    Ok(Done::new(user, None))
}

fn entry(app: &App, actor: &Actor, kind: &str, (user, id): (&User, &ExternalId)) -> Entry {
    Entry::new(app, kind, actor)
        .user(&user.id, user.username.as_str())
        .detail("source", id.source.as_str())
        .detail("value", id.value.as_str())
}

/// Sets or takes away names in an open transaction; the changes as the audit log tells them.
pub(super) async fn apply(
    tx: &mut Tx,
    actor: &Actor,
    user: &User,
    wanted: &[(String, Option<String>)],
) -> Result<Map<String, Value>> {
    let mut changes = Map::new();
    if wanted.is_empty() {
        return Ok(changes);
    }
    rights::administer(actor, "say what other systems call people")?;
    for (source, value) in wanted {
        check("the name of a system", source)?;
        let before = external_ids::value_of(tx, source, &user.id).await?;
        if before == *value {
            continue;
        }
        external_ids::delete_of(tx, source, &user.id).await?;
        if let Some(value) = value {
            check("an external id", value)?;
            let (source, value) = (source.clone(), value.clone());
            let id = ExternalId { source, value, user_id: user.id.clone() };
            external_ids::insert(tx, &id).await.map_err(|error| match is_taken(&error) {
                true => DirectoryError::Taken {
                    what: "external id",
                    name: format!("{}={}", id.source, id.value),
                },
                false => error.into(),
            })?;
        }
        changes.insert(format!("external_ids.{source}"), json!({ "from": before, "to": value }));
    }
    Ok(changes)
}

/// Names a person who was made in this transaction, each with a line in the audit log.
pub(super) async fn first(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (user, wanted): (&User, &[(String, Option<String>)]),
) -> Result<()> {
    apply(tx, actor, user, wanted).await?;
    for id in external_ids::of_user(tx, &user.id).await? {
        entry(app, actor, "user.external_id_added", (user, &id)).append(tx).await?;
    }
    Ok(())
}

fn check(what: &str, text: &str) -> Result<()> {
    let fine = text.chars().all(|c| c.is_ascii_graphic());
    match fine && (1..=LONGEST).contains(&text.len()) {
        true => Ok(()),
        false => {
            Err(DirectoryError::value(what, text, "use 1 to 255 ASCII characters without spaces"))
        }
    }
}

/// What other systems call a person: source and value.
///
/// # Errors
/// When the database refuses.
pub async fn of_user(app: &App, user: &User) -> Result<Vec<ExternalId>> {
    Ok(external_ids::of_user(&mut app.db.read().await?, &user.id).await?)
}

/// The clients that take the person for somebody else after such changes.
pub(super) fn strangers(app: &App, changes: &Map<String, Value>) -> Vec<String> {
    let clients = app.registry().clients();
    let met = clients.iter().filter(|client| match &client.settings.sub {
        SubMode::External(source) => changes.contains_key(&format!("external_ids.{source}")),
        _ => false,
    });
    met.map(|client| format!("'{}' knows this person by that id from now on.", client.id)).collect()
}

/// Says how many people the client knows by our identifier, having no other.
pub(super) async fn unknown(conn: &mut Conn, client: &Client) -> Result<Option<String>> {
    let SubMode::External(source) = &client.settings.sub else { return Ok(None) };
    let without = match external_ids::count_without(conn, source).await? {
        0 => return Ok(None),
        1 => "one person has".to_owned(),
        n => format!("{n} people have"),
    };
    Ok(Some(format!(
        "'{}' knows people by what {source} called them, and {without} no id of {source}: it gets \
         Keystead's identifier of them, unless: keystead user update NAME --external-id \
         {source}=VALUE",
        client.id
    )))
}
