//! Scope maps: who may use a client, and which scopes they may get.

use sqlx::types::Json;

use super::{DirectoryError, Done, Result, begin_as, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, Client, EVERYONE, Group, ScopeMap, Scopes};
use crate::explain::audit::Entry;
use crate::store::{Conn, maps, scopes};

/// Lets members of a group use a client, with these scopes at most. The first map that an
/// administrator sets takes the place of the one that came with a template.
///
/// # Errors
/// When a scope is unknown, with near misses.
pub async fn set(
    app: &App,
    actor: &Actor,
    client: &str,
    (group, wanted): (&str, &Scopes),
) -> Result<Done<ScopeMap>> {
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, client).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    rights::keep_trust(actor, &client)?;
    let group = find::group(&mut tx, group).await;
    let group = group.map_err(|error| rights::discreet(actor, error))?;
    known(&mut tx, wanted).await?;
    let removed = maps::delete_default_scope_maps(&mut tx, &client.id).await?;
    let map = ScopeMap {
        client_id: client.id.clone(),
        group_id: group.id.clone(),
        scopes: Json(wanted.clone()),
        is_default: false,
    };
    maps::put_scope_map(&mut tx, &map).await?;
    Entry::new(app, "client.scope_map_set", actor)
        .client(&client.id)
        .detail("group", group.name.as_str())
        .detail("scopes", wanted.to_string())
        .append(&mut tx)
        .await?;
    publish(app, tx).await?;
    let narrowed = removed > 0 && group.id.as_str() != EVERYONE;
    Ok(Done::new(map, narrowed.then(|| no_longer_everyone(&client, &group))))
}

/// Takes the map of one group away.
///
/// # Errors
/// When there is none.
pub async fn remove(app: &App, actor: &Actor, client: &str, group: &str) -> Result<Done<Client>> {
    let mut tx = begin_as(app, actor).await?;
    let client = find::client(&mut tx, client).await?;
    rights::reach_client(&mut tx, actor, &client.id).await?;
    let group = find::group(&mut tx, group).await;
    let group = group.map_err(|error| rights::discreet(actor, error))?;
    if !maps::delete_scope_map(&mut tx, &client.id, &group.id).await? {
        let what = format!("'{}' has no scope map for '{}'", client.id, group.name);
        return Err(DirectoryError::NotThere(what));
    }
    Entry::new(app, "client.scope_map_removed", actor)
        .client(&client.id)
        .detail("group", group.name.as_str())
        .append(&mut tx)
        .await?;
    let left = maps::all_scope_maps(&mut tx).await?;
    publish(app, tx).await?;
    let nobody = !left.iter().any(|map| map.client_id == client.id);
    let note = || format!("'{}' has no scope map left: nobody may use it.", client.id);
    let note = nobody.then(note);
    Ok(Done::new(client, note))
}

async fn known(conn: &mut Conn, wanted: &Scopes) -> Result<()> {
    if wanted.is_empty() {
        let rule = "name at least one, like openid";
        return Err(DirectoryError::value("a list of scopes", "", rule));
    }
    let names: Vec<String> = scopes::all(conn).await?.into_iter().map(|scope| scope.name).collect();
    match wanted.iter().find(|name| !names.iter().any(|known| known == name)) {
        Some(unknown) => Err(find::not_found("scope", unknown, names)),
        None => Ok(()),
    }
}

fn no_longer_everyone(client: &Client, group: &Group) -> String {
    format!(
        "'{}' was open to everyone, as its template had set it up; now only '{}' may use it.",
        client.id, group.name
    )
}
