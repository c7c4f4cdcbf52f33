//! Identifiers, each its own type, so that a client cannot stand where a user is meant.

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type,
        )]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A person's identifier, a UUID; the default `sub`.
    UserId
}
text_id! {
    /// A group's identifier, a UUID.
    GroupId
}
text_id! {
    /// The `client_id` of RFC 6749 2.2.
    ClientId
}
text_id! {
    /// The `kid` of RFC 7517 4.5: the key's RFC 7638 thumbprint.
    Kid
}
text_id! {
    /// The short reference of a flow, which a person can read out: `K7QF-2M9X`.
    FlowRef
}

text_id! {
    /// What failures of one kind are called together: `7K2M-9QPT-4XWA`.
    FailureId
}

impl ClientId {
    /// Checks a new client's id: 1 to 64 letters, digits, `-`, `_` or `.`, so that it means the
    /// same in a form, a URL path and an HTTP Basic header.
    pub fn parse(text: &str) -> Result<ClientId, super::InvalidName> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
            return Err(super::InvalidName {
                what: "client id",
                name: text.to_owned(),
                rule: "use 1 to 64 letters, digits, '-', '_' or '.'",
            });
        }
        Ok(ClientId(text.to_owned()))
    }
}
