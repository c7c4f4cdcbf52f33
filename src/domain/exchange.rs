//! What a client may do with tokens of others, RFC 8693.

use serde::{Deserialize, Serialize};

/// In whose name a client acts with a token that it got in exchange (RFC 8693 1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MayAct {
    /// In the person's name, and the token says who acts.
    #[default]
    Delegate,
    /// As if it were the person.
    Impersonate,
}
