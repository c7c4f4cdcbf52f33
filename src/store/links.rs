//! Links that work once.

use super::{Conn, Result, Tx, record};
use crate::domain::{LinkPurpose, OneTimeLink, Selector, Timestamp, Token, UserId};

record! { OneTimeLink { purpose, user_id, expires_at } }

/// Stores a link under its token, with the person who made it by their role.
pub async fn insert(
    tx: &mut Tx,
    token: &Token,
    link: &OneTimeLink,
    made_by: Option<&UserId>,
) -> Result<()> {
    tx.query(
        "insert into one_time_links (id, hash, purpose, user_id, expires_at, made_by)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(token.selector)
    .bind(token.hash())
    .bind(link.purpose)
    .bind(&link.user_id)
    .bind(link.expires_at)
    .bind(made_by)
    .execute()
    .await?;
    Ok(())
}

/// Withdraws what somebody made, whomever it is for.
pub async fn withdraw_made_by(tx: &mut Tx, user: &UserId) -> Result<u64> {
    tx.query("delete from one_time_links where made_by = $1").bind(user).execute().await
}

/// Looks at a link without using it, to show its page.
pub async fn find(conn: &mut Conn, token: &Token) -> Result<Option<OneTimeLink>> {
    conn.query(
        "select purpose, user_id, expires_at from one_time_links where id = $1 and hash = $2",
    )
    .bind(token.selector)
    .bind(token.hash())
    .optional()
    .await
}

/// Uses a link up: of any number of callers, one gets it.
pub async fn take(tx: &mut Tx, token: &Token) -> Result<Option<OneTimeLink>> {
    tx.query(
        "delete from one_time_links where id = $1 and hash = $2
         returning purpose, user_id, expires_at",
    )
    .bind(token.selector)
    .bind(token.hash())
    .optional()
    .await
}

/// Notes that a link goes to this address by mail, and whether they asked for it themselves.
pub async fn note_mailed(tx: &mut Tx, id: Selector, address: &str, asked: bool) -> Result<u64> {
    tx.query("update one_time_links set mailed_to = $2, asked = $3 where id = $1")
        .bind(id)
        .bind(address)
        .bind(asked)
        .execute()
        .await
}

/// The address that a link was mailed to, if it was.
pub async fn mailed_to(conn: &mut Conn, token: &Token) -> Result<Option<String>> {
    let found: Option<(Option<String>,)> = conn
        .query("select mailed_to from one_time_links where id = $1 and hash = $2")
        .bind(token.selector)
        .bind(token.hash())
        .optional()
        .await?;
    Ok(found.and_then(|(address,)| address))
}

/// Withdraws a person's links of one purpose; with no person, everybody's of that purpose.
pub async fn withdraw(tx: &mut Tx, purpose: LinkPurpose, user: Option<&UserId>) -> Result<u64> {
    tx.query("delete from one_time_links where purpose = $1 and ($2 is null or user_id = $2)")
        .bind(purpose)
        .bind(user)
        .execute()
        .await
}

/// Withdraws what a person asked for themselves.
pub async fn withdraw_asked(tx: &mut Tx, user: &UserId) -> Result<u64> {
    tx.query("delete from one_time_links where user_id = $1 and asked").bind(user).execute().await
}

/// Withdraws one link.
pub async fn delete(tx: &mut Tx, id: Selector) -> Result<u64> {
    tx.query("delete from one_time_links where id = $1").bind(id).execute().await
}

/// Deletes links that expired before `before`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("delete from one_time_links where expires_at < $1").bind(before).execute().await
}
