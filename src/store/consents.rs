//! What people said yes to.

use super::page::count;
use super::{Conn, Result, Tx, record};
use crate::domain::{ClientId, Consent, UserId};

record! { Consent { user_id, client_id, scopes, granted_at } }

/// What this person allowed this client before.
pub async fn find(conn: &mut Conn, user: &UserId, client: &ClientId) -> Result<Option<Consent>> {
    conn.query(
        "select user_id, client_id, scopes, granted_at from consents
         where user_id = $1 and client_id = $2",
    )
    .bind(user)
    .bind(client)
    .optional()
    .await
}

/// Whether this person allows this client something; if so, nobody takes it back until this
/// transaction is done.
pub async fn hold(tx: &mut Tx, user: &UserId, client: &ClientId) -> Result<bool> {
    let held = tx
        .query("update consents set granted_at = granted_at where user_id = $1 and client_id = $2")
        .bind(user)
        .bind(client)
        .execute()
        .await?;
    Ok(held > 0)
}

/// Everything this person allowed, by client.
pub async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<Consent>> {
    conn.query(
        "select user_id, client_id, scopes, granted_at from consents
         where user_id = $1 order by client_id",
    )
    .bind(user)
    .all()
    .await
}

/// How many consents these people gave.
pub async fn count_of_users(conn: &mut Conn, users: &[UserId]) -> Result<i64> {
    count(conn, ("consents", "true"), users).await
}

/// How many people allowed a client something; `most` if there are more.
pub async fn count_of_client(conn: &mut Conn, client: &ClientId, most: i64) -> Result<i64> {
    let row: (i64,) = conn
        .query(
            "select count(*) from (select 1 as one from consents
             where client_id = $1 limit $2) as counted",
        )
        .bind(client)
        .bind(most)
        .one()
        .await?;
    Ok(row.0)
}

/// Remembers a consent in place of the former one.
pub async fn put(tx: &mut Tx, consent: &Consent) -> Result<()> {
    tx.query(
        "insert into consents (user_id, client_id, scopes, granted_at) values ($1, $2, $3, $4)
         on conflict (user_id, client_id) do update
         set scopes = excluded.scopes, granted_at = excluded.granted_at",
    )
    .bind(&consent.user_id)
    .bind(&consent.client_id)
    .bind(&consent.scopes)
    .bind(consent.granted_at)
    .execute()
    .await?;
    Ok(())
}

/// Forgets a consent.
pub async fn delete(tx: &mut Tx, user: &UserId, client: &ClientId) -> Result<bool> {
    let deleted = tx
        .query("delete from consents where user_id = $1 and client_id = $2")
        .bind(user)
        .bind(client)
        .execute()
        .await?;
    Ok(deleted > 0)
}
