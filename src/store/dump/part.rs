//! A file in the making: under another name until it is whole, and gone if it never is.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::DumpError;
use super::tables::beside;

/// What a name ends with meanwhile.
pub const END: &str = ".part";

/// A file in the making.
pub struct Part {
    wanted: PathBuf,
    path: PathBuf,
}

impl Part {
    /// Begins what is to be at `path`, readable by its owner alone.
    pub fn begin(path: &Path) -> Result<Part, DumpError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if path.symlink_metadata().is_ok() {
            return Err(DumpError::Exists(path.to_owned()));
        }
        let unnamed = || DumpError::Write {
            path: path.to_owned(),
            error: "it names no file in UTF-8".to_owned(),
        };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(unnamed)?;
        path.to_str().ok_or_else(unnamed)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let part = path.with_file_name(format!(".{name}.{}-{number}{END}", std::process::id()));
        // In a container, the process that was killed had the same number.
        clear(&part);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        made.map_err(|error| DumpError::writing(path, &error))?;
        Ok(Part { wanted: path.to_owned(), path: part })
    }

    /// Where it is meanwhile.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What SQLite said of it, told of the name that was asked for.
    pub fn refused(&self, error: &rusqlite::Error) -> DumpError {
        DumpError::sqlite(&self.wanted, error)
    }

    /// The same of what cannot be told apart.
    pub fn impossible(&self, error: impl ToString) -> DumpError {
        DumpError::Write { path: self.wanted.clone(), error: error.to_string() }
    }

    /// Makes it durable and gives it its name, which nothing may have got meanwhile.
    pub fn finish(self) -> Result<(), DumpError> {
        let writing = |error: std::io::Error| DumpError::writing(&self.wanted, &error);
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(writing)?;
        match fs::hard_link(&self.path, &self.wanted) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(writing(error)),
            // Some file systems know no links.
            Err(_) if self.wanted.symlink_metadata().is_err() => {
                fs::rename(&self.path, &self.wanted).map_err(writing)?;
            }
            Err(error) => return Err(writing(error)),
        }
        settle(&self.wanted);
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        clear(&self.path);
    }
}

fn clear(part: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        fs::remove_file(beside(part, end)).ok();
    }
}

/// Makes the name durable, too; a file system that cannot do so keeps it soon anyway.
pub fn settle(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")));
    folder.and_then(|folder| folder.sync_all()).ok();
}
