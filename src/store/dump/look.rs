//! What a file is, before anybody believes it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::tables::beside;
use super::{DumpError, schema};
use crate::store::OpenError;
use crate::store::db::{MIGRATIONS, connect, versions};

/// What would end a path in the address of a file.
const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');

/// A file that may be put into a database.
#[derive(Debug, Clone)]
pub struct Dump {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is.
    pub size: u64,
    /// The newest migration it went through.
    pub version: i64,
}

impl Dump {
    /// Looks whether a file is one of ours, whole, and no newer than we are. Writes nothing.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(path: &Path) -> Result<Dump, DumpError> {
        let size = whole(path)?;
        let log = std::fs::metadata(beside(path, "-wal"));
        if log.is_ok_and(|log| log.len() > 0) {
            return Err(DumpError::Live(path.to_owned()));
        }
        let conn = unchanging(path)?;
        let ours = conn.query_row(
            "select count(*) from sqlite_master
             where type = 'table' and name in ('_sqlx_migrations', 'users')",
            [],
            |row| row.get::<_, i64>(0),
        );
        match ours {
            Ok(2) => {}
            Ok(_) => return Err(DumpError::NotOurs(path.to_owned())),
            Err(error) => return Err(DumpError::damaged(path, error)),
        }
        let found = schema::read(&conn).map_err(|error| DumpError::damaged(path, error))?;
        let running = schema::running(&found);
        if !running.is_empty() {
            let problem = format!("schema: {}", running.join(", "));
            return Err(DumpError::damaged(path, problem));
        }
        match versions(&conn) {
            Ok(done) => {
                let version = done.into_iter().max().unwrap_or_default();
                Ok(Dump { path: path.to_owned(), size, version })
            }
            Err(OpenError::Newer(version)) => {
                Err(DumpError::Newer { path: path.to_owned(), version })
            }
            Err(OpenError::Migration(problem)) => Err(DumpError::damaged(path, problem)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether it went through every migration that there is.
    pub fn is_current(&self) -> bool {
        MIGRATIONS.iter().all(|migration| migration.version <= self.version)
    }

    /// What SQLite finds wrong with it, a sentence each: pages and indexes first, then references
    /// to rows that are not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn inspect(&self) -> Result<[Vec<String>; 2], DumpError> {
        let damaged = |error: rusqlite::Error| DumpError::damaged(&self.path, error);
        let conn = unchanging(&self.path)?;
        let mut pages = all(&conn, "pragma integrity_check(10)", |row| row.get(0))
            .unwrap_or_else(|error| vec![error.to_string()]);
        pages.retain(|told| told != "ok");
        let row = |row: &rusqlite::Row<'_>| {
            let (table, to): (String, String) = (row.get(0)?, row.get(2)?);
            Ok(format!("a row of {table} names one of {to} that is not there"))
        };
        let mut references = match pages.is_empty() {
            true => all(&conn, "pragma foreign_key_check", row).map_err(damaged)?,
            false => Vec::new(),
        };
        references.truncate(10);
        Ok([pages, references])
    }
}

fn all(
    conn: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<String>,
) -> rusqlite::Result<Vec<String>> {
    conn.prepare(sql)?.query_map([], read)?.collect()
}

/// How long the file is, if it is as long as its first page says.
fn whole(path: &Path) -> Result<u64, DumpError> {
    let reading =
        |error: std::io::Error| DumpError::Read { path: path.to_owned(), error: error.to_string() };
    let mut file = File::open(path).map_err(reading)?;
    let found = file.metadata().map_err(reading)?.len();
    let mut head = [0; 100];
    if let Err(error) = file.read_exact(&mut head) {
        return match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Err(DumpError::NotSqlite(path.to_owned())),
            _ => Err(reading(error)),
        };
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(DumpError::NotSqlite(path.to_owned()));
    }
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u32::from_be_bytes([head[28], head[29], head[30], head[31]]);
    let expected = page * u64::from(pages);
    match found < expected {
        true => Err(DumpError::Truncated { path: path.to_owned(), found, expected }),
        false => Ok(found),
    }
}

/// Opens a file that nobody changes, in a folder where nothing may be made.
pub(super) fn unchanging(path: &Path) -> Result<Connection, DumpError> {
    let unreadable =
        || DumpError::Read { path: path.to_owned(), error: "its name is not UTF-8".to_owned() };
    let name = path.to_str().ok_or_else(unreadable)?;
    let uri = format!("file:{}?immutable=1", utf8_percent_encode(name, SPECIAL));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    connect(Path::new(&uri), flags).map_err(|error| DumpError::damaged(path, error))
}
