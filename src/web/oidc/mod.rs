//! What relying parties call.

pub mod answer;
mod assertion;
pub mod authorize;
pub mod bearer;
mod certificate;
pub mod check_session;
pub mod client;
mod client_keys;
mod decision;
pub mod device;
pub mod discovery;
pub mod dpop;
mod encrypted;
pub mod end_session;
mod exchange;
mod flow;
pub mod introspect;
mod issue;
mod jwt_bearer;
mod live_token;
pub mod par;
mod path_client;
mod redeem;
mod refresh;
pub mod register;
mod request_object;
mod respond;
pub mod resume;
pub mod revoke;
pub mod token;
pub mod userinfo;

pub use client_keys::KnownKeys;
pub use decision::{decide, stands};
pub use flow::Tracked;
pub use live_token::RecentTokens;
