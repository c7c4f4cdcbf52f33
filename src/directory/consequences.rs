//! What a deletion takes along, said before it is done.

use super::{Result, members, sessions};
use crate::app::App;
use crate::domain::{Client, Group, Session, User, UserId};
use crate::store::{client_owners, consents, grants, groups};

/// `3 sessions`, `12 grants`: what there is of it for these people, and nothing else.
///
/// # Errors
/// When the database refuses.
pub async fn of_users(app: &App, users: &[UserId]) -> Result<Vec<String>> {
    let sessions = sessions::count_each(app, users).await?.into_values().sum();
    let mut conn = app.db.read().await?.apart();
    let grants = grants::count_of_users(&mut conn, users).await?;
    let consents = consents::count_of_users(&mut conn, users).await?;
    let memberships = groups::count_each(&mut conn, users).await?;
    let owned = client_owners::count_of_users(&mut conn, users).await?;
    Ok(counted([
        (sessions, "session", "sessions"),
        (grants, "grant", "grants"),
        (consents, "consent", "consents"),
        (memberships.iter().map(|(_, n)| n).sum(), "group membership", "group memberships"),
        (owned, "ownership of an application", "ownerships of applications"),
    ]))
}

/// What ends with the sessions of these people.
///
/// # Errors
/// When the database refuses.
pub async fn of_sessions(app: &App, users: &[UserId]) -> Result<Vec<String>> {
    let sessions = sessions::count_each(app, users).await?.into_values().sum();
    let grants = grants::count_of_users(&mut app.db.read().await?.apart(), users).await?;
    Ok(counted([(sessions, "session", "sessions"), (grants, "grant", "grants")]))
}

/// What ends with these sessions.
///
/// # Errors
/// When the database refuses.
pub async fn of_chosen_sessions(app: &App, chosen: &[(Session, User)]) -> Result<Vec<String>> {
    let mut conn = app.db.read().await?.apart();
    let mut count = 0;
    for (session, user) in chosen {
        count += grants::count_of_session(&mut conn, &user.id, session.id).await?;
    }
    Ok(counted([(count, "grant", "grants")]))
}

/// The same of a group.
///
/// # Errors
/// When the database refuses.
pub async fn of_group(app: &App, group: &Group) -> Result<Vec<String>> {
    let members = members::count(app, &[std::slice::from_ref(&group.id)], i64::MAX).await?;
    let registry = app.registry();
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let clients = registry.clients();
    let scope_maps = clients.iter().flat_map(|client| registry.scope_maps(&client.id));
    let claim_maps = clients.iter().flat_map(|client| registry.claim_maps(&client.id));
    let inside = registry.groups().keys().filter(|id| registry.parents_of(id).contains(&group.id));
    Ok(counted([
        (members.iter().sum(), "membership", "memberships"),
        (count(inside.count()), "group inside it", "groups inside it"),
        (count(registry.parents_of(&group.id).len()), "group around it", "groups around it"),
        (
            count(scope_maps.filter(|map| map.group_id == group.id).count()),
            "scope map",
            "scope maps",
        ),
        (
            count(claim_maps.filter(|map| map.group_id == group.id).count()),
            "claim map",
            "claim maps",
        ),
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
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let told = counted([
        (grants, "grant", "grants"),
        (consents, "consent", "consents"),
        (count(registry.scope_maps(&client.id).len()), "scope map", "scope maps"),
        (count(registry.claim_maps(&client.id).len()), "claim map", "claim maps"),
        (count(owners), "owner", "owners"),
    ]);
    let (exact, bound) = (format!("{MOST} "), format!("more than {} ", MOST - 1));
    Ok(told.into_iter().map(|told| told.replace(&exact, &bound)).collect())
}

fn counted<const N: usize>(all: [(i64, &str, &str); N]) -> Vec<String> {
    let some = all.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect()
}
