//! Signing keys.

use super::{Conn, Result, Tx, record};
use crate::domain::{KeyState, Kid, ServerKey, Timestamp};

record! { ServerKey { kid, alg, state, private, public, created_at, activates_at, retired_at } }

/// Adds a key.
pub async fn insert(tx: &mut Tx, key: &ServerKey) -> Result<()> {
    tx.query(
        "insert into signing_keys (kid, alg, state, private, public, created_at, activates_at,
         retired_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&key.kid)
    .bind(key.alg)
    .bind(key.state)
    .bind(&key.private)
    .bind(&key.public)
    .bind(key.created_at)
    .bind(key.activates_at)
    .bind(key.retired_at)
    .execute()
    .await?;
    Ok(())
}

/// Every key, oldest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<ServerKey>> {
    conn.query(
        "select kid, alg, state, private, public, created_at, activates_at, retired_at
         from signing_keys order by created_at, kid",
    )
    .all()
    .await
}

/// Moves a key on; `false` if it was not in state `from` any more.
pub async fn advance(
    tx: &mut Tx,
    kid: &Kid,
    (from, to): (KeyState, KeyState),
    now: Timestamp,
) -> Result<bool> {
    let statement = match to {
        KeyState::Retired => {
            "update signing_keys set state = $3, retired_at = $4 where kid = $1 and state = $2"
        }
        KeyState::Next | KeyState::Active => {
            "update signing_keys set state = $3, activates_at = $4 where kid = $1 and state = $2"
        }
    };
    let moved = tx.query(statement).bind(kid).bind(from).bind(to).bind(now).execute().await?;
    Ok(moved > 0)
}

/// Replaces the sealed private half, when the secret key changed.
pub async fn reseal(tx: &mut Tx, kid: &Kid, private: &[u8]) -> Result<()> {
    tx.query("update signing_keys set private = $2 where kid = $1")
        .bind(kid)
        .bind(private)
        .execute()
        .await?;
    Ok(())
}

/// Deletes a key: tokens it signed can no longer be verified.
pub async fn delete(tx: &mut Tx, kid: &Kid) -> Result<bool> {
    Ok(tx.query("delete from signing_keys where kid = $1").bind(kid).execute().await? > 0)
}
