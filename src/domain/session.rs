//! Browser sessions.

use sqlx::types::Json;

use super::{Layout, Selector, Timestamp, UserId};

/// A browser in which somebody is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// The public half of the cookie.
    pub id: Selector,
    /// SHA-256 of the secret half.
    pub hash: Vec<u8>,
    /// Its name towards clients: the `sid` claim.
    pub sid: String,
    /// Who is signed in.
    pub user_id: UserId,
    /// The layout on which the sign-in started.
    pub layout: Layout,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// By which means (RFC 8176).
    pub amr: Json<Vec<String>>,
    /// Outlives the browser window.
    pub remember: bool,
    /// Where from.
    pub address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// The end of its life, used or not.
    pub expires_at: Timestamp,
    /// Set when it was ended.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Whether it still stands: not ended, not too old, not idle for more than `idle` seconds
    /// (remembered sessions may idle).
    pub fn is_live(&self, now: Timestamp, idle: i64) -> bool {
        self.ended_at.is_none()
            && now < self.expires_at
            && (self.remember || now - self.last_seen_at < idle)
    }

    /// How well the person is known: one factor or two, as `acr` says it.
    pub fn acr(&self) -> &'static str {
        if self.amr.iter().any(|means| means == "mfa") { "2" } else { "1" }
    }
}
