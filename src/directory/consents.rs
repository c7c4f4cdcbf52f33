//! What people said yes to: forgetting it.

use super::{DirectoryError, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, ClientId, User};
use crate::explain::audit::Entry;
use crate::store::{consents, grants};

/// Forgets what a person allowed a client, and revokes what the client holds of it: it asks again.
///
/// # Errors
/// When they allowed it nothing.
pub async fn revoke(app: &App, actor: &Actor, name: &str, client: &str) -> Result<User> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let client = ClientId(client.to_owned());
    if !consents::delete(&mut tx, &user.id, &client).await? {
        let what = format!("'{}' has not allowed '{client}' anything", user.username);
        return Err(DirectoryError::NotThere(what));
    }
    let now = app.clock.now();
    let grants = grants::revoke_of_user(&mut tx, &user.id, Some(&client), now).await?;
    Entry::new(app, "consent.withdrawn", actor)
        .user(&user.id, user.username.as_str())
        .client(&client)
        .detail("grants", grants)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}
