//! What other systems called our people: kept, so that clients that know a person by it still do.

use super::{DirectoryError, Done, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, ExternalId, User};
use crate::explain::audit::Entry;
use crate::store::{external_ids, is_taken};

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
    check("a source of external ids", source, 100)?;
    check("an external id", value, 500)?;
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

fn check(what: &str, text: &str, most: usize) -> Result<()> {
    let length = text.chars().count();
    let strange = |c: char| c.is_control() || c.is_whitespace();
    if (1..=most).contains(&length) && !text.chars().any(strange) {
        return Ok(());
    }
    let rule = format!("use 1 to {most} characters without spaces");
    Err(DirectoryError::value(what, text, rule))
}
