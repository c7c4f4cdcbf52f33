//! Browser sessions.

use super::page::{Order, marks};
use super::user_words::range;
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

/// Which sessions to show: those that stand at `now`. Those that are not remembered stand only if
/// they were used after `idle`.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Now.
    pub now: Timestamp,
    /// The last use that keeps a session which is not remembered.
    pub idle: Timestamp,
    /// Of this person only.
    pub user: Option<UserId>,
    /// Of people of whom a word begins so: of the first few hundred.
    pub search: Option<String>,
    /// Those that are remembered, or those that are not.
    pub remember: Option<bool>,
}

impl Filter {
    /// All that stand.
    pub fn standing(now: Timestamp, idle: Timestamp) -> Filter {
        Filter { now, idle, user: None, search: None, remember: None }
    }

    /// $1 to $5 of them.
    fn conditions(&self) -> String {
        let mut sql = String::from(
            "s.ended_at is null and s.expires_at > $1 and (s.remember = true or s.last_seen_at > $2)",
        );
        sql.push_str(match (&self.user, &self.search) {
            (Some(_), _) => " and s.user_id = $5 and $3 = $4",
            (None, Some(_)) => {
                " and s.user_id in (select w.user_id from user_words w
                 where w.word >= $3 and w.word < $4 order by w.word limit 500) and $5 is null"
            }
            (None, None) => " and $3 = $4 and $5 is null",
        });
        sql.push_str(match self.remember {
            Some(true) => " and s.remember = true",
            Some(false) => " and s.remember = false",
            None => "",
        });
        sql
    }
}

/// A page of the sessions after `after`, each with the username.
pub async fn page(
    conn: &mut Conn,
    filter: &Filter,
    (order, after): (Order, Option<Selector>),
    limit: i64,
) -> Result<Vec<(Session, String)>> {
    let first = if order == Order::Down { Selector(i64::MAX) } else { Selector(i64::MIN) };
    let (from, to) = filter.search.as_deref().map(range).unwrap_or_default();
    let sql = format!(
        "select s.id, s.hash, s.sid, s.user_id, s.layout, s.auth_time, s.amr, s.remember,
         s.address, s.user_agent, s.created_at, s.last_seen_at, s.expires_at, s.ended_at,
         u.username from sessions s join users u on u.id = s.user_id
         where {} and s.id {} $6 order by s.id {} limit $7",
        filter.conditions(),
        order.after(),
        order.word()
    );
    conn.query(sqlx::AssertSqlSafe(sql))
        .bind(filter.now)
        .bind(filter.idle)
        .bind(from)
        .bind(to)
        .bind(&filter.user)
        .bind(after.unwrap_or(first))
        .bind(limit)
        .all_as(|columns| Ok((Session::read(columns)?, columns.named("username")?)))
        .await
}

/// How many sessions there are, counted up to `most`.
pub async fn count(conn: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let (from, to) = filter.search.as_deref().map(range).unwrap_or_default();
    let sql = format!(
        "select count(*) from (select 1 as one from sessions s where {} limit $6) as counted",
        filter.conditions()
    );
    let row: (i64,) = conn
        .query(sqlx::AssertSqlSafe(sql))
        .bind(filter.now)
        .bind(filter.idle)
        .bind(from)
        .bind(to)
        .bind(&filter.user)
        .bind(most)
        .one()
        .await?;
    Ok(row.0)
}

/// How many sessions stand of each of these people; nobody who has none.
pub async fn count_each(
    conn: &mut Conn,
    (now, idle): (Timestamp, Timestamp),
    users: &[UserId],
) -> Result<Vec<(UserId, i64)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select user_id, count(*) from sessions where user_id in ({}) and ended_at is null
         and expires_at > $1 and (remember = true or last_seen_at > $2) group by user_id",
        marks(3, users.len())
    );
    let mut query = conn.query(sqlx::AssertSqlSafe(sql)).bind(now).bind(idle);
    for user in users {
        query = query.bind(user);
    }
    query.all().await
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
