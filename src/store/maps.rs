//! Scope maps and claim maps.

use super::{Conn, Result, Tx, record};
use crate::domain::{ClaimMap, ClientId, GroupId, Join, ScopeMap};

record! { ScopeMap { client_id, group_id, scopes, is_default } }
record! { ClaimMap { client_id, claim, group_id, values as "claim_values", join as "join_as" } }

/// Every scope map.
pub async fn all_scope_maps(conn: &mut Conn) -> Result<Vec<ScopeMap>> {
    conn.query("select client_id, group_id, scopes, is_default from scope_maps order by client_id, group_id")
        .all()
        .await
}

/// Adds a scope map, or overwrites its scopes.
pub async fn put_scope_map(tx: &mut Tx, map: &ScopeMap) -> Result<()> {
    tx.query(
        "insert into scope_maps (client_id, group_id, scopes, is_default) values ($1, $2, $3, $4)
         on conflict (client_id, group_id) do update
         set scopes = excluded.scopes, is_default = excluded.is_default",
    )
    .bind(&map.client_id)
    .bind(&map.group_id)
    .bind(&map.scopes)
    .bind(map.is_default)
    .execute()
    .await?;
    Ok(())
}

/// Removes a template's own map, before the administrator's first.
pub async fn delete_default_scope_maps(tx: &mut Tx, client: &ClientId) -> Result<u64> {
    tx.query("delete from scope_maps where client_id = $1 and is_default = true")
        .bind(client)
        .execute()
        .await
}

/// Removes a scope map; `false` if there was none.
pub async fn delete_scope_map(tx: &mut Tx, client: &ClientId, group: &GroupId) -> Result<bool> {
    let deleted = tx
        .query("delete from scope_maps where client_id = $1 and group_id = $2")
        .bind(client)
        .bind(group)
        .execute()
        .await?;
    Ok(deleted > 0)
}

/// Every claim map.
pub async fn all_claim_maps(conn: &mut Conn) -> Result<Vec<ClaimMap>> {
    conn.query(
        "select client_id, claim, group_id, claim_values, join_as from claim_maps
         order by client_id, claim, group_id",
    )
    .all()
    .await
}

/// Adds a claim map, or overwrites its values.
pub async fn put_claim_map(tx: &mut Tx, map: &ClaimMap) -> Result<()> {
    tx.query(
        "insert into claim_maps (client_id, claim, group_id, claim_values, join_as)
         values ($1, $2, $3, $4, $5)
         on conflict (client_id, claim, group_id) do update
         set claim_values = excluded.claim_values, join_as = excluded.join_as",
    )
    .bind(&map.client_id)
    .bind(&map.claim)
    .bind(&map.group_id)
    .bind(&map.values)
    .bind(map.join)
    .execute()
    .await?;
    Ok(())
}

/// Joins all values of one claim in the same way.
pub async fn set_join(tx: &mut Tx, client: &ClientId, claim: &str, join: Join) -> Result<()> {
    tx.query("update claim_maps set join_as = $3 where client_id = $1 and claim = $2")
        .bind(client)
        .bind(claim)
        .bind(join)
        .execute()
        .await?;
    Ok(())
}

/// Removes a claim map; `false` if there was none.
pub async fn delete_claim_map(
    tx: &mut Tx,
    client: &ClientId,
    claim: &str,
    group: &GroupId,
) -> Result<bool> {
    let deleted = tx
        .query("delete from claim_maps where client_id = $1 and claim = $2 and group_id = $3")
        .bind(client)
        .bind(claim)
        .bind(group)
        .execute()
        .await?;
    Ok(deleted > 0)
}
