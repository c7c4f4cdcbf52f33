//! How lists are read: a page at a time, each beginning after the last row of the one before, so
//! that the thousandth page costs what the first one does.

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The smallest first.
    #[default]
    Up,
    /// The greatest first.
    Down,
}

impl Order {
    /// The comparison that holds for what comes after a row.
    pub(super) fn after(self) -> &'static str {
        if self == Order::Up { ">" } else { "<" }
    }

    /// The word after `order by`.
    pub(super) fn word(self) -> &'static str {
        if self == Order::Up { "asc" } else { "desc" }
    }
}

/// Where a page begins: after the row with this value in the sorted column, and this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The value in the sorted column, as text.
    pub key: String,
    /// The id, which tells rows with the same value apart.
    pub id: String,
}
