//! Flows and their steps.

use sqlx::AssertSqlSafe;

use super::{Conn, Result, Tx, record};
use crate::domain::{ClientId, FailureId, Flow, FlowRef, FlowState, FlowStep, Timestamp, UserId};

record! { Flow {
    reference as "ref", client_id, user_id, layout, state, cause, group_id, address, started_at,
    updated_at, begun_ms
} }
record! { FlowStep { reference as "ref", at_ms, n, kind, detail } }

/// Adds what several steps tell of several flows, each flow at most once. A failure stays a
/// failure unless tokens are issued after all.
pub async fn put(tx: &mut Tx, flows: &[Flow]) -> Result<()> {
    for chunk in chunks(flows) {
        let mut query = tx.query(AssertSqlSafe(format!(
            "insert into flows (ref, client_id, user_id, layout, state, cause, group_id, address,
             started_at, updated_at, begun_ms) values {}
             on conflict (ref) do update set
             client_id = coalesce(flows.client_id, excluded.client_id),
             user_id = coalesce(excluded.user_id, flows.user_id),
             state = case when excluded.state = 'open' then flows.state else excluded.state end,
             cause = case when excluded.state = 'done' then null
                          else coalesce(excluded.cause, flows.cause) end,
             group_id = case when excluded.state = 'done' then null
                             else coalesce(excluded.group_id, flows.group_id) end,
             address = coalesce(flows.address, excluded.address),
             updated_at = excluded.updated_at",
            rows(chunk.len(), 11)
        )));
        for flow in chunk {
            query = query
                .bind(&flow.reference)
                .bind(&flow.client_id)
                .bind(&flow.user_id)
                .bind(flow.layout)
                .bind(flow.state)
                .bind(&flow.cause)
                .bind(&flow.group_id)
                .bind(&flow.address)
                .bind(flow.started_at)
                .bind(flow.updated_at)
                .bind(flow.begun_ms);
        }
        query.execute().await?;
    }
    Ok(())
}

/// Adds steps of flows that are there.
pub async fn put_steps(tx: &mut Tx, steps: &[FlowStep]) -> Result<()> {
    for chunk in chunks(steps) {
        let mut query = tx.query(AssertSqlSafe(format!(
            "insert into flow_steps (ref, at_ms, n, kind, detail) values {} on conflict do nothing",
            rows(chunk.len(), 5)
        )));
        for step in chunk {
            query = query
                .bind(&step.reference)
                .bind(step.at_ms)
                .bind(step.n)
                .bind(&step.kind)
                .bind(&step.detail);
        }
        query.execute().await?;
    }
    Ok(())
}

/// Many at once where there are many, else one by one: two statements to prepare, not hundreds.
fn chunks<T>(all: &[T]) -> impl Iterator<Item = &[T]> {
    let many = all.chunks_exact(32);
    let few = many.remainder().chunks(1);
    many.chain(few)
}

/// `($1, $2), ($3, $4)`
fn rows(count: usize, width: usize) -> String {
    let row = |n: usize| {
        let marks: Vec<String> = (1..=width).map(|m| format!("${}", n * width + m)).collect();
        format!("({})", marks.join(", "))
    };
    (0..count).map(row).collect::<Vec<_>>().join(", ")
}

/// The flow with this reference.
pub async fn find(conn: &mut Conn, reference: &FlowRef) -> Result<Option<Flow>> {
    conn.query(
        "select ref, client_id, user_id, layout, state, cause, group_id, address, started_at,
         updated_at, begun_ms from flows where ref = $1",
    )
    .bind(reference)
    .optional()
    .await
}

/// Its steps in order; a flow keeps no more than `limit` worth showing.
pub async fn steps(conn: &mut Conn, reference: &FlowRef, limit: i64) -> Result<Vec<FlowStep>> {
    conn.query(
        "select ref, at_ms, n, kind, detail from flow_steps where ref = $1
         order by at_ms, n limit $2",
    )
    .bind(reference)
    .bind(limit)
    .all()
    .await
}

