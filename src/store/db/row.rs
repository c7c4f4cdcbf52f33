//! Rows of either database, read from left to right.

use sqlx::postgres::PgRow;
use sqlx::{Column as _, Row as _};

use super::value::Column;
use crate::store::Result;

/// What a row is read into.
pub trait Record: Sized {
    /// Takes its columns, in the order in which every statement selects them.
    fn read(columns: &mut Columns<'_>) -> Result<Self>;
}

/// The columns of a row that are not read yet.
pub struct Columns<'r> {
    row: Row<'r>,
    next: usize,
}

enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl<'r> Columns<'r> {
    pub(super) fn sqlite(row: &'r rusqlite::Row<'r>) -> Columns<'r> {
        Columns { row: Row::Sqlite(row), next: 0 }
    }

    pub(super) fn postgres(row: &'r PgRow) -> Columns<'r> {
        Columns { row: Row::Postgres(row), next: 0 }
    }

    /// The next column.
    pub fn take<T: Column>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        match &self.row {
            Row::Sqlite(row) => {
                let value = row.get_ref(index)?;
                T::of(value).map_err(|error| {
                    rusqlite::Error::FromSqlConversionFailure(
                        index,
                        value.data_type(),
                        Box::new(error),
                    )
                    .into()
                })
            }
            Row::Postgres(row) => Ok(row.try_get(index)?),
        }
    }

    /// The next column, which must have this name: statements and records that part would be
    /// found by the tests, all of which run every statement.
    pub fn named<T: Column>(&mut self, name: &str) -> Result<T> {
        debug_assert_eq!(self.name().as_deref(), Some(name), "column {}", self.next);
        self.take()
    }

    fn name(&self) -> Option<String> {
        match &self.row {
            Row::Sqlite(row) => row.as_ref().column_name(self.next).ok().map(str::to_owned),
            Row::Postgres(row) => row.columns().get(self.next).map(|c| c.name().to_owned()),
        }
    }
}

/// `record!(Flow { reference as "ref", client_id })`: which columns a type is read from, in order.
/// What stands after a semicolon is no column and begins empty.
macro_rules! record {
    ($type:ident { $($field:ident $(as $column:literal)?),+ $(; $($empty:ident),+)? }) => {
        impl $crate::store::Record for $type {
            fn read(columns: &mut $crate::store::Columns<'_>) -> $crate::store::Result<Self> {
                Ok($type {
                    $($field: columns.named(record!(@name $field $($column)?))?,)+
                    $($($empty: Default::default(),)+)?
                })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
}
pub(in crate::store) use record;

impl<A: Column> Record for (A,) {
    fn read(columns: &mut Columns<'_>) -> Result<Self> {
        Ok((columns.take()?,))
    }
}

impl<A: Column, B: Column> Record for (A, B) {
    fn read(columns: &mut Columns<'_>) -> Result<Self> {
        Ok((columns.take()?, columns.take()?))
    }
}

impl<A: Column, B: Column, C: Column> Record for (A, B, C) {
    fn read(columns: &mut Columns<'_>) -> Result<Self> {
        Ok((columns.take()?, columns.take()?, columns.take()?))
    }
}
