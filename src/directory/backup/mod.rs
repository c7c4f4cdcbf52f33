//! Backups: one file that holds everything but the secret key, made while servers run; verified in a
//! place of its own; restored, or carried over to another database, where nothing runs.

mod carry;
mod create;
mod error;
mod examine;
mod folder;
mod record;
mod restore;
mod schedule;
mod scratch;
mod verify;

pub use carry::{Moved, carry};
pub use create::{Made, create};
pub use error::BackupError;
pub use examine::{Finding, Status};
pub use folder::{Kept, being_made, delete, download, find, list, make, place};
pub use record::{Last, last};
pub use restore::{Restored, restore};
pub use schedule::advance;
pub use verify::{Report, verify, verify_kept};

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::explain::audit::Pen;
use crate::random::Random;

/// What every function here answers.
pub type Result<T> = std::result::Result<T, BackupError>;

/// What it takes to work on files, where no `App` can be made of the database.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The source of now.
    pub clock: &'a Clock,
    /// The source of chance.
    pub random: &'a Random,
    /// Who on this machine runs the command, where it is one.
    pub operator: Option<&'a str>,
}

impl<'a> Desk<'a> {
    /// That of a running process.
    pub fn of(app: &'a App) -> Desk<'a> {
        Desk {
            config: &app.config,
            clock: &app.clock,
            random: &app.random,
            operator: app.operator.as_deref(),
        }
    }

    fn pen(&self) -> Pen<'a> {
        Pen { clock: self.clock, random: self.random, operator: self.operator }
    }

    /// Where what was there is put before it is replaced.
    fn aside(&self, why: &str) -> PathBuf {
        place(self.config).join(format!("before-{why}-{}.db", stamp(self.clock.now())))
    }
}

/// `20260921T141320Z`, for names of files.
fn stamp(at: Timestamp) -> String {
    at.rfc3339().replace(['-', ':'], "")
}

/// What a file is called in the log, without the folder that it is in.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
