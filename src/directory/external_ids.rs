//! What other systems call a person, for clients that know people by it (`--sub external:SOURCE`).

use serde_json::{Map, Value, json};

use super::{DirectoryError, Result, rights};
use crate::app::App;
use crate::domain::{Actor, Client, ExternalId, SubMode, User};
use crate::store::{Conn, Tx, external_ids, is_taken};

/// Characters of a source or of a value: OpenID Connect Core 2 allows a `sub` no more.
const LONGEST: usize = 255;

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
        external_ids::delete(tx, source, &user.id).await?;
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
pub async fn of_user(app: &App, user: &User) -> Result<Vec<(String, String)>> {
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
