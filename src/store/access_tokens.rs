//! Opaque access tokens, and the JWT ones that were revoked.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{AccessToken, Grant, Selector, Timestamp};

record! { AccessToken {
    id, hash, grant_id, client_id, layout, scopes, issued_at, expires_at, revoked_at, cnf, target
} }

/// Stores an opaque access token.
pub async fn insert(tx: &mut Tx, token: &AccessToken) -> Result<()> {
    tx.query(
        "insert into access_tokens (id, hash, grant_id, client_id, layout, scopes, issued_at,
         expires_at, revoked_at, cnf, target)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(token.id)
    .bind(&token.hash)
    .bind(token.grant_id)
    .bind(&token.client_id)
    .bind(token.layout)
    .bind(&token.scopes)
    .bind(token.issued_at)
    .bind(token.expires_at)
    .bind(token.revoked_at)
    .bind(&token.cnf)
    .bind(&token.target)
    .execute()
    .await?;
    Ok(())
}

/// The token with this selector and its grant, which a client that acts for itself has none of;
/// the caller compares the secret.
pub async fn with_grant(
    conn: &mut Conn,
    id: Selector,
) -> Result<Option<(AccessToken, Option<Grant>)>> {
    conn.query(
        "select t.id, t.hash, t.grant_id, t.client_id, t.layout, t.scopes, t.issued_at,
         t.expires_at, t.revoked_at, t.cnf, t.target, g.id is not null as granted,
         g.id, g.client_id, g.user_id, g.session_id, g.sid, g.layout, g.scopes,
         g.claims, g.nonce, g.auth_time, g.acr, g.amr, g.flow, g.created_at, g.revoked_at,
         g.target
         from access_tokens t left join grants g on g.id = t.grant_id where t.id = $1",
    )
    .bind(id)
    .optional_as(|columns| {
        let token = AccessToken::read(columns)?;
        let granted: bool = columns.named("granted")?;
        Ok((token, granted.then(|| Grant::read(columns)).transpose()?))
    })
    .await
}

/// Revokes one opaque token.
pub async fn revoke(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let revoked = tx
        .query("update access_tokens set revoked_at = $2 where id = $1 and revoked_at is null")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(revoked > 0)
}

/// Revokes one JWT by its `jti`, until it expires.
pub async fn revoke_jwt(tx: &mut Tx, jti: &str, expires_at: Timestamp) -> Result<bool> {
    let revoked = tx
        .query(
            "insert into revoked_tokens (jti, expires_at) values ($1, $2) on conflict do nothing",
        )
        .bind(jti)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(revoked > 0)
}

/// Whether a JWT was revoked by its `jti`.
pub async fn jwt_is_revoked(conn: &mut Conn, jti: &str) -> Result<bool> {
    let row: Option<(i64,)> = conn
        .query("select expires_at from revoked_tokens where jti = $1")
        .bind(jti)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Deletes tokens that expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from access_tokens where id in
         (select id from access_tokens where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}

/// Forgets revoked JWTs that expired before `before`.
pub async fn sweep_jwts(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("delete from revoked_tokens where expires_at < $1").bind(before).execute().await
}
