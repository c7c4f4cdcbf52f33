//! Where a file is to go: a database that nobody works with, and that holds nothing unless it may be
//! replaced.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{ErrorCode, OpenFlags};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::task::spawn_blocking;

use super::part::settle;
use super::tables::beside;
use super::{DumpError, postgres};
use crate::store::db::{MIGRATIONS, connect, file_of, migration, open_server};
use crate::store::{Db, Error};

/// How long a command that happens to run may take to let go of a SQLite file.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether any of what somebody would miss is there.
const HOLDS: &str = "select exists (select 1 from users) or exists (select 1 from clients)
    or exists (select 1 from settings) or exists (select 1 from events)
    or exists (select 1 from signing_keys)";

/// Whether what is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Only nothing.
    No,
    /// Whatever is there, after a copy was put aside.
    Yes,
}

/// The address of a database, and how it is told to people: without a password.
#[derive(Debug, Clone)]
pub struct Place {
    url: String,
    told: String,
}

impl Place {
    /// The database at `url`.
    pub fn new(url: &str, told: impl ToString) -> Place {
        Place { url: url.to_owned(), told: told.to_string() }
    }

    /// Refuses a database that somebody works with, or that holds something. Says whether there is
    /// anything to put aside.
    ///
    /// # Errors
    /// `InUse`, `NotEmpty`, and where it cannot be reached.
    pub async fn check(&self, overwrite: Overwrite) -> Result<bool, DumpError> {
        let holds = match file_of(&self.url) {
            Ok(path) => {
                let told = self.told.clone();
                let looked = spawn_blocking(move || file_holds(&path, &told)).await;
                looked.map_err(|_| Error::Closed)??
            }
            Err(_) => {
                let mut conn = self.alone().await?;
                let holds = server_holds(&mut conn).await?;
                conn.close().await.ok();
                holds
            }
        };
        match holds && overwrite == Overwrite::No {
            true => Err(DumpError::NotEmpty(self.told.clone())),
            false => Ok(holds),
        }
    }

    /// Refuses a database that somebody works with.
    ///
    /// # Errors
    /// `InUse`, and where it cannot be reached.
    pub async fn is_free(&self) -> Result<(), DumpError> {
        self.check(Overwrite::Yes).await.map(|_| ())
    }

    /// Puts everything of `file`, which went through every migration and is used up, in place of
    /// what is there; `aside` is where a copy of that goes first.
    ///
    /// # Errors
    /// When anything is in the way; what is there stays then.
    pub async fn fill(
        &self,
        file: &Path,
        overwrite: Overwrite,
        aside: &Path,
    ) -> Result<Filled, DumpError> {
        let holds = self.check(overwrite).await?;
        let aside = holds.then(|| aside.to_owned());
        if let Ok(path) = file_of(&self.url) {
            let (file, kept) = (file.to_owned(), aside.clone());
            let put = spawn_blocking(move || put_file(&file, &path, kept.as_deref())).await;
            put.map_err(|_| Error::Closed)??;
            return Ok(Filled { aside, tables: Vec::new() });
        }
        if let Some(aside) = &aside {
            let db = Db::open(&self.url, 2).await?;
            let kept = db.dump(aside).await;
            db.close().await;
            kept?;
        }
        let mut conn = self.alone().await?;
        MIGRATIONS.run(&mut conn).await.map_err(migration)?;
        let tables = postgres::fill(&mut conn, file).await?;
        conn.close().await.ok();
        Ok(Filled { aside, tables })
    }

    async fn alone(&self) -> Result<PgConnection, DumpError> {
        let alone = open_server(&self.url).await?;
        alone.ok_or_else(|| DumpError::InUse(self.told.clone()))
    }
}

/// What came of putting a file into a database.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Where the copy of what was there is.
    pub aside: Option<PathBuf>,
    /// The tables that were copied row by row, each with how many rows it has now.
    pub tables: Vec<(String, u64)>,
}

async fn server_holds(conn: &mut PgConnection) -> Result<bool, DumpError> {
    let there = "select to_regclass('users') is not null";
    let (there,): (bool,) =
        sqlx::query_as(there).fetch_one(&mut *conn).await.map_err(Error::from)?;
    if !there {
        return Ok(false);
    }
    let (holds,): (bool,) =
        sqlx::query_as(HOLDS).fetch_one(&mut *conn).await.map_err(Error::from)?;
    Ok(holds)
}

/// Whether a file holds anything; it is left without a log beside it, which SQLite allows only
/// while nobody else has it open.
fn file_holds(path: &Path, told: &str) -> Result<bool, DumpError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return folder_is_there(path).map(|()| false);
        }
        Err(error) => return Err(DumpError::writing(path, &error)),
        Ok(found) if found.is_dir() => {
            let error = "it is a folder".to_owned();
            return Err(DumpError::Write { path: path.to_owned(), error });
        }
        Ok(found) if found.len() == 0 => return Ok(false),
        Ok(_) => {}
    }
    let look = || {
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.busy_timeout(PATIENCE)?;
        let mode: String = conn.query_row("pragma journal_mode = delete", [], |row| row.get(0))?;
        let holds: bool = match mode == "delete" {
            true => conn.query_row(HOLDS, [], |row| row.get(0))?,
            false => false,
        };
        Ok((mode, holds))
    };
    match look() {
        Ok((mode, holds)) if mode == "delete" => Ok(holds),
        Ok(_) => Err(DumpError::InUse(told.to_owned())),
        Err(error) => match rusqlite::Error::sqlite_error_code(&error) {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Err(DumpError::InUse(told.to_owned()))
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Err(DumpError::sqlite(path, &error))
            }
            // Broken, or somebody else's: nothing of ours can run on it, but it may be missed.
            _ => Ok(true),
        },
    }
}

fn folder_is_there(path: &Path) -> Result<(), DumpError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.unwrap_or(Path::new(".")).is_dir() {
        true => Ok(()),
        false => {
            let error = "its folder is not there".to_owned();
            Err(DumpError::Write { path: path.to_owned(), error })
        }
    }
}

/// Puts a file in the place of another, a copy of which goes aside. The place is never empty.
fn put_file(file: &Path, path: &Path, aside: Option<&Path>) -> Result<(), DumpError> {
    if let Some(aside) = aside {
        for end in ["", "-wal"] {
            let (from, to) = (beside(path, end), beside(aside, end));
            if from.exists() {
                keep(&from, &to).map_err(|error| DumpError::writing(&to, &error))?;
            }
        }
    }
    let writing = |error: std::io::Error| DumpError::writing(path, &error);
    // What belongs to the former file must not be taken for changes of this one.
    for end in ["-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(path, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(writing(error)),
            _ => {}
        }
    }
    fs::File::open(file).and_then(|file| file.sync_all()).map_err(writing)?;
    fs::rename(file, path).map_err(writing)?;
    settle(path);
    Ok(())
}

fn keep(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(_) => fs::copy(from, to).map(|_| ()),
    }
}
