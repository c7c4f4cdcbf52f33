//! What applications may do for people: what they said yes to or are not asked about, and ending it.

use super::{DirectoryError, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, ClientId, Scopes, Timestamp, User};
use crate::explain::audit::Entry;
use crate::store::{consents, grants};

/// Grants that are looked at, the newest.
const GRANTS: i64 = 1000;

/// What an application may do for a person.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Which.
    pub client: ClientId,
    /// What it may know and do.
    pub scopes: Scopes,
    /// When they allowed it, or when it first got what it holds.
    pub since: Timestamp,
    /// Whether they were asked: of trusted applications nobody is.
    pub asked: bool,
    /// Whether it stays connected after they sign out.
    pub stays: bool,
}

/// What a person allowed applications, and what those hold that nobody is asked about.
///
/// # Errors
/// When the database refuses.
pub async fn connections(app: &App, user: &User) -> Result<Vec<Connection>> {
    let mut conn = app.db.read().await?;
    let allowed = consents::of_user(&mut conn, &user.id).await?;
    let held = grants::standing(&mut conn, &user.id, GRANTS).await?;
    let mut all: Vec<Connection> = allowed
        .into_iter()
        .map(|consent| Connection {
            client: consent.client_id,
            scopes: consent.scopes.0,
            since: consent.granted_at,
            asked: true,
            stays: false,
        })
        .collect();
    for (client, scopes, since) in held {
        let stays = scopes.contains("offline_access");
        match all.iter_mut().find(|one| one.client == client) {
            Some(known) => {
                known.stays |= stays;
                if !known.asked {
                    known.scopes = known.scopes.union(&scopes);
                    known.since = known.since.min(since);
                }
            }
            None => {
                all.push(Connection { client, scopes: scopes.0, since, asked: false, stays });
            }
        }
    }
    Ok(all)
}

/// Forgets what a person allowed a client, and revokes what the client holds of it: it asks again.
///
/// # Errors
/// When they allowed it nothing, and it holds nothing of theirs.
pub async fn revoke(app: &App, actor: &Actor, name: &str, client: &str) -> Result<User> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let client = ClientId(client.to_owned());
    let asked = consents::delete(&mut tx, &user.id, &client).await?;
    let now = app.clock.now();
    let grants = grants::revoke_of_user(&mut tx, &user.id, Some(&client), now).await?;
    // A trusted application asked for nothing, and holds something all the same.
    if !asked && grants == 0 {
        let what = format!("'{}' has not allowed '{client}' anything", user.username);
        return Err(DirectoryError::NotThere(what));
    }
    Entry::new(app, "consent.withdrawn", actor)
        .user(&user.id, user.username.as_str())
        .client(&client)
        .detail("grants", grants)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}
