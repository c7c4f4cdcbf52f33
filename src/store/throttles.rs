//! Failed attempts, counted by account and by network.

use super::{Conn, Result, Tx, record};
use crate::domain::Timestamp;

/// How often something failed lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    /// `account:alice`, `network:192.0.2.0/24`.
    pub key: String,
    /// Failures in a row.
    pub failures: i64,
    /// No attempt is looked at before.
    pub blocked_until: Timestamp,
    /// Up to when attempts were forgotten.
    pub updated_at: Timestamp,
}

record! { Throttle { key, failures, blocked_until, updated_at } }

/// What is known about a key.
pub async fn find(conn: &mut Conn, key: &str) -> Result<Option<Throttle>> {
    conn.query("select key, failures, blocked_until, updated_at from throttles where key = $1")
        .bind(key)
        .optional()
        .await
}

/// Counts one more attempt and returns the key as it is then. An attempt is forgotten every `decay`
/// seconds. Whoever counts the same key waits until this transaction ends.
pub async fn count(tx: &mut Tx, key: &str, now: Timestamp, decay: i64) -> Result<Throttle> {
    tx.query(
        "insert into throttles (key, failures, blocked_until, updated_at) values ($1, 1, 0, $2)
         on conflict (key) do update set
         failures = case
           when excluded.updated_at < throttles.updated_at then throttles.failures + 1
           when excluded.updated_at - throttles.updated_at >= throttles.failures * $3 then 1
           else throttles.failures + 1 - (excluded.updated_at - throttles.updated_at) / $3 end,
         updated_at = case
           when excluded.updated_at < throttles.updated_at
             or excluded.updated_at - throttles.updated_at >= throttles.failures * $3
           then excluded.updated_at
           else excluded.updated_at - (excluded.updated_at - throttles.updated_at) % $3 end
         returning key, failures, blocked_until, updated_at",
    )
    .bind(key)
    .bind(now)
    .bind(decay)
    .one()
    .await
}

/// Takes one attempt back.
pub async fn take_back(tx: &mut Tx, key: &str) -> Result<()> {
    tx.query(
        "update throttles set failures = failures - 1, blocked_until = 0
         where key = $1 and failures > 0",
    )
    .bind(key)
    .execute()
    .await?;
    Ok(())
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

/// Forgets a key and all that begin with it and a colon; `false` if nothing was known.
pub async fn clear_all(tx: &mut Tx, key: &str) -> Result<bool> {
    let escaped = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let cleared = tx
        .query("delete from throttles where key = $1 or key like $2 escape '\\'")
        .bind(key)
        .bind(format!("{escaped}:%"))
        .execute()
        .await?;
    Ok(cleared > 0)
}

/// Deletes what was last touched before `before`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("delete from throttles where updated_at < $1").bind(before).execute().await
}
