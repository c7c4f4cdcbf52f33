//! Failures that are alike, counted.

use super::{Conn, Result, Tx, record};
use crate::domain::{ClientId, FailureGroup, FailureId, FailureKind, Timestamp};

record! { FailureGroup {
    id, cause, client_id, value, others, times, first_at, last_at, solved_at, solved_by,
    solved_times
} }

/// So often something failed, from then to then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub times: i64,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
}

/// Counts failures of one kind.
pub async fn count(
    tx: &mut Tx,
    (id, kind, others): (&FailureId, &FailureKind, bool),
    tally: Tally,
) -> Result<()> {
    tx.query(
        "insert into failure_groups (id, cause, client_id, value, others, times, first_at, last_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set times = failure_groups.times + excluded.times,
         last_at = case when excluded.last_at > failure_groups.last_at
                        then excluded.last_at else failure_groups.last_at end",
    )
    .bind(id)
    .bind(kind.cause)
    .bind(&kind.client_id)
    .bind(&kind.value)
    .bind(others)
    .bind(tally.times)
    .bind(tally.first_at)
    .bind(tally.last_at)
    .execute()
    .await?;
    Ok(())
}

/// The groups that there are for one cause and client.
pub async fn alike(
    conn: &mut Conn,
    cause: &str,
    client: Option<&ClientId>,
) -> Result<Vec<FailureId>> {
    let rows: Vec<(FailureId,)> = conn
        .query(
            "select id from failure_groups
             where cause = $1 and coalesce(client_id, '') = $2 and others = false",
        )
        .bind(cause)
        .bind(client.map_or("", |id| id.as_str()))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// One group.
pub async fn find(conn: &mut Conn, id: &FailureId) -> Result<Option<FailureGroup>> {
    conn.query(
        "select id, cause, client_id, value, others, times, first_at, last_at, solved_at,
         solved_by, solved_times from failure_groups where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// Which groups to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that are solved too.
    pub solved: bool,
    /// Of this client only.
    pub client: Option<ClientId>,
    /// For this cause only.
    pub cause: Option<String>,
}

/// What failed last first. There are never many; see `sweep`.
pub async fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<FailureGroup>> {
    conn.query(
        "select id, cause, client_id, value, others, times, first_at, last_at, solved_at,
         solved_by, solved_times from failure_groups
         where ($1 or solved_times is null or times > solved_times)
         and ($2 = '' or client_id = $2) and ($3 = '' or cause = $3)
         order by last_at desc, id limit $4",
    )
    .bind(filter.solved)
    .bind(filter.client.as_ref().map_or("", |id| id.as_str()))
    .bind(filter.cause.as_deref().unwrap_or_default())
    .bind(limit)
    .all()
    .await
}

/// Marks a group as solved, until it happens again; `false` if it is, or is not there.
pub async fn solve(tx: &mut Tx, id: &FailureId, (at, by): (Timestamp, &str)) -> Result<bool> {
    let solved = tx
        .query(
            "update failure_groups set solved_at = $2, solved_by = $3, solved_times = times
             where id = $1 and (solved_times is null or times > solved_times)",
        )
        .bind(id)
        .bind(at)
        .bind(by)
        .execute()
        .await?;
    Ok(solved > 0)
}

/// Takes back that a group is solved; `false` if it is not, or is not there.
pub async fn reopen(tx: &mut Tx, id: &FailureId) -> Result<bool> {
    let reopened = tx
        .query(
            "update failure_groups set solved_at = null, solved_by = null, solved_times = null
             where id = $1 and times <= solved_times",
        )
        .bind(id)
        .execute()
        .await?;
    Ok(reopened > 0)
}

/// Deletes what did not happen since `before`, and all but the last `keep`.
pub async fn sweep(tx: &mut Tx, before: Timestamp, keep: i64) -> Result<u64> {
    tx.query(
        "delete from failure_groups where last_at < $1 or id in
         (select id from failure_groups order by last_at desc, id limit 100000 offset $2)",
    )
    .bind(before)
    .bind(keep)
    .execute()
    .await
}