/// Which flows to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that failed only.
    pub failed: bool,
    /// Of this client only.
    pub client: Option<ClientId>,
    /// Of this person only.
    pub user: Option<UserId>,
    /// Refused for this cause last.
    pub cause: Option<String>,
    /// Counted with these failures.
    pub group: Option<FailureId>,
    /// Begun from then on.
    pub since: Option<Timestamp>,
}

impl Filter {
    /// Only the conditions that are asked for, so that each has its index; and their arguments,
    /// from this one on.
    fn conditions(&self, first: usize) -> (String, Vec<&str>) {
        let mut sql = String::from(if self.failed { " and state = 'failed'" } else { "" });
        let texts = [
            ("client_id", self.client.as_ref().map(|id| id.as_str())),
            ("user_id", self.user.as_ref().map(|id| id.as_str())),
            ("cause", self.cause.as_deref()),
            ("group_id", self.group.as_ref().map(|id| id.as_str())),
        ];
        let mut values = Vec::new();
        for (column, value) in texts {
            let Some(value) = value else { continue };
            sql.push_str(&format!(" and {column} = ${}", first + values.len()));
            values.push(value);
        }
        (sql, values)
    }
}

/// The newest flows first, after `after`: the last of the page before.
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<&Flow>,
    limit: i64,
) -> Result<Vec<Flow>> {
    let mut sql = String::from(
        "select ref, client_id, user_id, layout, state, cause, group_id, address, started_at,
         updated_at, begun_ms from flows where started_at >= $1 and started_at <= $2
         and (started_at < $2 or begun_ms < $3 or (begun_ms = $3 and ref > $4))",
    );
    let (conditions, values) = filter.conditions(6);
    sql.push_str(&conditions);
    sql.push_str(" order by started_at desc, begun_ms desc, ref limit $5");
    let mut query = conn
        .query(AssertSqlSafe(sql))
        .bind(filter.since.unwrap_or(Timestamp(i64::MIN)))
        .bind(after.map_or(Timestamp(i64::MAX), |flow| flow.started_at))
        .bind(after.map_or(i64::MAX, |flow| flow.begun_ms))
        .bind(after.map_or("", |flow| flow.reference.as_str()))
        .bind(limit);
    for value in values {
        query = query.bind(value);
    }
    query.all().await
}

/// When each of these clients was last asked to sign somebody in; those that never were are left
/// out.
pub async fn newest_of(
    conn: &mut Conn,
    clients: &[&ClientId],
) -> Result<Vec<(ClientId, Timestamp)>> {
    if clients.is_empty() {
        return Ok(Vec::new());
    }
    // Each by its own walk of the index, which ends at the first.
    let part = |n: usize| {
        format!(
            "select client_id, started_at from (select client_id, started_at from flows
             where client_id = ${n} order by started_at desc limit 1) as newest_{n}"
        )
    };
    let parts: Vec<String> = (1..=clients.len()).map(part).collect();
    let mut query = conn.query(AssertSqlSafe(parts.join(" union all ")));
    for client in clients {
        query = query.bind(*client);
    }
    query.all().await
}

/// How many flows there are, counted up to `most`.
pub async fn count(conn: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let (conditions, values) = filter.conditions(3);
    let sql = format!(
        "select count(*) from (select 1 as one from flows where started_at >= $1{conditions}
         limit $2) as counted"
    );
    let since = filter.since.unwrap_or(Timestamp(i64::MIN));
    let mut query = conn.query(AssertSqlSafe(sql)).bind(since).bind(most);
    for value in values {
        query = query.bind(value);
    }
    let row: (i64,) = query.one().await?;
    Ok(row.0)
}

/// How many people are in the newest `limit` flows of a group.
pub async fn people(conn: &mut Conn, group: &FailureId, limit: i64) -> Result<i64> {
    let (people,): (i64,) = conn
        .query(
            "select count(distinct user_id) from (select user_id from flows where group_id = $1
             order by started_at desc limit $2) as newest",
        )
        .bind(group)
        .bind(limit)
        .one()
        .await?;
    Ok(people)
}

