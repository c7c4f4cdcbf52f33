//! Groups: who belongs together, possibly one inside another.

use serde::Serialize;

use super::{GroupId, InvalidName, Timestamp};

/// The group that everybody belongs to without being added.
pub const EVERYONE: &str = "00000000-0000-0000-0000-000000000001";

/// A group of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Stable for ever.
    pub id: GroupId,
    /// Unique; appears in the `groups` claim.
    pub name: String,
    /// For administrators.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Group {
    /// Checks a name: 1 to 100 characters, no control characters, no `|` (NetBox's separator)
    /// and no `,`.
    pub fn check_name(name: &str) -> Result<(), InvalidName> {
        let rule = if name.trim() != name || name.is_empty() || name.chars().count() > 100 {
            "use 1 to 100 characters without spaces around them"
        } else if name.chars().any(|c| c.is_control() || c == '|' || c == ',') {
            "leave out control characters, '|' and ','"
        } else {
            return Ok(());
        };
        Err(InvalidName { what: "group name", name: name.to_owned(), rule })
    }
}

/// One group inside another: members of `child_id` are members of `parent_id` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nesting {
    /// The outer group.
    pub parent_id: GroupId,
    /// The inner group.
    pub child_id: GroupId,
}
