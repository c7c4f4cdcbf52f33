//! The URL shape a client talks to; it decides the issuer.

use serde::{Deserialize, Serialize};

/// Whose URLs a flow uses. Stored on the session, the grant and each token, so that `iss` stays
/// what the client learned from the discovery document it started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Keystead's own paths.
    Native,
    /// authentik: `/application/o/<slug>/`.
    Authentik,
    /// Kanidm: `/oauth2/openid/<client_id>`.
    Kanidm,
}

impl Layout {
    /// Every layout, for tables that must name each.
    pub const ALL: [Layout; 3] = [Layout::Native, Layout::Authentik, Layout::Kanidm];

    /// The stable name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Layout::Native => "native",
            Layout::Authentik => "authentik",
            Layout::Kanidm => "kanidm",
        }
    }
}