/// Of the newest `limit` flows those begun from `since` on, counted by hour since then and state.
pub async fn hours(
    conn: &mut Conn,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<(i64, FlowState, i64)>> {
    conn.query(
        "select (started_at - $1) / 3600, state, count(*) from
         (select started_at, state from flows where started_at >= $1
          order by started_at desc limit $2) as newest group by 1, 2 order by 1, 2",
    )
    .bind(since)
    .bind(limit)
    .all()
    .await
}

/// Keeps the newest `keep` flows; of those in which nobody signed in at most half of that, and of
/// requests that named no client of ours a tenth, since anybody can send them in any number.
pub async fn sweep(tx: &mut Tx, keep: i64) -> Result<u64> {
    const STRANGERS: &str = "cause in ('unknown_client', 'malformed_request')";
    let strangers = keep_newest(tx, STRANGERS, keep / 10).await?;
    let nobodys = keep_newest(tx, "user_id is null", keep / 2).await?;
    Ok(strangers + nobodys + keep_newest(tx, "true", keep).await?)
}

async fn keep_newest(tx: &mut Tx, which: &'static str, keep: i64) -> Result<u64> {
    let first_to_go: Option<(Timestamp, i64, FlowRef)> = tx
        .query(AssertSqlSafe(format!(
            "select started_at, begun_ms, ref from flows where {which}
             order by started_at desc, begun_ms desc, ref limit 1 offset $1"
        )))
        .bind(keep)
        .optional()
        .await?;
    let Some((started_at, begun_ms, reference)) = first_to_go else { return Ok(0) };
    tx.query(AssertSqlSafe(format!(
        "delete from flows where {which} and started_at <= $1
         and (started_at < $1 or begun_ms < $2 or (begun_ms = $2 and ref >= $3))"
    )))
    .bind(started_at)
    .bind(begun_ms)
    .bind(reference)
    .execute()
    .await
}

/// Marks flows whose code was issued before `before` and that nobody came for since, and says
/// which. What was left alone an hour earlier was looked at then.
pub async fn mark_stalled(tx: &mut Tx, before: Timestamp) -> Result<Vec<Flow>> {
    tx.query(
        "update flows set state = 'failed', cause = 'code_never_redeemed'
         where state = 'open' and updated_at < $1 and updated_at >= $1 - 3600 and exists
         (select 1 from flow_steps s where s.ref = flows.ref and s.kind = 'code_issued')
         returning ref, client_id, user_id, layout, state, cause, group_id, address, started_at,
         updated_at, begun_ms",
    )
    .bind(before)
    .all()
    .await
}

/// The newest flows of people who are known, begun from `since` on.
pub async fn recent(conn: &mut Conn, since: Timestamp, limit: i64) -> Result<Vec<Flow>> {
    conn.query(
        "select ref, client_id, user_id, layout, state, cause, group_id, address, started_at,
         updated_at, begun_ms from flows where started_at >= $1 and user_id is not null
         order by started_at desc, ref limit $2",
    )
    .bind(since)
    .bind(limit)
    .all()
    .await
}

/// Marks a flow that brought tokens as one that was begun again; `None` if it is marked, or told
/// otherwise meanwhile.
pub async fn mark_restarted(tx: &mut Tx, reference: &FlowRef) -> Result<Option<Flow>> {
    tx.query(
        "update flows set state = 'failed', cause = 'restarted_after_tokens'
         where ref = $1 and state = 'done'
         returning ref, client_id, user_id, layout, state, cause, group_id, address, started_at,
         updated_at, begun_ms",
    )
    .bind(reference)
    .optional()
    .await
}

/// Says with which failures a flow is counted.
pub async fn set_group(tx: &mut Tx, reference: &FlowRef, group: &FailureId) -> Result<()> {
    tx.query("update flows set group_id = $2 where ref = $1")
        .bind(reference)
        .bind(group)
        .execute()
        .await?;
    Ok(())
}
