//! A request that waits for a person to approve it, CIBA Core 1.0.

use sqlx::types::Json;

use super::{ClientId, FlowRef, Layout, Scopes, Selector, Timestamp, UserId};

/// A request that waits, as stored under the `auth_req_id` that its client polls with.
#[derive(Debug, Clone)]
pub struct BackchannelRequest {
    /// Its row.
    pub id: Selector,
    /// SHA-256 of the secret half of the `auth_req_id`.
    pub hash: Vec<u8>,
    /// Who asked.
    pub client_id: ClientId,
    /// Whom it asked for.
    pub user_id: UserId,
    /// Decides `iss`.
    pub layout: Layout,
    /// What is asked for.
    pub scopes: Json<Scopes>,
    /// What the application shows the person at the same time.
    pub binding_message: Option<String>,
    /// From where the application asked.
    pub address: Option<String>,
    /// The flow it began.
    pub flow: FlowRef,
    /// When it was asked.
    pub created_at: Timestamp,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// When it was last polled for.
    pub polled_at: Timestamp,
    /// Seconds the client has to wait between polls.
    pub pause: i64,
    /// When the person said yes or no.
    pub decided_at: Option<Timestamp>,
    /// What was allowed; `None` also where the person said no.
    pub grant_id: Option<Selector>,
    /// When the client got its tokens.
    pub used_at: Option<Timestamp>,
}
