//! Things that work once.

use serde::{Deserialize, Serialize};

/// What kind of thing works once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Once {
    /// A pushed authorization request (RFC 9126 7.3).
    PushedRequest,
    /// An assertion of a person (RFC 7523 2.1).
    PersonAssertion,
    /// A client assertion (RFC 7523 3).
    ClientAssertion,
    /// A signed request in the back channel (CIBA Core 7.1.1).
    BackchannelRequest,
    /// A proof of possession (RFC 9449 11.1).
    DpopProof,
}
