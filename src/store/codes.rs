//! Authorization codes.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{AuthorizationCode, Grant, Selector, Timestamp, Token};

record! { AuthorizationCode { grant_id, client_id, redirect_uri, challenge, expires_at, cnf } }

/// Stores a code under its token.
pub async fn insert(tx: &mut Tx, token: &Token, code: &AuthorizationCode) -> Result<()> {
    tx.query(
        "insert into authorization_codes (id, hash, grant_id, client_id, redirect_uri, challenge,
         expires_at, cnf) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.selector)
    .bind(token.hash())
    .bind(code.grant_id)
    .bind(&code.client_id)
    .bind(&code.redirect_uri)
    .bind(&code.challenge)
    .bind(code.expires_at)
    .bind(&code.cnf)
    .execute()
    .await?;
    Ok(())
}

/// Marks the code used: of any number of callers, one gets it.
pub async fn take(tx: &mut Tx, token: &Token, now: Timestamp) -> Result<Option<AuthorizationCode>> {
    tx.query(
        "update authorization_codes set used_at = $3
         where id = $1 and hash = $2 and used_at is null
         returning grant_id, client_id, redirect_uri, challenge, expires_at, cnf",
    )
    .bind(token.selector)
    .bind(token.hash())
    .bind(now)
    .optional()
    .await
}

/// The code, used or not, and its grant.
pub async fn with_grant(
    conn: &mut Conn,
    token: &Token,
) -> Result<Option<(AuthorizationCode, Grant)>> {
    conn.query(
        "select c.grant_id, c.client_id, c.redirect_uri, c.challenge, c.expires_at, c.cnf,
         g.id, g.client_id, g.user_id, g.session_id, g.sid, g.layout, g.scopes,
         g.claims, g.nonce, g.auth_time, g.acr, g.amr, g.flow, g.created_at, g.revoked_at,
         g.target
         from authorization_codes c join grants g on g.id = c.grant_id
         where c.id = $1 and c.hash = $2",
    )
    .bind(token.selector)
    .bind(token.hash())
    .optional_as(|columns| Ok((AuthorizationCode::read(columns)?, Grant::read(columns)?)))
    .await
}

/// Deletes codes made before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Selector) -> Result<u64> {
    tx.query(
        "delete from authorization_codes where id in
         (select id from authorization_codes where id < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
