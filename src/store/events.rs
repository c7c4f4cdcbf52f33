//! The audit log. Nothing here changes a line but to chain it.

use super::page::Order;
use super::{Conn, Record, Result, Tx, record};
use crate::domain::{ClientId, Event, Selector, Timestamp, UserId};

record! { Event {
    id, at, kind, actor, user_id, client_id, target, failed, reason, flow, address, detail
} }

/// Appends a line.
pub async fn insert(tx: &mut Tx, event: &Event) -> Result<()> {
    tx.query(
        "insert into events (id, at, kind, actor, user_id, client_id, target, failed, reason,
         flow, address, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(event.id)
    .bind(event.at)
    .bind(&event.kind)
    .bind(&event.actor)
    .bind(&event.user_id)
    .bind(&event.client_id)
    .bind(&event.target)
    .bind(event.failed)
    .bind(&event.reason)
    .bind(&event.flow)
    .bind(&event.address)
    .bind(&event.detail)
    .execute()
    .await?;
    Ok(())
}

/// Which lines to show.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this client only.
    pub client: Option<ClientId>,
    /// Of this person only.
    pub user: Option<UserId>,
    /// Of this kind only: `user.created`.
    pub kind: Option<String>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Refusals only.
    pub failed: bool,
    /// What was done to clients only, and not what they did.
    pub history: bool,
}

/// The newest lines first, before `before`; a page at a time.
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<Selector>,
    limit: i64,
) -> Result<Vec<Event>> {
    page(conn, filter, (Order::Down, before), limit).await
}

/// A page of the lines after `after`, in either order.
pub async fn page(
    conn: &mut Conn,
    filter: &Filter,
    (order, after): (Order, Option<Selector>),
    limit: i64,
) -> Result<Vec<Event>> {
    let since = filter.since.map_or(Selector(i64::MIN), Selector::floor);
    let (from, to) = match order {
        Order::Down => (since, after.unwrap_or(Selector(i64::MAX))),
        Order::Up => (after.map_or(since, |after| since.max(Selector(after.0 + 1))), END),
    };
    let sql = format!(
        "select id, at, kind, actor, user_id, client_id, target, failed, reason, flow, address,
         detail from events where id >= $1 and id < $2{} order by id {} limit $5",
        conditions(filter),
        order.word()
    );
    conn.query(sqlx::AssertSqlSafe(sql))
        .bind(from)
        .bind(to)
        .bind(&filter.client)
        .bind(&filter.user)
        .bind(limit)
        .bind(&filter.kind)
        .all()
        .await
}

/// How many lines there are, counted up to `most`.
pub async fn count(conn: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let sql = format!(
        "select count(*) from (select 1 as one from events where id >= $1 and id < $2{} limit $5)
         as counted",
        conditions(filter)
    );
    let row: (i64,) = conn
        .query(sqlx::AssertSqlSafe(sql))
        .bind(filter.since.map_or(Selector(i64::MIN), Selector::floor))
        .bind(END)
        .bind(&filter.client)
        .bind(&filter.user)
        .bind(most)
        .bind(&filter.kind)
        .one()
        .await?;
    Ok(row.0)
}

const END: Selector = Selector(i64::MAX);

/// What happens with each sign-in. The other kinds are changes, of which there are few.
const FREQUENT: [&str; 6] = ["sign_in.", "session.", "consent.", "grant.", "code.", "client.token"];

/// Only the conditions that are asked for. Of several that have an index, all but the one that
/// leaves the fewest lines are kept from theirs: a kind of change, else a person, else a client.
fn conditions(filter: &Filter) -> String {
    let frequent = |kind: &String| FREQUENT.iter().any(|start| kind.starts_with(start));
    let change = filter.kind.as_ref().is_some_and(|kind| !frequent(kind));
    let mut sql = String::from(match (&filter.client, change || filter.user.is_some()) {
        (None, _) => " and $3 is null",
        (Some(_), true) => " and client_id || '' = $3",
        (Some(_), false) => " and client_id = $3",
    });
    sql.push_str(match (&filter.user, change) {
        (None, _) => " and $4 is null",
        (Some(_), true) => " and user_id || '' = $4",
        (Some(_), false) => " and user_id = $4",
    });
    if filter.failed {
        sql.push_str(" and failed = true");
    }
    if filter.history {
        // As the index has it.
        sql.push_str(
            " and substr(kind, 1, 7) = 'client.' and kind <> 'client.authentication_failed'
             and kind <> 'client.token_issued'",
        );
    }
    let narrower = filter.client.is_some() || filter.user.is_some() || filter.failed;
    sql.push_str(match (&filter.kind, narrower && !change) {
        (Some(_), true) => " and kind || '' = $6",
        (Some(_), false) => " and kind = $6",
        (None, _) => " and $6 is null",
    });
    sql
}

/// The person who had this name when they were deleted, the last of several.
pub async fn deleted_user(conn: &mut Conn, name: &str) -> Result<Option<UserId>> {
    let row: Option<(Option<UserId>,)> = conn
        .query(
            "select user_id from events where kind = 'user.deleted' and target = $1
             order by id desc limit 1",
        )
        .bind(name)
        .optional()
        .await?;
    Ok(row.and_then(|(id,)| id))
}

/// The lines that are not chained yet, oldest first.
pub async fn unchained(conn: &mut Conn, until: Selector, limit: i64) -> Result<Vec<Event>> {
    conn.query(
        "select id, at, kind, actor, user_id, client_id, target, failed, reason, flow, address,
         detail from events where chain is null and id < $1 order by id limit $2",
    )
    .bind(until)
    .bind(limit)
    .all()
    .await
}

/// The lines after `after`, oldest first, each with its link of the chain.
pub async fn chained(
    conn: &mut Conn,
    after: Selector,
    limit: i64,
) -> Result<Vec<(Event, Option<Vec<u8>>)>> {
    conn.query(
        "select id, at, kind, actor, user_id, client_id, target, failed, reason, flow,
             address, detail, chain from events where id > $1 order by id limit $2",
    )
    .bind(after)
    .bind(limit)
    .all_as(|columns| Ok((Event::read(columns)?, columns.named("chain")?)))
    .await
}

/// Writes a line's link; `false` if it has one.
pub async fn set_chain(tx: &mut Tx, id: Selector, chain: &[u8]) -> Result<bool> {
    let set = tx
        .query("update events set chain = $2 where id = $1 and chain is null")
        .bind(id)
        .bind(chain)
        .execute()
        .await?;
    Ok(set > 0)
}

/// Writes another link of a line that has one, when the secret key is replaced.
pub async fn replace_chain(tx: &mut Tx, id: Selector, chain: &[u8]) -> Result<bool> {
    let replaced = tx
        .query("update events set chain = $2 where id = $1 and chain is not null")
        .bind(id)
        .bind(chain)
        .execute()
        .await?;
    Ok(replaced > 0)
}

/// The link of the newest line that the next sweep deletes; `None` if it deletes nothing.
pub async fn last_to_sweep(conn: &mut Conn, before: Selector) -> Result<Option<Vec<u8>>> {
    let rows: Vec<(Vec<u8>,)> = conn
        .query(
            "select chain from events where id < $1 and chain is not null order by id limit 1000",
        )
        .bind(before)
        .all()
        .await?;
    Ok(rows.into_iter().next_back().map(|(link,)| link))
}

/// Deletes chained lines older than `before`, the oldest first, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Selector) -> Result<u64> {
    tx.query(
        "delete from events where id in (select id from events
         where id < $1 and chain is not null order by id limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
