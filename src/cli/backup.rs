//! `keystead backup`: one file that holds everything but the secret key.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::context::{ACTOR, Context};
use super::operator;
use super::output::{self, Json};
use crate::clock::Clock;
use crate::directory::backup::{self, Desk, Finding, Report, Status};
use crate::random::Random;
use crate::store::dump::Overwrite;

const CREATE: &str = "\
Examples:
  keystead backup create /backup/keystead-$(date +%F).db
  keystead backup verify /backup/keystead-$(date +%F).db

Servers go on meanwhile. The file is the same for SQLite and PostgreSQL. It does not hold the secret
key: keep a copy of that apart.";

const RESTORE: &str = "\
Stop Keystead first, on every machine that uses the database.

Examples:
  keystead backup restore /backup/keystead-2026-11-25.db
  keystead backup restore /backup/keystead-2026-11-25.db --force    where there is something already
  keystead --database-url postgres://keystead:...@db/keystead backup restore keystead.db";

/// One file that holds everything but the secret key
#[derive(clap::Subcommand)]
pub(super) enum BackupCommand {
    /// Write everything into a file, while servers run
    #[command(after_help = CREATE)]
    Create(Create),
    /// Restore a copy in a place of its own and check it; exit status 1 if anything is wrong
    #[command(after_help = "Example:\n  keystead backup verify /backup/keystead-2026-11-25.db")]
    Verify(Verify),
    /// Put what a file holds into the database of the settings
    #[command(after_help = RESTORE)]
    Restore(Restore),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// A file that is not there yet
    file: PathBuf,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Verify {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    /// Take the place of what is there; a copy of it is put aside first
    #[arg(long)]
    force: bool,
}

impl BackupCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        match self {
            BackupCommand::Create(create) => create.run(context).await,
            BackupCommand::Verify(verify) => verify.run(context).await,
            BackupCommand::Restore(restore) => restore.run(context).await,
        }
    }
}

impl Create {
    async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let app = context.app().await?;
        let made = backup::create(&app, &ACTOR, &self.file).await;
        app.db.close().await;
        let made = made?;
        if self.output.json {
            let document = serde_json::json!({ "file": made.path, "bytes": made.size });
            output::document(&document)?;
            return Ok(ExitCode::SUCCESS);
        }
        output::say(&format!("Wrote {} ({} bytes).", made.path.display(), made.size))?;
        output::note(&[format!(
            "The secret key is not in it: {}.",
            match app.config.secret_key {
                Some(_) => "keep a copy of KEYSTEAD_SECRET_KEY apart".to_owned(),
                None => format!("keep a copy of {} apart", app.config.secret_key_file.display()),
            }
        )]);
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let config = context.config()?;
        let report = backup::verify(&config, &self.file).await?;
        match self.output.json {
            true => output::document(&report)?,
            false => {
                tell(&report.findings)?;
                output::say(&match report.passed() {
                    true => format!("{} can be restored.", self.file.display()),
                    false => format!("{} is not in order.", self.file.display()),
                })?;
            }
        }
        Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn tell(findings: &[Finding]) -> anyhow::Result<()> {
    for Finding { check, status, message } in findings {
        let status = match status {
            Status::Ok => "ok  ",
            Status::Warn => "warn",
            Status::Fail => "FAIL",
        };
        output::say(&format!("{status}  {check}: {message}"))?;
    }
    Ok(())
}

impl Restore {
    async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let config = context.config()?;
        let (clock, random) = (Clock::System, Random::system());
        let operator = operator::name();
        let desk =
            Desk { config: &config, clock: &clock, random: &random, operator: Some(&operator) };
        let overwrite = if self.force { Overwrite::Yes } else { Overwrite::No };
        let to = &config.database_url;
        let restored = backup::restore(desk, &self.file, to, overwrite).await?;
        tell(&restored.report.findings)?;
        output::say(&format!("Restored {} into {to}.", self.file.display()))?;
        output::note(&notes(&restored.report, restored.filled.aside.as_deref()));
        Ok(ExitCode::SUCCESS)
    }
}

fn notes(report: &Report, aside: Option<&Path>) -> Vec<String> {
    let key = report.findings.iter().find(|finding| finding.check == "secret key");
    let key = key.filter(|finding| finding.status != Status::Ok).map(|finding| {
        format!("Before Keystead is started, see to the secret key: {}.", finding.message)
    });
    let aside = aside.map(|path| format!("What was there before is in {}.", path.display()));
    let since =
        "It knows nothing of what came after the backup, revocations included; look through \
                 keystead event list."
            .to_owned();
    key.into_iter().chain(aside).chain([since]).collect()
}
