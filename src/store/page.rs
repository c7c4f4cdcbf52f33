//! How lists are read: a page at a time, each beginning after the last row of the one before, so
//! that the thousandth page costs what the first one does.

use super::{Conn, Result};
use crate::domain::UserId;

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
    /// The other way.
    pub fn turned(self) -> Order {
        if self == Order::Up { Order::Down } else { Order::Up }
    }

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

/// `$3, $4, $5`: arguments for `in`, from this one on.
pub(super) fn marks(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// How many rows of these people a table has.
pub(super) async fn count(
    conn: &mut Conn,
    (table, which): (&'static str, &'static str),
    users: &[UserId],
) -> Result<i64> {
    if users.is_empty() {
        return Ok(0);
    }
    let marks = marks(1, users.len());
    let sql = format!("select count(*) from {table} where user_id in ({marks}) and {which}");
    let mut query = conn.query(sqlx::AssertSqlSafe(sql));
    for user in users {
        query = query.bind(user);
    }
    let row: (i64,) = query.one().await?;
    Ok(row.0)
}
