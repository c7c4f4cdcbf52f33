//! What is known beside the steps of a flow when it is told.

use crate::domain::{Client, Scopes, Timestamp};

/// The state of things now, in whose light a flow is told.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The client, if it is one of ours.
    pub client: Option<&'a Client>,
    /// The ids of all clients, where the flow names none of them.
    pub clients: &'a [String],
    /// Where people reach us.
    pub public_url: &'a str,
    /// What the person signs in with, where the person is known.
    pub username: Option<&'a str>,
    /// The names of the person's groups, where the person is known.
    pub groups: &'a [String],
    /// Who may use the client: the name of each group that has a scope map, and its scopes.
    pub maps: &'a [(String, Scopes)],
    /// The names of all scopes.
    pub scopes: &'a [String],
    /// Now.
    pub now: Timestamp,
}

impl<'a> Facts<'a> {
    /// Nothing but the time.
    pub fn at(now: Timestamp) -> Facts<'a> {
        Facts {
            client: None,
            clients: &[],
            public_url: "",
            username: None,
            groups: &[],
            maps: &[],
            scopes: &[],
            now,
        }
    }
}
