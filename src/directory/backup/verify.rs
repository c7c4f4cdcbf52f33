//! Verifying a backup: a copy of it is opened in a place of its own, brought up to date, and checked.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::examine::{Finding, Status, examine};
use super::record::{self, Verified};
use super::scratch::Scratch;
use super::{BackupError, Result, folder, name_of};
use crate::app::App;
use crate::config::Config;
use crate::directory::{begin_as, commit, rights};
use crate::domain::Actor;
use crate::explain::audit::Entry;
use crate::secret_key;
use crate::store::dump::Dump;
use crate::store::{Db, Error};

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The file.
    pub file: PathBuf,
    /// How long it is.
    pub size: u64,
    /// Check by check.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.status != Status::Fail)
    }

    /// What is wrong, in one line.
    pub(super) fn failures(&self) -> String {
        let failed = self.findings.iter().filter(|finding| finding.status == Status::Fail);
        let told = failed.map(|finding| format!("{}: {}", finding.check, finding.message));
        told.collect::<Vec<_>>().join("; ")
    }
}

/// Verifies a file, with the secret key of the settings if there is one. It is left as it is.
///
/// # Errors
/// When it is no backup at all, or there is no room to look at it.
pub async fn verify(config: &Config, file: &Path) -> Result<Report> {
    let room = &config.data_dir;
    let room = if room.is_dir() { room.clone() } else { std::env::temp_dir() };
    let scratch = Scratch::within(&room)?;
    let (report, db) = open(config, file, &scratch).await?;
    if let Some(db) = db {
        db.close().await;
    }
    Ok(report)
}

/// The same for a file of the folder, noted in the log and on its page.
///
/// # Errors
/// Also when nothing has that name.
pub async fn verify_kept(app: &App, actor: &Actor, name: &str) -> Result<Report> {
    rights::administer(actor, "verify a backup")?;
    let path = folder::find(&app.config, name)?;
    let verified = verify(&app.config, &path).await;
    let passed = match &verified {
        Ok(report) => report.passed(),
        Err(_) => false,
    };
    let mut tx = begin_as(app, actor).await?;
    let verified_now = Verified { file: name_of(&path), at: app.clock.now(), passed };
    record::put_verified(&mut tx, &verified_now).await?;
    Entry::new(app, "backup.verified", actor)
        .target(&verified_now.file)
        .detail("outcome", if passed { "passed" } else { "failed" })
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    verified
}

/// A copy of the file in the scratch folder, up to date and examined; it stays open unless it
/// cannot be trusted at all.
pub(super) async fn open(
    config: &Config,
    file: &Path,
    scratch: &Scratch,
) -> Result<(Report, Option<Db>)> {
    let path = file.to_owned();
    let look = tokio::task::spawn_blocking(move || {
        let dump = Dump::open(&path)?;
        let inspected = dump.inspect()?;
        Ok::<_, BackupError>((dump, inspected))
    });
    let (dump, [pages, references]) = look.await.map_err(|_| Error::Closed)??;
    let mut findings = vec![about(&dump)];
    findings.push(sound("pages and indexes", &pages));
    if pages.is_empty() {
        findings.push(sound("references", &references));
    }
    let mut report = Report { file: file.to_owned(), size: dump.size, findings };
    if !report.passed() {
        return Ok((report, None));
    }
    scratch.copy(file).await?;
    let db = Db::of_file(&scratch.file()).await?;
    let (key, unreadable) = match secret_key::load(config) {
        Ok(key) => (key, None),
        Err(error) => (None, Some(Finding::fail("secret key", error.to_string()))),
    };
    report.findings.extend(examine(&db, key.as_ref()).await?);
    report.findings.extend(unreadable);
    Ok((report, Some(db)))
}

fn about(dump: &Dump) -> Finding {
    let size = dump.size;
    match dump.is_current() {
        true => Finding::ok("file", format!("{size} bytes, of this version")),
        false => Finding::ok(
            "file",
            format!(
                "{size} bytes, of an earlier version (migration {}), from which it can be brought \
                 up to date",
                dump.version
            ),
        ),
    }
}

fn sound(check: &'static str, problems: &[String]) -> Finding {
    match problems.is_empty() {
        true => Finding::ok(check, "sound"),
        false => Finding::fail(check, problems.join("; ")),
    }
}
