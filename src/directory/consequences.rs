//! What a deletion takes along, said before it is done.

use super::{Result, sessions};
use crate::app::App;
use crate::domain::{Client, Group, User};
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

/// Counting ends here: "more than" is enough to know.
const MOST: i64 = 1_001;

/// The same of a client.
///
/// # Errors
/// When the database refuses.
pub async fn of_client(app: &App, client: &Client) -> Result<Vec<String>> {
    let mut conn = app.db.read().await?.apart();
    let grants = grants::count_of_client(&mut conn, &client.id, MOST).await?;
    let consents = consents::count_of_client(&mut conn, &client.id, MOST).await?;
    let owners = client_owners::of_client(&mut conn, &client.id).await?.len();
    drop(conn);
    let registry = app.registry();
    let count = |count: i64| usize::try_from(count).unwrap_or_default();
    let told = counted([
        (count(grants), "grant", "grants"),
        (count(consents), "consent", "consents"),
        (registry.scope_maps(&client.id).len(), "scope map", "scope maps"),
        (registry.claim_maps(&client.id).len(), "claim map", "claim maps"),
        (owners, "owner", "owners"),
    ]);
    let (exact, bound) = (format!("{MOST} "), format!("more than {} ", MOST - 1));
    Ok(told.into_iter().map(|told| told.replace(&exact, &bound)).collect())
}

fn counted<const N: usize>(all: [(usize, &str, &str); N]) -> Vec<String> {
    let some = all.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect()
}
