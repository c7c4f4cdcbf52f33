//! What a person allowed a client, and the codes and tokens that hang off it.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{ClientId, Confirmation, FlowRef, Layout, Scopes, Selector, Target, Timestamp, UserId};

/// What a person allowed a client once. Everything issued hangs off it: revoking it revokes all.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Time-ordered.
    pub id: Selector,
    /// Who may act.
    pub client_id: ClientId,
    /// On whose behalf.
    pub user_id: UserId,
    /// The browser session it was given in.
    pub session_id: Option<Selector>,
    /// That session's public name, the `sid` claim.
    pub sid: String,
    /// Decides `iss`.
    pub layout: Layout,
    /// What was allowed.
    pub scopes: Json<Scopes>,
    /// Claims asked for one by one (OpenID Connect Core 5.5).
    pub claims: Json<RequestedClaims>,
    /// What it is for beside the scopes.
    pub target: Json<Target>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// How well.
    pub acr: String,
    /// By which means (RFC 8176).
    pub amr: Json<Vec<String>>,
    /// The flow it came from.
    pub flow: FlowRef,
    /// When it was given.
    pub created_at: Timestamp,
    /// Set when nothing of it works any more.
    pub revoked_at: Option<Timestamp>,
}

/// Claim names, in no order.
pub type ClaimNames = std::collections::BTreeSet<String>;

/// The `claims` parameter, reduced to the names asked for in each place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestedClaims {
    /// For the ID token.
    pub id_token: ClaimNames,
    /// For the userinfo answer.
    pub userinfo: ClaimNames,
}

/// A grant on its way to the client, waiting to be redeemed.
#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    /// What it stands for.
    pub grant_id: Selector,
    /// Who may redeem it.
    pub client_id: ClientId,
    /// Must be sent again (RFC 6749 4.1.3).
    pub redirect_uri: String,
    /// The PKCE challenge, if one was sent.
    pub challenge: Option<String>,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// The key it is bound to.
    pub cnf: Option<Json<Confirmation>>,
}

/// A refresh token as stored.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    /// Its row.
    pub id: Selector,
    /// SHA-256 of its secret half.
    pub hash: Vec<u8>,
    /// What it stands for.
    pub grant_id: Selector,
    /// Who may use it.
    pub client_id: ClientId,
    /// What it may ask for.
    pub scopes: Json<Scopes>,
    /// The token it replaced.
    pub parent_id: Option<Selector>,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// When it was replaced.
    pub used_at: Option<Timestamp>,
    /// When its parent came again, as if this token had got lost, and another took its place.
    pub superseded_at: Option<Timestamp>,
    /// The key it is bound to.
    pub cnf: Option<Json<Confirmation>>,
}

/// An opaque access token as stored.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// Its row.
    pub id: Selector,
    /// SHA-256 of its secret half.
    pub hash: Vec<u8>,
    /// What it stands for; `None` for a client acting for itself.
    pub grant_id: Option<Selector>,
    /// Who may use it.
    pub client_id: ClientId,
    /// Decides `iss` at introspection.
    pub layout: Layout,
    /// What it opens.
    pub scopes: Json<Scopes>,
    /// What it is for beside them.
    pub target: Json<Target>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// Set when it was revoked by itself.
    pub revoked_at: Option<Timestamp>,
    /// The key it is bound to.
    pub cnf: Option<Json<Confirmation>>,
}

/// What a person said yes to, remembered.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Who.
    pub user_id: UserId,
    /// To whom.
    pub client_id: ClientId,
    /// To what.
    pub scopes: Json<Scopes>,
    /// When last.
    pub granted_at: Timestamp,
}

/// What a link that works once is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Make the first administrator.
    Setup,
    /// Choose a first password.
    Invite,
    /// Choose a new password.
    Reset,
}

/// A link that works once.
#[derive(Debug, Clone)]
pub struct OneTimeLink {
    /// What it opens.
    pub purpose: LinkPurpose,
    /// For whom; `None` for set-up.
    pub user_id: Option<UserId>,
    /// The end of its life.
    pub expires_at: Timestamp,
}
