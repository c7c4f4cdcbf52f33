//! Refresh tokens.

use super::{Conn, Result, Tx};
use crate::domain::{RefreshToken, Selector, Timestamp};

/// Stores a refresh token.
pub async fn insert(tx: &mut Tx, token: &RefreshToken) -> Result<()> {
    tx.query(
        "insert into refresh_tokens (id, hash, grant_id, client_id, scopes, parent_id, expires_at,
         used_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id)
    .bind(&token.hash)
    .bind(token.grant_id)
    .bind(&token.client_id)
    .bind(&token.scopes)
    .bind(token.parent_id)
    .bind(token.expires_at)
    .bind(token.used_at)
    .execute()
    .await?;
    Ok(())
}

/// The token with this selector; the caller compares the secret.
pub async fn find(conn: &mut Conn, id: Selector) -> Result<Option<RefreshToken>> {
    conn.query(
        "select id, hash, grant_id, client_id, scopes, parent_id, expires_at, used_at
         from refresh_tokens where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// Marks the token used: of any number of callers, one succeeds.
pub async fn take(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let taken = tx
        .query("update refresh_tokens set used_at = $2 where id = $1 and used_at is null")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(taken > 0)
}

/// Whether a token that replaced this one was used itself: then its answer had arrived.
pub async fn successor_was_used(conn: &mut Conn, token: &RefreshToken) -> Result<bool> {
    // Successors are made after their parent, and within its grace.
    let row: (i64,) = conn
        .query(
            "select count(*) from refresh_tokens
             where id > $1 and id < $2 and grant_id = $3 and parent_id = $1 and used_at is not null",
        )
        .bind(token.id)
        .bind(Selector::floor(token.used_at.unwrap_or(token.expires_at) + 600))
        .bind(token.grant_id)
        .one()
        .await?;
    Ok(row.0 > 0)
}

/// Deletes tokens that expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from refresh_tokens where id in
         (select id from refresh_tokens where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
