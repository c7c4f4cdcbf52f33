//! Flows and their steps.

use super::{Conn, Result, Tx};
use crate::domain::{Flow, FlowRecord, FlowRef, FlowStep, Timestamp};

/// Adds a step, and to its flow what the step tells of it. A failure stays a failure unless
/// tokens are issued after all.
pub async fn record(tx: &mut Tx, record: &FlowRecord) -> Result<()> {
    let flow = &record.flow;
    tx.query(
        "insert into flows (ref, client_id, user_id, layout, state, cause, address, started_at,
         updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (ref) do update set
         client_id = coalesce(flows.client_id, excluded.client_id),
         user_id = coalesce(excluded.user_id, flows.user_id),
         state = case when excluded.state = 'open' then flows.state else excluded.state end,
         cause = case when excluded.state = 'done' then null
                      else coalesce(excluded.cause, flows.cause) end,
         address = coalesce(flows.address, excluded.address),
         updated_at = excluded.updated_at",
    )
    .bind(&flow.reference)
    .bind(&flow.client_id)
    .bind(&flow.user_id)
    .bind(flow.layout)
    .bind(flow.state)
    .bind(&flow.cause)
    .bind(&flow.address)
    .bind(flow.started_at)
    .bind(flow.updated_at)
    .execute()
    .await?;
    let step = &record.step;
    tx.query(
        "insert into flow_steps (ref, at_ms, n, kind, detail) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
    )
    .bind(&step.reference)
    .bind(step.at_ms)
    .bind(step.n)
    .bind(&step.kind)
    .bind(&step.detail)
    .execute()
    .await?;
    Ok(())
}

/// The flow with this reference.
pub async fn find(conn: &mut Conn, reference: &FlowRef) -> Result<Option<Flow>> {
    conn.query(
        "select ref, client_id, user_id, layout, state, cause, address, started_at, updated_at
         from flows where ref = $1",
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

/// The newest flows first.
pub async fn list(conn: &mut Conn, failed: bool, limit: i64) -> Result<Vec<Flow>> {
    let sql = if failed {
        "select ref, client_id, user_id, layout, state, cause, address, started_at, updated_at
         from flows where state = 'failed' order by started_at desc, ref limit $1"
    } else {
        "select ref, client_id, user_id, layout, state, cause, address, started_at, updated_at
         from flows order by started_at desc, ref limit $1"
    };
    conn.query(sql).bind(limit).all().await
}

/// Keeps the newest `keep` flows and deletes the rest with their steps.
pub async fn sweep(tx: &mut Tx, keep: i64) -> Result<u64> {
    let first_to_go: Option<(Timestamp, FlowRef)> = tx
        .query("select started_at, ref from flows order by started_at desc, ref limit 1 offset $1")
        .bind(keep)
        .optional()
        .await?;
    let Some((started_at, reference)) = first_to_go else { return Ok(0) };
    tx.query("delete from flows where started_at < $1 or (started_at = $1 and ref >= $2)")
        .bind(started_at)
        .bind(reference)
        .execute()
        .await
}
