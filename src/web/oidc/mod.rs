//! What relying parties call.

pub mod answer;
pub mod authorize;
pub mod bearer;
mod client;
mod decision;
pub mod discovery;
pub mod end_session;
mod flow;
pub mod introspect;
mod issue;
mod live_token;
mod path_client;
mod redeem;
mod refresh;
pub mod resume;
pub mod revoke;
pub mod token;
pub mod userinfo;

pub use decision::{decide, stands};
pub use flow::Tracked;
pub use live_token::RecentTokens;
