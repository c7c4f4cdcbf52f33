//! What works once and is stored nowhere else: it is remembered when it is used.

use super::{Conn, Result, Tx};
use crate::domain::{Once, Timestamp};

/// Uses it up: of any number of callers, one is told `true`. It is remembered until `expires_at`.
pub async fn spend(tx: &mut Tx, (what, id): (Once, &str), expires_at: Timestamp) -> Result<bool> {
    let first = tx
        .query(
            "insert into spent (purpose, id, expires_at) values ($1, $2, $3)
             on conflict (purpose, id) do nothing",
        )
        .bind(what)
        .bind(id)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(first == 1)
}

/// Whether it was used, without using it.
pub async fn is_spent(conn: &mut Conn, (what, id): (Once, &str)) -> Result<bool> {
    let found: Option<(i64,)> = conn
        .query("select expires_at from spent where purpose = $1 and id = $2")
        .bind(what)
        .bind(id)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Forgets what expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from spent where (purpose, id) in
         (select purpose, id from spent where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
