//! The audit log: who did what, when, and whether it worked.

use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{ClientId, FlowRef, Selector, Staff, Timestamp, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person for themselves.
    User(UserId, String),
    /// A person by the role they hold; `directory::rights` says how far that reaches.
    Staff(Staff),
    /// A client, by itself.
    Client(ClientId),
    /// Whoever runs the command line on the machine itself.
    CommandLine,
    /// Keystead by itself: jobs, first start.
    System,
    /// Somebody not known yet.
    Anonymous,
}

impl Actor {
    /// As stored and shown.
    pub fn label(&self) -> String {
        match self {
            Actor::User(_, name) => name.clone(),
            Actor::Staff(staff) => staff.name().to_owned(),
            Actor::Client(id) => id.0.clone(),
            Actor::CommandLine => "command line".into(),
            Actor::System => "Keystead".into(),
            Actor::Anonymous => "somebody".into(),
        }
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Time-ordered.
    pub id: Selector,
    /// When.
    pub at: Timestamp,
    /// What: `user.created`, `sign_in.failed`; see `explain::sentence`.
    pub kind: String,
    /// Who, as shown.
    pub actor: String,
    /// The person concerned.
    pub user_id: Option<UserId>,
    /// The client concerned.
    pub client_id: Option<ClientId>,
    /// What it was done to, as shown.
    pub target: Option<String>,
    /// Whether it was refused.
    pub failed: bool,
    /// The stable reason code of a refusal.
    pub reason: Option<String>,
    /// The flow it belongs to.
    pub flow: Option<FlowRef>,
    /// Where from.
    pub address: Option<String>,
    /// More, never a secret.
    pub detail: Json<Map<String, Value>>,
}
