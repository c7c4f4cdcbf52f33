//! Which clients registered themselves.

use super::{Conn, Result, Tx, record};
use crate::domain::{ClientId, Registration, Timestamp};

record! { Registration {
    client_id, hash, token, bounds, said, address, registered_at, used_at
} }

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select client_id, hash, token, bounds, said, address, registered_at, used_at
             from registrations ",
            $rest
        )
    };
}

/// Notes that a client registered itself.
pub async fn insert(tx: &mut Tx, registration: &Registration) -> Result<()> {
    tx.query(
        "insert into registrations (client_id, hash, token, bounds, said, address, registered_at,
         used_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&registration.client_id)
    .bind(&registration.hash)
    .bind(&registration.token)
    .bind(&registration.bounds)
    .bind(&registration.said)
    .bind(&registration.address)
    .bind(registration.registered_at)
    .bind(registration.used_at)
    .execute()
    .await?;
    Ok(())
}

/// How a client registered itself, if it did.
pub async fn find(conn: &mut Conn, client: &ClientId) -> Result<Option<Registration>> {
    conn.query(select!("where client_id = $1")).bind(client).optional().await
}

/// Every client that did, by id.
pub async fn all(conn: &mut Conn) -> Result<Vec<Registration>> {
    conn.query(select!("order by client_id")).all().await
}

/// How many there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) = conn.query("select count(*) from registrations").one().await?;
    Ok(count)
}

/// Replaces what a client says of itself.
pub async fn update_said(tx: &mut Tx, registration: &Registration) -> Result<()> {
    tx.query("update registrations set said = $2 where client_id = $1")
        .bind(&registration.client_id)
        .bind(&registration.said)
        .execute()
        .await?;
    Ok(())
}

/// Notes which of those that were never seen in use are by now: somebody was let in, or it got a
/// token for itself.
pub async fn note_used(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.query(
        "update registrations set used_at = $1 where used_at is null and exists
         (select 1 from events where events.client_id = registrations.client_id
         and kind in ('consent.granted', 'client.token_issued'))",
    )
    .bind(now)
    .execute()
    .await
}

/// Those that were never seen in use and came before `before`, some of them.
pub async fn unused(conn: &mut Conn, before: Timestamp) -> Result<Vec<Registration>> {
    conn.query(select!(
        "where used_at is null and registered_at < $1 order by registered_at limit 100"
    ))
    .bind(before)
    .all()
    .await
}
