//! Finding things by name or id, with near misses for names that do not exist.

use super::{DirectoryError, Result};
use crate::domain::{
    Client, ClientId, Group, GroupId, Scope, Scopes, ServerKey, User, UserId, Username, near,
};
use crate::registry::Snapshot;
use crate::store::{Conn, clients, groups, keys, scopes, users};

/// Names that are looked at for near misses among people, of whom there may be millions.
const LOOKED_AT: i64 = 500;

/// The person with this username, id or e-mail address.
///
/// # Errors
/// `NotFound` with near misses.
pub async fn user(conn: &mut Conn, name: &str) -> Result<User> {
    if let Some(user) = users::find(conn, &UserId(name.to_owned())).await? {
        return Ok(user);
    }
    if let Ok(username) = Username::parse(name)
        && let Some(user) = users::find_by_username(conn, &username).await?
    {
        return Ok(user);
    }
    if name.contains('@') {
        let mut found = users::find_by_email(conn, &User::canonical_email(name)).await?;
        if let Some(user) = found.pop() {
            return Ok(user);
        }
    }
    Err(not_found("user", name, near_users(conn, name).await?))
}

/// The group with this name or id.
///
/// # Errors
/// `NotFound` with near misses.
pub async fn group(conn: &mut Conn, name: &str) -> Result<Group> {
    let all = groups::all(conn).await?;
    let found = all.iter().find(|group| group.id.as_str() == name || group.name == name);
    match found {
        Some(group) => Ok(group.clone()),
        None => Err(not_found("group", name, all.into_iter().map(|group| group.name))),
    }
}

/// The client with this id or slug.
///
/// # Errors
/// `NotFound` with near misses.
pub async fn client(conn: &mut Conn, name: &str) -> Result<Client> {
    let mut all = clients::all(conn).await?;
    let at = |fits: &dyn Fn(&Client) -> bool| all.iter().position(fits);
    let found = at(&|client| client.id.as_str() == name).or_else(|| at(&|c| c.slug == name));
    match found {
        Some(at) => Ok(all.swap_remove(at)),
        None => Err(not_found("client", name, all.into_iter().map(|client| client.id.0))),
    }
}

/// The scope with this name.
///
/// # Errors
/// `NotFound` with near misses.
pub async fn scope(conn: &mut Conn, name: &str) -> Result<Scope> {
    let mut all = scopes::all(conn).await?;
    match all.iter().position(|scope| scope.name == name) {
        Some(at) => Ok(all.swap_remove(at)),
        None => Err(not_found("scope", name, all.into_iter().map(|scope| scope.name))),
    }
}

/// The signing key with this id, or the only one whose id starts so.
///
/// # Errors
/// `NotFound`, or `Ambiguous` for a start that several share.
pub async fn key(conn: &mut Conn, kid: &str) -> Result<ServerKey> {
    let mut all = keys::all(conn).await?;
    if let Some(at) = all.iter().position(|key| key.kid.as_str() == kid) {
        return Ok(all.swap_remove(at));
    }
    let mut begun: Vec<_> = all.iter().filter(|key| key.kid.as_str().starts_with(kid)).collect();
    match (begun.pop(), begun.is_empty()) {
        (Some(key), true) if !kid.is_empty() => Ok(key.clone()),
        (Some(_), false) if !kid.is_empty() => {
            let fits = all.iter().filter(|key| key.kid.as_str().starts_with(kid));
            let fits = fits.map(|key| key.kid.0.clone()).collect();
            Err(DirectoryError::Ambiguous { what: "key", name: kid.to_owned(), fits })
        }
        _ => Err(not_found("key", kid, all.into_iter().map(|key| key.kid.0))),
    }
}

/// Who may use a client: the name of each group that has a scope map, and its scopes.
pub fn maps(registry: &Snapshot, client: &ClientId) -> Vec<(String, Scopes)> {
    let maps = registry.scope_maps(client).iter();
    maps.map(|map| (group_name(registry, &map.group_id), map.scopes.0.clone())).collect()
}

/// What to call a group; its id if it was deleted meanwhile.
pub fn group_name(registry: &Snapshot, id: &GroupId) -> String {
    registry.groups().get(id).map_or_else(|| id.0.clone(), |group| group.name.clone())
}

pub(super) fn not_found(
    what: &'static str,
    name: &str,
    known: impl IntoIterator<Item = String>,
) -> DirectoryError {
    DirectoryError::NotFound { what, name: name.to_owned(), near: near(name, known) }
}

async fn near_users(conn: &mut Conn, name: &str) -> Result<Vec<String>> {
    let start: String = name.chars().take(name.chars().count().div_ceil(2)).collect();
    let mut known = users::names_starting(conn, &start.to_lowercase(), LOOKED_AT).await?;
    known.extend(users::list(conn, "", LOOKED_AT).await?.into_iter().map(|user| user.username));
    known.sort();
    known.dedup();
    Ok(known.into_iter().map(|name| name.to_string()).collect())
}
