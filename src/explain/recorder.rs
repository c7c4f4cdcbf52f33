//! Collects the steps of flows and writes them a moment later, many at once: they help to explain,
//! and must not slow or fail what they tell of.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::tally::{self, Tallies};
use crate::clock::Clock;
use crate::domain::{
    Cause, ClientId, Flow, FlowRecord, FlowRef, FlowState, FlowStep, Layout, Timestamp, UserId,
};
use crate::store::{self, Db, flows};

/// Steps that may wait; the oldest go first when we are flooded.
const WAITING: usize = 10_000;
/// Steps written in one transaction, so that nobody waits long for the writer.
pub const BATCH: usize = 500;
/// Steps of one flow that are worth telling; a page can be loaded again without end.
const LENGTH: i64 = 50;
/// Userinfo is read again and again: a flow notes it once in so long.
const REPEAT: Duration = Duration::from_secs(600);
/// Characters kept of a value that somebody sent.
const VALUE_LENGTH: usize = 512;

/// The steps that wait to be written.
pub struct FlowLog {
    waiting: Mutex<VecDeque<FlowRecord>>,
    counter: AtomicI64,
    read: Cache<FlowRef, ()>,
    lengths: Cache<FlowRef, Arc<AtomicI64>>,
}

impl Default for FlowLog {
    fn default() -> FlowLog {
        FlowLog {
            waiting: Mutex::default(),
            counter: AtomicI64::new(0),
            read: Cache::builder().max_capacity(20_000).time_to_live(REPEAT).build(),
            lengths: Cache::builder().max_capacity(20_000).time_to_idle(REPEAT).build(),
        }
    }
}

/// What one step tells.
#[derive(Debug, Clone)]
pub struct FlowNote {
    /// Whose step.
    pub reference: FlowRef,
    /// The client, as far as known.
    pub client: Option<ClientId>,
    /// The person, once known.
    pub user: Option<UserId>,
    /// Whose URLs.
    pub layout: Layout,
    /// What happened: `asked`, `signed_in`, `consented`, `code_issued`, `code_redeemed`,
    /// `userinfo_read`, `refused`, ...
    pub kind: &'static str,
    /// Where it leaves the flow.
    pub state: FlowState,
    /// Why it was refused.
    pub cause: Option<Cause>,
    /// Where from.
    pub address: Option<String>,
    /// The values that matter, never a secret.
    pub detail: Vec<(&'static str, String)>,
}

impl FlowLog {
    /// Notes a step; it can be read once `flush` has run.
    pub fn note(&self, note: FlowNote, clock: &Clock) {
        let length = self.lengths.get_with_by_ref(&note.reference, Arc::default);
        if length.fetch_add(1, Ordering::Relaxed) >= LENGTH {
            return;
        }
        let record = record(note, clock, self.counter.fetch_add(1, Ordering::Relaxed));
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == WAITING {
            waiting.pop_front();
        }
        waiting.push_back(record);
    }

    /// Whether this flow was not heard of for a while, for steps that repeat themselves.
    pub fn is_news(&self, reference: &FlowRef) -> bool {
        let news = !self.read.contains_key(reference);
        if news {
            self.read.insert(reference.clone(), ());
        }
        news
    }

    /// Writes what waits, at most `BATCH` steps; tells whether more may wait.
    ///
    /// # Errors
    /// When the database refuses; those steps are lost, since they would be refused again.
    pub async fn flush(&self, db: &Db) -> store::Result<bool> {
        let batch: Vec<FlowRecord> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let size = waiting.len().min(BATCH);
            waiting.drain(..size).collect()
        };
        if batch.is_empty() {
            return Ok(false);
        }
        let full = batch.len() == BATCH;
        let mut tallies = Tallies::default();
        batch.iter().for_each(|record| tallies.add(record));
        let mut tx = db.write().await?.apart();
        let groups = tallies.count(&mut tx).await?;
        let told = batch.iter().map(|record| Flow {
            group_id: record.failure.as_ref().and_then(|kind| groups.get(kind).cloned()),
            ..record.flow.clone()
        });
        let told = merged(told.collect());
        let steps: Vec<FlowStep> = batch.into_iter().map(|record| record.step).collect();
        flows::put(&mut tx, &told).await?;
        flows::put_steps(&mut tx, &steps).await?;
        tx.commit().await?;
        Ok(full)
    }
}

/// What the steps of each flow tell of it together, by the rules of the store. In one order
/// everywhere: nodes that write the same flows would wait for each other otherwise.
fn merged(told: Vec<Flow>) -> Vec<Flow> {
    let mut all: BTreeMap<FlowRef, Flow> = BTreeMap::new();
    for flow in told {
        match all.get_mut(&flow.reference) {
            Some(known) => learn(known, flow),
            None => {
                all.insert(flow.reference.clone(), flow);
            }
        }
    }
    all.into_values().collect()
}

fn learn(known: &mut Flow, flow: Flow) {
    known.client_id = known.client_id.take().or(flow.client_id);
    known.user_id = flow.user_id.or(known.user_id.take());
    known.address = known.address.take().or(flow.address);
    (known.cause, known.group_id) = match flow.state {
        FlowState::Done => (None, None),
        _ => (flow.cause.or(known.cause.take()), flow.group_id.or(known.group_id.take())),
    };
    if flow.state != FlowState::Open {
        known.state = flow.state;
    }
    known.updated_at = flow.updated_at;
}

fn record(note: FlowNote, clock: &Clock, n: i64) -> FlowRecord {
    let at_ms = clock.now_ms();
    let now = Timestamp(at_ms / 1000);
    let mut detail: Map<String, Value> = note
        .detail
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(shortened(value))))
        .collect();
    if let Some(cause) = note.cause {
        detail.insert("cause".into(), Value::String(cause.code().into()));
    }
    let client = note.client.map(|id| ClientId(shortened(id.0)));
    FlowRecord {
        failure: note.cause.and_then(|cause| tally::kind(cause, client.as_ref(), &detail)),
        flow: Flow {
            reference: note.reference.clone(),
            client_id: client,
            user_id: note.user,
            layout: note.layout,
            state: note.state,
            cause: note.cause.map(|cause| cause.code().to_owned()),
            group_id: None,
            address: note.address,
            started_at: now,
            updated_at: now,
            begun_ms: at_ms,
        },
        step: FlowStep {
            reference: note.reference,
            at_ms,
            n,
            kind: note.kind.to_owned(),
            detail: Json(detail),
        },
    }
}

/// Cuts what somebody sent to a bearable length; NUL cannot be stored in PostgreSQL.
fn shortened(value: String) -> String {
    let value = value.replace('\0', "\u{fffd}");
    match value.char_indices().nth(VALUE_LENGTH) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}
