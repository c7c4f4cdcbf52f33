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
    /// same in a form, a URL path and an HTTP Basic header. Dots alone would lead out of a path.
    pub fn parse(text: &str) -> Result<ClientId, super::InvalidName> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let dots = text.chars().all(|c| c == '.');
        if dots || text.len() > 64 || !text.chars().all(fits) {
            return Err(super::InvalidName {
                what: "client id",
                name: text.to_owned(),
                rule: "use 1 to 64 letters, digits, '-', '_' or '.'",
            });
        }
        Ok(ClientId(text.to_owned()))
    }
}

impl FlowRef {
    /// The reference as somebody wrote down what they heard.
    pub fn heard(text: &str) -> FlowRef {
        FlowRef(heard(text))
    }
}

impl FailureId {
    /// The name as somebody wrote down what they heard.
    pub fn heard(text: &str) -> FailureId {
        FailureId(heard(text))
    }
}

/// Read out, a reference loses its case and its hyphens, and O and I become digits.
fn heard(text: &str) -> String {
    let letters: Vec<char> = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    let fours: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    fours.join("-")
}

#[cfg(test)]
mod tests {
    use super::{FailureId, FlowRef};

    #[test]
    fn a_reference_may_be_written_as_it_was_heard() {
        for written in ["K7QF-2M91", "k7qf2m9l", " K7QF 2M9I "] {
            assert_eq!(FlowRef::heard(written).as_str(), "K7QF-2M91");
        }
        assert_eq!(FailureId::heard("7k2m9qpt4xwa").as_str(), "7K2M-9QPT-4XWA");
    }
}
