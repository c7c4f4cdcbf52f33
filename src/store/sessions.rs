//! Browser sessions.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{Selector, Session, Timestamp, UserId};

record! { Session {
    id, hash, sid, user_id, layout, auth_time, amr, remember, address, user_agent, created_at,
    last_seen_at, expires_at, ended_at
} }

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, hash, sid, user_id, layout, auth_time, amr, remember, address, user_agent,
             created_at, last_seen_at, expires_at, ended_at from sessions ",
            $rest
        )
    };
}

/// Begins a session.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<()> {
    tx.query(
        "insert into sessions (id, hash, sid, user_id, layout, auth_time, amr, remember, address,
         user_agent, created_at, last_seen_at, expires_at, ended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(session.id)
    .bind(&session.hash)
    .bind(&session.sid)
    .bind(&session.user_id)
    .bind(session.layout)
    .bind(session.auth_time)
    .bind(&session.amr)
    .bind(session.remember)
    .bind(&session.address)
    .bind(&session.user_agent)
    .bind(session.created_at)
    .bind(session.last_seen_at)
    .bind(session.expires_at)
    .bind(session.ended_at)
    .execute()
    .await?;
    Ok(())
}

/// The session with this selector; the caller compares the secret.
pub async fn find(conn: &mut Conn, id: Selector) -> Result<Option<Session>> {
    conn.query(select!("where id = $1")).bind(id).optional().await
}

/// Whether a session stands; if so, nobody ends it until this transaction is done.
pub async fn hold(tx: &mut Tx, id: Selector) -> Result<bool> {
    let held = tx
        .query("update sessions set last_seen_at = last_seen_at where id = $1 and ended_at is null")
        .bind(id)
        .execute()
        .await?;
    Ok(held > 0)
}

/// A person's sessions that were not ended, newest first.
pub async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<Session>> {
    conn.query(select!("where user_id = $1 and ended_at is null order by id desc"))
        .bind(user)
        .all()
        .await
}

/// The sessions of everybody that stand at `now`, each with the username, the newest first; those
/// that are not remembered stand only if they were used after `idle`.
pub async fn standing(
    conn: &mut Conn,
    (now, idle): (Timestamp, Timestamp),
    before: Option<Selector>,
    limit: i64,
) -> Result<Vec<(Session, String)>> {
    conn.query(
        "select s.id, s.hash, s.sid, s.user_id, s.layout, s.auth_time, s.amr, s.remember,
         s.address, s.user_agent, s.created_at, s.last_seen_at, s.expires_at, s.ended_at,
         u.username from sessions s join users u on u.id = s.user_id
         where s.id < $1 and s.ended_at is null and s.expires_at > $2
         and (s.remember = true or s.last_seen_at > $3) order by s.id desc limit $4",
    )
    .bind(before.unwrap_or(Selector(i64::MAX)))
    .bind(now)
    .bind(idle)
    .bind(limit)
    .all_as(|columns| Ok((Session::read(columns)?, columns.named("username")?)))
    .await
}

/// Notes that a session is in use.
pub async fn touch(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<()> {
    tx.query("update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Ends a session; `false` if it had ended.
pub async fn end(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let ended = tx
        .query("update sessions set ended_at = $2 where id = $1 and ended_at is null")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(ended > 0)
}

/// Ends all sessions of a person.
pub async fn end_of_user(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<u64> {
    tx.query("update sessions set ended_at = $2 where user_id = $1 and ended_at is null")
        .bind(user)
        .bind(now)
        .execute()
        .await
}

/// Deletes sessions that expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from sessions where id in
         (select id from sessions where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
