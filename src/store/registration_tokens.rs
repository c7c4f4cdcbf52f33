//! Tokens with which clients may register themselves.

use super::{Conn, Result, Tx, record};
use crate::domain::{RegistrationToken, Selector, Timestamp};

record! { RegistrationToken {
    id, hash, name, group_id, bounds, uses_left, created_by, created_at, expires_at, last_used_at
} }

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, hash, name, group_id, bounds, uses_left, created_by, created_at,
             expires_at, last_used_at from registration_tokens ",
            $rest
        )
    };
}

/// Adds a token; fails as taken if the name is.
pub async fn insert(tx: &mut Tx, token: &RegistrationToken) -> Result<()> {
    tx.query(
        "insert into registration_tokens (id, hash, name, group_id, bounds, uses_left, created_by,
         created_at, expires_at, last_used_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(token.id)
    .bind(&token.hash)
    .bind(&token.name)
    .bind(&token.group_id)
    .bind(&token.bounds)
    .bind(token.uses_left)
    .bind(&token.created_by)
    .bind(token.created_at)
    .bind(token.expires_at)
    .bind(token.last_used_at)
    .execute()
    .await?;
    Ok(())
}

/// The token with this selector; the caller compares the secret.
pub async fn find(conn: &mut Conn, id: Selector) -> Result<Option<RegistrationToken>> {
    conn.query(select!("where id = $1")).bind(id).optional().await
}

/// Every token, oldest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<RegistrationToken>> {
    conn.query(select!("order by id")).all().await
}

/// Takes one use of a token that still has one: of any number of callers, no more than that get it.
pub async fn take(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let taken = tx
        .query(
            "update registration_tokens set uses_left = uses_left - 1, last_used_at = $2
             where id = $1 and uses_left > 0 and expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(taken > 0)
}

/// Deletes a token; `false` if it was gone.
pub async fn delete(tx: &mut Tx, id: Selector) -> Result<bool> {
    Ok(tx.query("delete from registration_tokens where id = $1").bind(id).execute().await? > 0)
}

/// Deletes tokens that expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from registration_tokens where id in
         (select id from registration_tokens where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
