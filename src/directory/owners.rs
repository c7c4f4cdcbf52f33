//! Who owns a client: people with the role of an application owner change what they own.

use std::sync::Arc;

use super::{Done, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, Client, Role, User};
use crate::explain::audit::Entry;
use crate::store::client_owners;

/// Makes somebody an owner of a client.
///
/// # Errors
/// When one of the two does not exist.
pub async fn add(app: &App, actor: &Actor, client: &str, user: &str) -> Result<Done<Client>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "decide who owns an application")?;
    let (client, user) = (find::client(&mut tx, client).await?, find::user(&mut tx, user).await?);
    if !client_owners::add(&mut tx, &client.id, &user.id).await? {
        let note = format!("'{}' owned '{}' before.", user.username, client.id);
        return Ok(Done::nothing(client, note));
    }
    entry(app, actor, "client.owner_added", (&client, &user)).append(&mut tx).await?;
    commit(app, tx).await?;
    let idle = user.role.is_none();
    let note = || {
        let (name, role) = (&user.username, Role::ApplicationOwner.title().to_lowercase());
        format!("'{name}' can do nothing with it before they have the role {role}.")
    };
    let note = idle.then(note);
    Ok(Done::new(client, note))
}

/// Takes a client from an owner.
///
/// # Errors
/// When one of the two does not exist.
pub async fn remove(app: &App, actor: &Actor, client: &str, user: &str) -> Result<Done<Client>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "decide who owns an application")?;
    let (client, user) = (find::client(&mut tx, client).await?, find::user(&mut tx, user).await?);
    if !client_owners::remove(&mut tx, &client.id, &user.id).await? {
        let note = format!("'{}' did not own '{}'.", user.username, client.id);
        return Ok(Done::nothing(client, note));
    }
    entry(app, actor, "client.owner_removed", (&client, &user)).append(&mut tx).await?;
    commit(app, tx).await?;
    Ok(Done::new(client, None))
}

fn entry(app: &App, actor: &Actor, kind: &str, (client, user): (&Client, &User)) -> Entry {
    Entry::new(app, kind, actor)
        .client(&client.id)
        .user(&user.id, "")
        .target(user.username.as_str())
}

/// The clients that somebody sees: all, those they own, or none.
///
/// # Errors
/// When the database refuses.
pub async fn seen(app: &App, actor: &Actor) -> Result<Vec<Arc<Client>>> {
    let all = app.registry().clients();
    let Actor::Staff(staff) = actor else { return Ok(Vec::new()) };
    match staff.role() {
        Role::Administrator | Role::Auditor => Ok(all),
        Role::Helpdesk => Ok(Vec::new()),
        Role::ApplicationOwner => {
            let own = client_owners::of_user(&mut app.db.read().await?, staff.id()).await?;
            Ok(all.into_iter().filter(|client| own.contains(&client.id)).collect())
        }
    }
}
