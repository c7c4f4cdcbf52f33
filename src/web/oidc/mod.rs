//! What relying parties call.

pub mod answer;
mod assertion;
pub mod authorize;
pub mod bearer;
pub mod client;
mod client_document;
mod client_keys;
mod decision;
pub mod discovery;
pub mod end_session;
mod flow;
pub mod introspect;
mod issue;
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

pub use client_document::KnownDocuments;
pub use client_keys::KnownKeys;
pub use decision::{decide, stands};
pub use flow::Tracked;
pub use live_token::RecentTokens;
