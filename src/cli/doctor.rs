//! `keystead doctor`: check that everything is in order, and say what to do where it is not.

use std::process::ExitCode;

use serde::Serialize;

use super::config::with_stored;
use super::context::Context;
use super::output::{self, Json};
use super::probe;
use crate::app::{App, StartError};
use crate::config::Config;
use crate::directory::backup;
use crate::domain::{DAY, KeyState};
use crate::explain::chain::{self, Verdict};
use crate::registry::Snapshot;
use crate::store::{Db, users};

/// Looks at the settings, the data folder, the secret key, the database, the signing keys, the
/// administrators, and at what the public URL answers. Exits with 1 if anything failed.
#[derive(clap::Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    output: Json,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
}

/// One line of the answer.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it went.
    pub status: Status,
    /// What was found, and what to do if it is not in order.
    pub message: String,
}

impl Finding {
    pub fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, status: Status::Ok, message: message.into() }
    }

    pub fn warn(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, status: Status::Warn, message: message.into() }
    }

    pub fn fail(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, status: Status::Fail, message: message.into() }
    }
}

impl Doctor {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let findings = match context.config() {
            Ok(config) => examine(with_stored(config).await.0).await,
            Err(error) => vec![Finding::fail("settings", error.to_string())],
        };
        if self.output.json {
            output::document(&findings)?;
        } else {
            for Finding { check, status, message } in &findings {
                let status = match status {
                    Status::Ok => "ok  ",
                    Status::Warn => "warn",
                    Status::Fail => "FAIL",
                };
                output::say(&format!("{status}  {check}: {message}"))?;
            }
        }
        let failed = findings.iter().any(|finding| finding.status == Status::Fail);
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn examine(config: Config) -> Vec<Finding> {
    let mut findings = settings(&config);
    findings.push(data_folder(&config));
    let url = config.public_url.clone();
    if !Db::is_there(config.database_url.expose()) {
        let message = "there is none yet; keystead serve makes it";
        findings.push(Finding::warn("database", message));
    } else {
        findings.extend(inside(config).await);
    }
    findings.extend(probe::public_url(&url).await);
    findings
}

fn settings(config: &Config) -> Vec<Finding> {
    let warnings = config.warnings();
    if warnings.is_empty() {
        let file = config
            .file
            .as_ref()
            .map_or_else(|| "no file, defaults".to_owned(), |file| file.display().to_string());
        return vec![Finding::ok("settings", file)];
    }
    warnings.into_iter().map(|warning| Finding::warn("settings", warning)).collect()
}

fn data_folder(config: &Config) -> Finding {
    let folder = &config.data_dir;
    let shown = folder.display();
    if !folder.exists() {
        return Finding::warn(
            "data folder",
            format!("{shown} is not there yet; keystead serve makes it"),
        );
    }
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Finding::ok("data folder", format!("{shown} can be written")),
        Err(error) => Finding::fail(
            "data folder",
            format!(
                "{shown} cannot be written: {error}; give Keystead's user the right to write there"
            ),
        ),
    }
}

async fn inside(config: Config) -> Vec<Finding> {
    let kind = if config.database_url.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let rotate = i64::try_from(config.keys.rotate.as_secs()).unwrap_or(i64::MAX);
    let app = match App::open(config).await {
        Ok(app) => app,
        Err(error) => {
            let check = match error {
                StartError::Open(_) | StartError::Kept(_) => "database",
                StartError::SecretKey(_) | StartError::Load(_) => "secret key",
                StartError::Password(_) => "passwords",
                StartError::Fetcher(_) => "outgoing requests",
                StartError::Authorities(_) => "client certificates",
            };
            return vec![Finding::fail(check, error.to_string())];
        }
    };
    let mut findings = vec![
        Finding::ok("database", format!("{kind}, reachable and up to date")),
        Finding::ok("secret key", "fits the database"),
    ];
    findings.push(keys(&app.registry(), rotate, app.clock.now()));
    findings.push(administrators(&app).await);
    findings.push(audit_log(&app).await);
    findings.push(last_backup(&app).await);
    app.db.close().await;
    findings
}

fn keys(registry: &Snapshot, rotate: i64, now: crate::domain::Timestamp) -> Finding {
    if registry.keys().is_empty() {
        return Finding::warn("signing keys", "there are none yet; keystead serve makes them");
    }
    let mut oldest = 0;
    for alg in registry.algorithms() {
        let of = registry.keys().iter().filter(|key| key.alg == alg);
        let active = of.filter(|key| key.state == KeyState::Active).max_by_key(|k| k.activates_at);
        let Some(key) = active else {
            let alg = alg.as_str();
            let message = format!(
                "there is no key for {alg}; make one: keystead key rotate --alg {alg} --now"
            );
            return Finding::fail("signing keys", message);
        };
        oldest = oldest.max(now - key.activates_at);
    }
    let days = oldest / DAY;
    match oldest > rotate + DAY {
        true => Finding::warn(
            "signing keys",
            format!(
                "one has signed for {days} days, longer than keys.rotate_days; keystead serve replaces it once it runs"
            ),
        ),
        false => Finding::ok(
            "signing keys",
            format!("one for each algorithm in use, the oldest {days} days in use"),
        ),
    }
}

async fn audit_log(app: &App) -> Finding {
    match chain::verify(app).await {
        Ok(Verdict::Intact { lines }) => {
            Finding::ok("audit log", format!("{lines} chained lines, none changed"))
        }
        Ok(Verdict::Broken { at }) => Finding::fail(
            "audit log",
            format!("changed or cut below Keystead at line {}; compare it with a backup", at.0),
        ),
        Err(error) => Finding::fail("audit log", format!("cannot be read: {error}")),
    }
}

async fn last_backup(app: &App) -> Finding {
    match backup::last(app).await {
        Err(error) => Finding::fail("backup", error.to_string()),
        Ok(None) => Finding::warn(
            "backup",
            "Keystead has made none; make one with: keystead backup create FILE",
        ),
        Ok(Some(last)) => {
            let (file, days) = (&last.file, (app.clock.now() - last.at) / DAY);
            match last.verified {
                Some(false) => Finding::fail(
                    "backup",
                    format!("{file}, the last, did not pass when it was verified; make another"),
                ),
                _ if days > 7 => Finding::warn("backup", format!("the last is {days} days old")),
                _ => Finding::ok("backup", format!("{file}, {days} days old")),
            }
        }
    }
}

async fn administrators(app: &App) -> Finding {
    let found = match app.db.read().await {
        Ok(mut conn) => users::administrators(&mut conn).await,
        Err(error) => Err(error),
    };
    match found {
        Err(error) => Finding::fail("administrators", format!("cannot be read: {error}")),
        Ok(names) if names.is_empty() => Finding::warn(
            "administrators",
            "nobody can administer Keystead; make the first with: keystead setup-link",
        ),
        Ok(names) => {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).take(10).collect();
            Finding::ok("administrators", names.join(", "))
        }
    }
}
