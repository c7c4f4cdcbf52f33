//! Failed attempts, counted by account and by network.

use super::{Conn, Result, Tx};
use crate::domain::Timestamp;

/// How often something failed lately.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Throttle {
    /// `account:` and a code of the name, `network:192.0.2.0/24`.
    pub key: String,
    /// Failures in a row.
    pub failures: i64,
    /// No attempt is looked at before.
    pub blocked_until: Timestamp,
    /// The last failure.
    pub updated_at: Timestamp,
}

/// What is known about any of two keys.
pub async fn find(conn: &mut Conn, keys: [&str; 2]) -> Result<Vec<Throttle>> {
    conn.query(
        "select key, failures, blocked_until, updated_at from throttles where key in ($1, $2)",
    )
    .bind(keys[0])
    .bind(keys[1])
    .all()
    .await
}

/// Counts one more failure and tells how many that makes; failures before `forget_before` are
/// forgotten.
pub async fn count_failure(
    tx: &mut Tx,
    key: &str,
    now: Timestamp,
    forget_before: Timestamp,
) -> Result<i64> {
    let row: (i64,) = tx
        .query(
            "insert into throttles (key, failures, blocked_until, updated_at) values ($1, 1, 0, $2)
             on conflict (key) do update set
             failures = case when throttles.updated_at < $3 then 1 else throttles.failures + 1 end,
             updated_at = excluded.updated_at
             returning failures",
        )
        .bind(key)
        .bind(now)
        .bind(forget_before)
        .one()
        .await?;
    Ok(row.0)
}

/// Blocks a key until `until`.
pub async fn block(tx: &mut Tx, key: &str, until: Timestamp) -> Result<()> {
    tx.query("update throttles set blocked_until = $2 where key = $1")
        .bind(key)
        .bind(until)
        .execute()
        .await?;
    Ok(())
}

/// Forgets a key; `false` if nothing was known.
pub async fn clear(tx: &mut Tx, key: &str) -> Result<bool> {
    Ok(tx.query("delete from throttles where key = $1").bind(key).execute().await? > 0)
}

/// Deletes what was last touched before `before`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("delete from throttles where updated_at < $1").bind(before).execute().await
}
