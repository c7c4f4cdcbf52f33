//! `keystead database`: from one database to another.

use anyhow::{anyhow, bail};

use super::context::{ACTOR, Context};
use super::output;
use crate::config::DatabaseUrl;
use crate::directory::backup::{self, Moved};
use crate::store::Db;
use crate::store::dump::{Overwrite, Place};

const MOVE: &str = "\
Stop Keystead first, on every machine that uses either database. What is in the present one stays.
Every table is compared, row by row, before the copy counts.

Examples:
  keystead database move --to postgres://keystead:...@db.example.com/keystead --dry-run
  keystead database move --to postgres://keystead:...@db.example.com/keystead
  keystead database move --to sqlite:///var/lib/keystead/keystead.db

The address may hold a password: give it in KEYSTEAD_MOVE_TO instead, where others see what you type.";

/// From one database to another
#[derive(clap::Subcommand)]
pub(super) enum DatabaseCommand {
    /// Copy everything from the database of the settings to another one
    #[command(after_help = MOVE)]
    Move(Move),
}

#[derive(clap::Args)]
pub(super) struct Move {
    /// Where to: sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, value_name = "URL", env = "KEYSTEAD_MOVE_TO", hide_env_values = true)]
    to: String,
    /// Only print what would go over
    #[arg(long)]
    dry_run: bool,
    /// Take the place of what is there; a copy of it is put aside first
    #[arg(long)]
    force: bool,
}

impl DatabaseCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let DatabaseCommand::Move(command) = self;
        command.run(context).await
    }
}

impl Move {
    async fn run(self, context: &Context) -> anyhow::Result<()> {
        let to = DatabaseUrl::read(&self.to).map_err(|problem| anyhow!("--to {problem}"))?;
        let from = context.config()?.database_url;
        if from.expose() == to.expose() {
            bail!("--to names the database that is in use already; name another one");
        }
        if Db::is_there(from.expose()) {
            Place::new(from.expose(), &from).is_free().await?;
        }
        let app = context.app().await?;
        let overwrite = if self.force { Overwrite::Yes } else { Overwrite::No };
        let moved = match self.dry_run {
            true => plan(&app, &to, overwrite).await,
            false => {
                let moved = backup::carry(&app, &ACTOR, (&from, &to), overwrite).await;
                moved.map_err(anyhow::Error::from).and_then(|moved| tell(&moved, &from, &to))
            }
        };
        app.db.close().await;
        moved
    }
}

async fn plan(app: &crate::app::App, to: &DatabaseUrl, overwrite: Overwrite) -> anyhow::Result<()> {
    let holds = Place::new(to.expose(), to).check(overwrite).await?;
    table(app.db.count_rows().await?)?;
    output::say(&match holds {
        true => format!("Would copy these to {to}, after a copy of what is there was put aside."),
        false => format!("Would copy these to {to}, which is empty."),
    })
}

fn tell(moved: &Moved, from: &DatabaseUrl, to: &DatabaseUrl) -> anyhow::Result<()> {
    table(moved.tables.clone())?;
    let rows: i64 = moved.tables.iter().map(|(_, rows)| rows).sum();
    let tables = moved.tables.len();
    output::say(&format!(
        "Copied {rows} rows in {tables} tables to {to}; all are the same there."
    ))?;
    output::say(&format!(
        "\nNext: set database_url to the new address, keep the secret key, and start Keystead.\n\
         {from} stays as it is; delete it once you do not need it any more."
    ))?;
    if let Some(aside) = &moved.filled.aside {
        output::note(&[format!("What was there before is in {}.", aside.display())]);
    }
    Ok(())
}

fn table(rows: Vec<(String, i64)>) -> anyhow::Result<()> {
    let rows = rows.into_iter().filter(|(_, rows)| *rows > 0);
    let rows = rows.map(|(table, rows)| [table, rows.to_string()]);
    output::table(["TABLE", "ROWS"], rows.collect(), "There is nothing in it.")
}
