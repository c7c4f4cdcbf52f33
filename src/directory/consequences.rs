//! What a deletion takes along, said before it is done.

use super::{Result, sessions};
use crate::app::App;
use crate::domain::{Group, User};
use crate::store::{client_owners, consents, grants, groups};

/// `3 sessions`, `12 grants`: what there is of it, and nothing else.
///
/// # Errors
/// When the database refuses.
pub async fn of_user(app: &App, user: &User) -> Result<Vec<String>> {
    let live = sessions::of_user(app, user).await?.len();
    let mut conn = app.db.read().await?;
    let grants = grants::count_of_user(&mut conn, &user.id).await?;
    let consents = consents::of_user(&mut conn, &user.id).await?.len();
    let groups = groups::direct(&mut conn, &user.id).await?.len();
    let owned = client_owners::of_user(&mut conn, &user.id).await?.len();
    Ok(counted([
        (live, "session", "sessions"),
        (usize::try_from(grants).unwrap_or_default(), "grant", "grants"),
        (consents, "consent", "consents"),
        (groups, "group membership", "group memberships"),
        (owned, "ownership of an application", "ownerships of applications"),
    ]))
}

/// The same of a group.
///
/// # Errors
/// When the database refuses.
pub async fn of_group(app: &App, group: &Group) -> Result<Vec<String>> {
    let members = groups::count_members(&mut app.db.read().await?, &group.id).await?;
    let registry = app.registry();
    let clients = registry.clients();
    let scope_maps = clients.iter().flat_map(|client| registry.scope_maps(&client.id));
    let claim_maps = clients.iter().flat_map(|client| registry.claim_maps(&client.id));
    let inside = registry.groups().keys().filter(|id| registry.parents_of(id).contains(&group.id));
    Ok(counted([
        (usize::try_from(members).unwrap_or_default(), "membership", "memberships"),
        (inside.count(), "group inside it", "groups inside it"),
        (registry.parents_of(&group.id).len(), "group around it", "groups around it"),
        (scope_maps.filter(|map| map.group_id == group.id).count(), "scope map", "scope maps"),
        (claim_maps.filter(|map| map.group_id == group.id).count(), "claim map", "claim maps"),
    ]))
}

fn counted<const N: usize>(all: [(usize, &str, &str); N]) -> Vec<String> {
    let some = all.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect()
}
