//! Telling clients that somebody signed out, OpenID Connect Back-Channel Logout 1.0.

use serde::Serialize;

use super::{ClientId, FlowRef, Layout, Selector, Timestamp, UserId};

/// A client that is to be told that somebody signed out, and how far that got.
#[derive(Debug, Clone)]
pub struct LogoutToken {
    /// Time-ordered.
    pub id: Selector,
    /// Who is told.
    pub client_id: ClientId,
    /// Who signed out.
    pub user_id: UserId,
    /// What the client calls them.
    pub sub: String,
    /// The session that ended; `None` for all of them.
    pub sid: Option<String>,
    /// Decides `iss`.
    pub layout: Layout,
    /// What people call it by, and what its trouble is found under.
    pub flow: FlowRef,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// Why the last attempt did not work.
    pub problem: Option<String>,
    /// What was heard then.
    pub answered: Option<String>,
    /// When it arrived, or was given up.
    pub done_at: Option<Timestamp>,
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It is on its way.
    Waiting,
    /// The client has it.
    Delivered,
    /// The client did not take it, and is not asked any more.
    GivenUp,
}

impl Delivery {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Delivery::Waiting => "waiting",
            Delivery::Delivered => "delivered",
            Delivery::GivenUp => "given up",
        }
    }
}

impl LogoutToken {
    /// How far it got.
    pub fn delivery(&self) -> Delivery {
        match (self.done_at, &self.problem) {
            (None, _) => Delivery::Waiting,
            (Some(_), None) => Delivery::Delivered,
            (Some(_), Some(_)) => Delivery::GivenUp,
        }
    }
}
