//! The tables that a copy is made of, in an order in which no row comes before one it names; and
//! their contents in a form that both databases have.

use std::path::{Path, PathBuf};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use crate::store::db::MIGRATIONS;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Bool,
    Bytes,
    Json,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    pub columns: Vec<(String, Kind)>,
}

/// A value: numbers and yes or no are integers, JSON is text.
pub type Cells = Vec<Value>;

impl Table {
    /// Those that our migrations make, whatever a file may hold beside them.
    pub fn ours() -> rusqlite::Result<Vec<Table>> {
        let conn = schema()?;
        let mut waiting: Vec<String> = conn
            .prepare("select name from sqlite_master where type = 'table' order by name")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut sorted: Vec<Table> = Vec::new();
        while !waiting.is_empty() {
            let mut later = Vec::new();
            for name in std::mem::take(&mut waiting) {
                let named = references(&conn, &name)?;
                let known = |other: &String| {
                    *other == name || sorted.iter().any(|table| table.name == *other)
                };
                match named.iter().all(known) {
                    true => sorted.push(Table { columns: columns(&conn, &name)?, name }),
                    false => later.push(name),
                }
            }
            waiting = later;
        }
        Ok(sorted)
    }

    /// `"id", "name"`
    pub fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        names.join(", ")
    }

    /// Its name in a statement.
    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// A row of it, as SQLite has it.
    pub fn read(&self, row: &Row<'_>) -> Result<Cells, String> {
        let cells = self.columns.iter().enumerate().map(|(n, (column, kind))| {
            let value = row.get_ref(n).map_err(|error| error.to_string())?;
            let odd = || format!("{column} holds a {}", value.data_type());
            match (kind, value) {
                (_, ValueRef::Null) => Ok(Value::Null),
                (Kind::Int, ValueRef::Integer(number)) => Ok(Value::Integer(number)),
                (Kind::Bool, ValueRef::Integer(number)) => {
                    Ok(Value::Integer(i64::from(number != 0)))
                }
                (Kind::Text | Kind::Json, ValueRef::Text(text)) => {
                    let text = std::str::from_utf8(text).map_err(|_| odd())?;
                    Ok(Value::Text(text.to_owned()))
                }
                (Kind::Bytes, ValueRef::Blob(bytes)) => Ok(Value::Blob(bytes.to_vec())),
                _ => Err(odd()),
            }
        });
        cells.collect()
    }
}

/// An empty database with our schema, in memory.
pub fn schema() -> rusqlite::Result<Connection> {
    let conn = Connection::open_in_memory()?;
    for migration in MIGRATIONS.iter() {
        conn.execute_batch(migration.sql.as_str())?;
    }
    Ok(conn)
}

/// The tables whose rows it names.
fn references(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("select \"table\" from pragma_foreign_key_list(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

fn columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<(String, Kind)>> {
    let mut statement =
        conn.prepare("select name, type from pragma_table_info(?1) order by cid")?;
    let rows = statement.query_map([table], |row| {
        let kind = match row.get::<_, String>(1)?.as_str() {
            "bigint" => Kind::Int,
            "boolean" => Kind::Bool,
            "bytea" => Kind::Bytes,
            "jsonb" => Kind::Json,
            _ => Kind::Text,
        };
        Ok((row.get(0)?, kind))
    })?;
    rows.collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The same name with something after it: `keystead.db-wal`.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// How many rows a table has, and a sum over them that is the same in whatever order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub rows: u64,
    sum: [u64; 4],
}

impl Sum {
    /// Adds a row.
    pub fn add(&mut self, table: &Table, cells: &[Value]) -> Result<(), String> {
        let mut hash = Sha256::new();
        for ((column, kind), cell) in table.columns.iter().zip(cells) {
            let (mark, bytes) = match cell {
                Value::Null => (0, Vec::new()),
                Value::Integer(number) => (1, number.to_be_bytes().to_vec()),
                Value::Text(text) if *kind == Kind::Json => {
                    let value: serde_json::Value = serde_json::from_str(text)
                        .map_err(|_| format!("{column} holds no JSON"))?;
                    let mut sorted = String::new();
                    sort(&value, &mut sorted);
                    (2, sorted.into_bytes())
                }
                Value::Text(text) => (3, text.clone().into_bytes()),
                Value::Blob(bytes) => (4, bytes.clone()),
                Value::Real(_) => return Err(format!("{column} holds a fraction")),
            };
            hash.update([mark]);
            hash.update(bytes.len().to_be_bytes());
            hash.update(&bytes);
        }
        let hash: [u8; 32] = hash.finalize().into();
        for (lane, part) in self.sum.iter_mut().zip(hash.chunks_exact(8)) {
            let number = part.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            *lane = lane.wrapping_add(number);
        }
        self.rows += 1;
        Ok(())
    }
}

/// PostgreSQL does not keep the order of members.
fn sort(value: &serde_json::Value, out: &mut String) {
    match value {
        serde_json::Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            out.push('{');
            for name in names {
                out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                out.push(':');
                sort(&members[name], out);
                out.push(',');
            }
            out.push('}');
        }
        serde_json::Value::Array(items) => {
            out.push('[');
            for item in items {
                sort(item, out);
                out.push(',');
            }
            out.push(']');
        }
        simple => out.push_str(&simple.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_known_and_comes_after_those_it_names() {
        let all = Table::ours().unwrap();
        let at = |name: &str| all.iter().position(|table| table.name == name).unwrap();
        for (first, second) in [
            ("users", "sessions"),
            ("clients", "grants"),
            ("groups", "scope_maps"),
            ("flows", "flow_steps"),
            ("users", "api_tokens"),
        ] {
            assert!(at(first) < at(second), "{first} before {second}");
        }
        let migrations = MIGRATIONS.iter().map(|m| m.sql.as_str().matches("create table").count());
        assert_eq!(all.len(), migrations.sum::<usize>());
        let users = &all[at("users")];
        assert!(users.columns.contains(&("profile".into(), Kind::Json)));
        assert!(users.columns.contains(&("email_verified".into(), Kind::Bool)));
    }

    #[test]
    fn the_sum_knows_rows_apart_and_their_order_not() {
        let columns = vec![("a".into(), Kind::Json), ("b".into(), Kind::Text)];
        let table = Table { name: "t".into(), columns };
        let text = |text: &str| Value::Text(text.to_owned());
        let sum = |rows: &[[Value; 2]]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|row| sum.add(&table, row).unwrap());
            sum
        };
        let (one, two) = ([text("{\"x\":1,\"y\":[2]}"), text("1")], [text("{}"), Value::Null]);
        let spaced = [text("{ \"y\": [2], \"x\": 1 }"), text("1")];
        assert_eq!(sum(&[one.clone(), two.clone()]), sum(&[two.clone(), spaced]));
        assert_ne!(sum(&[one.clone(), one.clone()]), sum(&[one.clone(), two.clone()]));
        assert_ne!(sum(&[two]), sum(&[[text("{}"), text("")]]));
        assert!(Sum::default().add(&table, &[text("{"), Value::Null]).is_err());
    }
}
