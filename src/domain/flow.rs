//! Flows: one attempt to sign in to one client, as a timeline.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{ClientId, FailureId, FailureKind, FlowRef, Layout, Timestamp, UserId};

/// How far a flow came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Still going on, or left alone.
    Open,
    /// Tokens were issued.
    Done,
    /// Refused; its cause says why.
    Failed,
}

impl FlowState {
    /// The stable name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            FlowState::Open => "open",
            FlowState::Done => "done",
            FlowState::Failed => "failed",
        }
    }
}

/// A flow as stored.
#[derive(Debug, Clone, Serialize)]
pub struct Flow {
    /// What a person reads out.
    #[serde(rename = "ref")]
    pub reference: FlowRef,
    /// The client, as the request named it.
    pub client_id: Option<ClientId>,
    /// Who, once known.
    pub user_id: Option<UserId>,
    /// Whose URLs.
    pub layout: Layout,
    /// How far it came.
    pub state: FlowState,
    /// The stable code of the last refusal; see `Cause`.
    pub cause: Option<String>,
    /// The failures that its last refusal is counted with.
    pub group_id: Option<FailureId>,
    /// Where from.
    pub address: Option<String>,
    /// The first request.
    pub started_at: Timestamp,
    /// The last step.
    pub updated_at: Timestamp,
    /// The first request in milliseconds since 1970, by which flows of one second are in order.
    #[serde(skip)]
    pub begun_ms: i64,
}

/// One step of a flow.
#[derive(Debug, Clone, Serialize)]
pub struct FlowStep {
    /// Whose.
    #[serde(rename = "ref")]
    pub reference: FlowRef,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Order within the millisecond.
    pub n: i64,
    /// What happened; see `explain::StepKind`.
    pub kind: String,
    /// The values that matter, never a secret.
    pub detail: Json<Map<String, Value>>,
}

/// A step on its way to the store, with what it tells about its flow.
#[derive(Debug, Clone)]
pub struct FlowRecord {
    /// The flow as this step knows it; what it does not know stays as it was.
    pub flow: Flow,
    /// The step.
    pub step: FlowStep,
    /// The failures that a refusal is counted with.
    pub failure: Option<FailureKind>,
}
