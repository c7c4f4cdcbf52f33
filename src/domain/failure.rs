//! Failures that are alike, counted together, so that a flood of them is one line.

use serde::Serialize;

use super::{Cause, ClientId, FailureId, Timestamp};

/// Failures for one cause, of one client, with one differing value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureGroup {
    /// Follows from the three that the group has in common.
    pub id: FailureId,
    /// The stable code.
    pub cause: String,
    /// The client; `None` where none of ours was named.
    pub client_id: Option<ClientId>,
    /// What was sent and differs from what was expected, where something does.
    pub value: Option<String>,
    /// Counts all values beyond those that have a group of their own.
    pub others: bool,
    /// How often.
    pub times: i64,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
    /// When somebody said that it is solved.
    pub solved_at: Option<Timestamp>,
    /// Who did.
    pub solved_by: Option<String>,
    /// How often it had happened by then.
    pub solved_times: Option<i64>,
}

impl FailureGroup {
    /// Whether it was solved and did not happen since.
    pub fn is_solved(&self) -> bool {
        self.solved_times.is_some_and(|times| self.times <= times)
    }

    /// Whether it was solved and happened again.
    pub fn is_back(&self) -> bool {
        self.solved_times.is_some_and(|times| self.times > times)
    }
}

/// What failures have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FailureKind {
    /// The stable code of the cause.
    pub cause: &'static str,
    /// The client, if it is one of ours.
    pub client_id: Option<ClientId>,
    /// What was sent and differs.
    pub value: Option<String>,
}

impl FailureKind {
    /// With what an explanation needs of the cause alone.
    pub fn of(cause: Cause, client_id: Option<ClientId>, value: Option<String>) -> FailureKind {
        FailureKind { cause: cause.code(), client_id, value }
    }
}
