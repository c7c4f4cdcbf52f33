//! Refresh tokens.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{Grant, RefreshToken, Selector, Timestamp};

record! { RefreshToken {
    id, hash, grant_id, client_id, scopes, parent_id, expires_at, used_at, superseded_at, cnf
} }

/// Stores a refresh token.
pub async fn insert(tx: &mut Tx, token: &RefreshToken) -> Result<()> {
    tx.query(
        "insert into refresh_tokens (id, hash, grant_id, client_id, scopes, parent_id, expires_at,
         used_at, superseded_at, cnf) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(token.id)
    .bind(&token.hash)
    .bind(token.grant_id)
    .bind(&token.client_id)
    .bind(&token.scopes)
    .bind(token.parent_id)
    .bind(token.expires_at)
    .bind(token.used_at)
    .bind(token.superseded_at)
    .bind(&token.cnf)
    .execute()
    .await?;
    Ok(())
}

/// The token with this selector; the caller compares the secret.
pub async fn find(conn: &mut Conn, id: Selector) -> Result<Option<RefreshToken>> {
    conn.query(
        "select id, hash, grant_id, client_id, scopes, parent_id, expires_at, used_at,
         superseded_at, cnf from refresh_tokens where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// The token with this selector and its grant; the caller compares the secret.
pub async fn with_grant(conn: &mut Conn, id: Selector) -> Result<Option<(RefreshToken, Grant)>> {
    conn.query(
        "select t.id, t.hash, t.grant_id, t.client_id, t.scopes, t.parent_id, t.expires_at,
         t.used_at, t.superseded_at, t.cnf,
         g.id, g.client_id, g.user_id, g.session_id, g.sid, g.layout, g.scopes,
         g.claims, g.nonce, g.auth_time, g.acr, g.amr, g.flow, g.created_at, g.revoked_at,
         g.target
         from refresh_tokens t join grants g on g.id = t.grant_id where t.id = $1",
    )
    .bind(id)
    .optional_as(|columns| Ok((RefreshToken::read(columns)?, Grant::read(columns)?)))
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

/// Makes everybody else who brings this token wait until this transaction ends.
pub async fn hold(tx: &mut Tx, id: Selector) -> Result<()> {
    tx.query("update refresh_tokens set used_at = used_at where id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Whether a token that replaced this one was used itself: then its answer had arrived.
pub async fn successor_was_used(conn: &mut Conn, token: &RefreshToken) -> Result<bool> {
    let row: (i64,) = conn
        .query(
            "select count(*) from refresh_tokens
             where grant_id = $1 and parent_id = $2 and used_at is not null",
        )
        .bind(token.grant_id)
        .bind(token.id)
        .one()
        .await?;
    Ok(row.0 > 0)
}

/// Sets those aside that replaced this one and were never used, so that one successor lives.
pub async fn supersede_successors(
    tx: &mut Tx,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update refresh_tokens set superseded_at = $3
         where grant_id = $1 and parent_id = $2 and used_at is null and superseded_at is null",
    )
    .bind(token.grant_id)
    .bind(token.id)
    .bind(now)
    .execute()
    .await
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
