//! Grants: what everything issued hangs off.

use super::page::count;
use super::{Conn, Result, Tx, record};
use crate::domain::{ClientId, Grant, Layout, Scopes, Selector, Timestamp, UserId};
use sqlx::types::Json;

record! { Grant {
    id, client_id, user_id, session_id, sid, layout, scopes, claims, nonce, auth_time, acr, amr, flow,
    created_at, revoked_at, target
} }

/// Adds a grant.
pub async fn insert(tx: &mut Tx, grant: &Grant) -> Result<()> {
    tx.query(
        "insert into grants (id, client_id, user_id, session_id, sid, layout, scopes, claims,
         nonce, auth_time, acr, amr, flow, created_at, revoked_at, target)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(grant.id)
    .bind(&grant.client_id)
    .bind(&grant.user_id)
    .bind(grant.session_id)
    .bind(&grant.sid)
    .bind(grant.layout)
    .bind(&grant.scopes)
    .bind(&grant.claims)
    .bind(&grant.nonce)
    .bind(grant.auth_time)
    .bind(&grant.acr)
    .bind(&grant.amr)
    .bind(&grant.flow)
    .bind(grant.created_at)
    .bind(grant.revoked_at)
    .bind(&grant.target)
    .execute()
    .await?;
    Ok(())
}

/// The grant with this id, revoked or not.
pub async fn find(conn: &mut Conn, id: Selector) -> Result<Option<Grant>> {
    conn.query(
        "select id, client_id, user_id, session_id, sid, layout, scopes, claims, nonce, auth_time,
         acr, amr, flow, created_at, revoked_at, target from grants where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// The newest grant of a person to a client in one session that still works, by the session's public
/// name.
pub async fn by_sid(
    conn: &mut Conn,
    user: &UserId,
    client: &ClientId,
    sid: &str,
) -> Result<Option<Grant>> {
    conn.query(
        "select id, client_id, user_id, session_id, sid, layout, scopes, claims, nonce, auth_time,
         acr, amr, flow, created_at, revoked_at, target from grants
         where user_id = $1 and client_id = $2 and sid = $3 and revoked_at is null
         order by id desc limit 1",
    )
    .bind(user)
    .bind(client)
    .bind(sid)
    .optional()
    .await
}

/// Revokes a grant and so all that hangs off it; `false` if it was revoked before.
pub async fn revoke(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let revoked = tx
        .query("update grants set revoked_at = $2 where id = $1 and revoked_at is null")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(revoked > 0)
}

/// How many grants of these people still work.
pub async fn count_of_users(conn: &mut Conn, users: &[UserId]) -> Result<i64> {
    count(conn, ("grants", "revoked_at is null"), users).await
}

/// How many grants that were given in one browser session still work.
pub async fn count_of_session(conn: &mut Conn, user: &UserId, session: Selector) -> Result<i64> {
    let row: (i64,) = conn
        .query(
            "select count(*) from grants
             where user_id = $1 and session_id = $2 and revoked_at is null",
        )
        .bind(user)
        .bind(session)
        .one()
        .await?;
    Ok(row.0)
}

/// How many grants to a client still work; `most` if there are more.
pub async fn count_of_client(conn: &mut Conn, client: &ClientId, most: i64) -> Result<i64> {
    let row: (i64,) = conn
        .query(
            "select count(*) from (select 1 as one from grants
             where client_id = $1 and revoked_at is null limit $2) as counted",
        )
        .bind(client)
        .bind(most)
        .one()
        .await?;
    Ok(row.0)
}

/// What clients hold of a person that still works, the newest `limit` grants: the client, the scopes,
/// and when it was given.
pub async fn standing(
    conn: &mut Conn,
    user: &UserId,
    limit: i64,
) -> Result<Vec<(ClientId, Json<Scopes>, Timestamp)>> {
    conn.query(
        "select client_id, scopes, created_at from grants
         where user_id = $1 and revoked_at is null order by id desc limit $2",
    )
    .bind(user)
    .bind(limit)
    .all()
    .await
}

/// When each client last got something on a person's behalf: the newest of its grants and of the
/// refresh tokens that hang off them.
pub async fn last_use(conn: &mut Conn, user: &UserId) -> Result<Vec<(ClientId, Selector)>> {
    conn.query(
        "select g.client_id, max(coalesce(t.id, g.id)) from grants g
         left join refresh_tokens t on t.grant_id = g.id
         where g.user_id = $1 group by g.client_id",
    )
    .bind(user)
    .all()
    .await
}

/// Revokes what a person gave to one client, or to all.
pub async fn revoke_of_user(
    tx: &mut Tx,
    user: &UserId,
    client: Option<&ClientId>,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update grants set revoked_at = $3
         where user_id = $1 and revoked_at is null and ($2 is null or client_id = $2)",
    )
    .bind(user)
    .bind(client)
    .bind(now)
    .execute()
    .await
}

/// Revokes what was given in one browser session, except what may outlive it (`offline_access`).
pub async fn revoke_of_session(
    tx: &mut Tx,
    user: &UserId,
    session: Selector,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update grants set revoked_at = $3
         where user_id = $1 and session_id = $2 and revoked_at is null
         and cast(scopes as text) not like '%\"offline\\_access\"%' escape '\\'",
    )
    .bind(user)
    .bind(session)
    .bind(now)
    .execute()
    .await
}

/// Revokes what was given in one browser session, also what may outlive it.
pub async fn revoke_with_session(
    tx: &mut Tx,
    user: &UserId,
    session: Selector,
    now: Timestamp,
) -> Result<u64> {
    tx.query(
        "update grants set revoked_at = $3
         where user_id = $1 and session_id = $2 and revoked_at is null",
    )
    .bind(user)
    .bind(session)
    .bind(now)
    .execute()
    .await
}

/// Which clients somebody signed in to in a session, on which paths.
pub async fn clients_of_session(
    conn: &mut Conn,
    user: &UserId,
    sid: &str,
) -> Result<Vec<(ClientId, Layout)>> {
    conn.query(
        "select distinct client_id, layout from grants where user_id = $1 and sid = $2
         order by client_id, layout",
    )
    .bind(user)
    .bind(sid)
    .all()
    .await
}

/// Which clients somebody is signed in to, on which paths and in which session: as far as what was
/// given stands, or its session ended at `now` or later. The newest `limit` of them.
pub async fn clients_of_user(
    conn: &mut Conn,
    user: &UserId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(ClientId, Layout, String)>> {
    conn.query(
        "select g.client_id, g.layout, g.sid from grants g
         left join sessions s on s.id = g.session_id
         where g.user_id = $1 and (g.revoked_at is null or s.ended_at >= $2)
         group by g.client_id, g.layout, g.sid order by max(g.id) desc limit $3",
    )
    .bind(user)
    .bind(now)
    .bind(limit)
    .all()
    .await
}

/// Lets what was given in one browser session go on in the one that took its place.
pub async fn move_to_session(
    tx: &mut Tx,
    user: &UserId,
    (from, to): (Selector, Selector),
) -> Result<u64> {
    tx.query(
        "update grants set session_id = $3
         where user_id = $1 and session_id = $2 and revoked_at is null",
    )
    .bind(user)
    .bind(from)
    .bind(to)
    .execute()
    .await
}

/// Deletes grants older than `before` that no refresh token hangs off any more, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Selector) -> Result<u64> {
    tx.query(
        "delete from grants where id in (select id from grants g where id < $1
         and not exists (select 1 from refresh_tokens t where t.grant_id = g.id) limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
