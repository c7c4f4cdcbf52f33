//! Tokens of the API.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{ApiToken, Selector, Timestamp, User, UserId};

record! { ApiToken {
    id, hash, name, scopes, user_id, role, created_by, created_at, expires_at, last_used_at
} }

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, hash, name, scopes, user_id, role, created_by, created_at, expires_at,
             last_used_at from api_tokens ",
            $rest
        )
    };
}

/// Adds a token; fails as taken if the name is.
pub async fn insert(tx: &mut Tx, token: &ApiToken) -> Result<()> {
    tx.query(
        "insert into api_tokens (id, hash, name, scopes, user_id, role, created_by, created_at,
         expires_at, last_used_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(token.id)
    .bind(&token.hash)
    .bind(&token.name)
    .bind(&token.scopes)
    .bind(&token.user_id)
    .bind(token.role)
    .bind(&token.created_by)
    .bind(token.created_at)
    .bind(token.expires_at)
    .bind(token.last_used_at)
    .execute()
    .await?;
    Ok(())
}

/// The token with this selector; the caller compares the secret.
pub async fn find(conn: &mut Conn, id: Selector) -> Result<Option<ApiToken>> {
    conn.query(select!("where id = $1")).bind(id).optional().await
}

/// The token with this name.
pub async fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<ApiToken>> {
    conn.query(select!("where name = $1")).bind(name).optional().await
}

/// Every token, oldest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<ApiToken>> {
    conn.query(select!("order by id")).all().await
}

/// The tokens of one person or of everybody, oldest first, each with whom it acts for.
pub async fn with_owners(conn: &mut Conn, user: Option<&UserId>) -> Result<Vec<(ApiToken, User)>> {
    conn.query(
        "select t.id, t.hash, t.name, t.scopes, t.user_id, t.role, t.created_by, t.created_at,
         t.expires_at, t.last_used_at, u.id, u.username, u.display_name, u.given_name,
         u.family_name, u.email, u.email_verified, u.profile, u.role, u.password_changed_at,
         u.disabled_at, u.created_at, u.updated_at
         from api_tokens t join users u on u.id = t.user_id
         where $1 is null or t.user_id = $1 order by t.id",
    )
    .bind(user)
    .all_as(|columns| Ok((ApiToken::read(columns)?, User::read(columns)?)))
    .await
}

/// Notes that a token is in use.
pub async fn touch(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<()> {
    tx.query(
        "update api_tokens set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at < $2)",
    )
    .bind(id)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Deletes a token; `false` if it was gone.
pub async fn delete(tx: &mut Tx, id: Selector) -> Result<bool> {
    Ok(tx.query("delete from api_tokens where id = $1").bind(id).execute().await? > 0)
}

/// Deletes all tokens that act for a person.
pub async fn delete_of_user(tx: &mut Tx, user: &UserId) -> Result<u64> {
    tx.query("delete from api_tokens where user_id = $1").bind(user).execute().await
}

/// Deletes tokens that expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from api_tokens where id in
         (select id from api_tokens where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
