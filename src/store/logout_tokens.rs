//! Logout tokens on their way to clients.

use super::{Conn, Result, Tx, record};
use crate::domain::{Cause, ClientId, FlowRef, LogoutToken, Selector, Timestamp};

record! { LogoutToken {
    id, client_id, user_id, sub, sid, layout, flow, attempts, due_at, problem, answered, done_at
} }

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, client_id, user_id, sub, sid, layout, flow, attempts, due_at, problem,
             answered, done_at from logout_tokens ",
            $rest
        )
    };
}

/// Which of them to show, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// To this client only.
    pub client: Option<ClientId>,
    /// Those that did not arrive yet, or never will.
    pub failed: bool,
    /// Those that are older than this one.
    pub before: Option<Selector>,
}

/// Adds one.
pub async fn insert(tx: &mut Tx, token: &LogoutToken) -> Result<()> {
    tx.query(
        "insert into logout_tokens (id, client_id, user_id, sub, sid, layout, flow, attempts,
         due_at, problem, answered, done_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(token.id)
    .bind(&token.client_id)
    .bind(&token.user_id)
    .bind(&token.sub)
    .bind(&token.sid)
    .bind(token.layout)
    .bind(&token.flow)
    .bind(token.attempts)
    .bind(token.due_at)
    .bind(&token.problem)
    .bind(&token.answered)
    .bind(token.done_at)
    .execute()
    .await?;
    Ok(())
}

/// Those whose time has come, the longest waiting first, `limit` at most, and few of any one client:
/// one that does not answer must not keep the others waiting.
pub async fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Selector>> {
    let found: Vec<(Selector,)> = conn
        .query(
            "select id from (
                 select id, due_at, row_number() over (partition by client_id order by due_at, id)
                     as place
                 from (select id, client_id, due_at from logout_tokens
                       where done_at is null and due_at <= $1 order by due_at, id limit 1000) as first
             ) as placed
             where place <= 8 order by due_at, id limit $2",
        )
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Takes one whose time has come: of any number of nodes, one gets it, until `lease` is over.
pub async fn take(
    tx: &mut Tx,
    id: Selector,
    (now, lease): (Timestamp, Timestamp),
) -> Result<Option<LogoutToken>> {
    tx.query(
        "update logout_tokens set attempts = attempts + 1, due_at = $3
         where id = $1 and done_at is null and due_at <= $2
         returning id, client_id, user_id, sub, sid, layout, flow, attempts, due_at, problem,
         answered, done_at",
    )
    .bind(id)
    .bind(now)
    .bind(lease)
    .optional()
    .await
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Why it did not work.
    pub problem: Option<Cause>,
    /// What was heard.
    pub answered: Option<String>,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it arrived, or was given up.
    pub done_at: Option<Timestamp>,
}

/// Notes what came of the attempt that took `token`; `false` if somebody took it since.
pub async fn settle(tx: &mut Tx, token: &LogoutToken, attempt: &Attempt) -> Result<bool> {
    let settled = tx
        .query(
            "update logout_tokens set problem = $3, answered = $4, due_at = $5, done_at = $6
             where id = $1 and attempts = $2 and done_at is null",
        )
        .bind(token.id)
        .bind(token.attempts)
        .bind(attempt.problem.map(Cause::code))
        .bind(&attempt.answered)
        .bind(attempt.due_at)
        .bind(attempt.done_at)
        .execute()
        .await?;
    Ok(settled > 0)
}

/// The newest of them, `limit` at most.
pub async fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<LogoutToken>> {
    let sql = match (&filter.client, filter.failed) {
        (Some(_), false) => select!("where client_id = $1 and id < $2 order by id desc limit $3"),
        (Some(_), true) => select!(
            "where client_id = $1 and id < $2 and problem is not null order by id desc limit $3"
        ),
        (None, false) => select!("where $1 is null and id < $2 order by id desc limit $3"),
        (None, true) => select!(
            "where $1 is null and id < $2 and problem is not null order by id desc limit $3"
        ),
    };
    let before = filter.before.unwrap_or(Selector(i64::MAX));
    conn.query(sql).bind(&filter.client).bind(before).bind(limit).all().await
}

/// The one with this reference.
pub async fn find(conn: &mut Conn, flow: &FlowRef) -> Result<Option<LogoutToken>> {
    conn.query(select!("where flow = $1")).bind(flow).optional().await
}

/// Begins anew with one that was given up, or has yet to wait; `false` if it arrived.
pub async fn retry(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let begun = tx
        .query(
            "update logout_tokens set attempts = 0, due_at = $2, done_at = null
             where id = $1 and (done_at is null or problem is not null)",
        )
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(begun > 0)
}

/// Forgets one.
pub async fn delete(tx: &mut Tx, id: Selector) -> Result<bool> {
    Ok(tx.query("delete from logout_tokens where id = $1").bind(id).execute().await? > 0)
}

/// Deletes those older than `before` that are done with, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Selector) -> Result<u64> {
    tx.query(
        "delete from logout_tokens where id in
         (select id from logout_tokens where id < $1 and done_at is not null limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
