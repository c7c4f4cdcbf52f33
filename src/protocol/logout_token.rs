//! The logout token, OpenID Connect Back-Channel Logout 1.0, 2.4.

use serde_json::{Map, Value, json};

use crate::domain::{Client, MINUTE, Timestamp};

/// `typ` of its header, so that nothing else passes for one, and it for nothing else.
pub const TYP: &str = "logout+jwt";
/// What it tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds it is good for: each attempt to deliver one makes another.
const LIFETIME: i64 = 2 * MINUTE;

/// What a logout token is made of.
pub struct Content<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// For whom.
    pub client: &'a Client,
    /// Who signed out.
    pub sub: &'a str,
    /// Of which session; `None` for all of them.
    pub sid: Option<&'a str>,
    /// Names this token and no other.
    pub jti: String,
}

/// The claims; never a `nonce`, by which an ID token would be told from it.
pub fn claims(content: Content<'_>, now: Timestamp) -> Map<String, Value> {
    let client = content.client;
    let sid = content.sid.map(|sid| ("sid", json!(sid)));
    let all = [
        ("iss", json!(content.issuer)),
        ("sub", json!(content.sub)),
        ("aud", json!(client.id)),
        ("iat", json!(now - client.settings.iat_backdate)),
        ("exp", json!(now + LIFETIME)),
        ("jti", json!(content.jti)),
        ("events", json!({ EVENT: {} })),
    ];
    all.into_iter().chain(sid).map(|(name, value)| (name.to_owned(), value)).collect()
}
