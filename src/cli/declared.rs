//! `keystead export` and `keystead apply`: the whole directory as one document.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::directory::Force;
use crate::directory::declared::{self, Options, Plan, Step, Verb};
use crate::directory::forms::SecretSource;
use crate::domain::Secret;

/// The largest document that is read.
const MOST: u64 = 256 * 1024 * 1024;

const APPLY: &str = "\
Examples:
  keystead export > directory.yaml
  keystead apply -f directory.yaml --dry-run       what would change; exit status 2 if anything
  keystead apply -f directory.yaml
  keystead apply -f directory.yaml --prune         and delete what its sections do not name

What a document leaves out stays as it is; null takes it away. A document is YAML or JSON.";

/// Print everything that administrators made, as a document for apply
#[derive(clap::Args)]
#[command(after_help = "Example:\n  keystead export > directory.yaml")]
pub(super) struct Export {
    #[command(flatten)]
    output: Json,
}

/// Make everything as a document says, or nothing
#[derive(clap::Args)]
#[command(after_help = APPLY)]
pub(super) struct Apply {
    /// The document; - reads standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Only print what would change; exit status 2 if anything, 0 if nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete scopes, groups, users and clients that the document's sections do not name
    #[arg(long)]
    prune: bool,
    /// Override safeguards: the last administrator, and sub that should never change
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: Json,
}

impl Export {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        let document = declared::export(&app).await.explained()?;
        app.db.close().await;
        match self.output.json {
            true => output::document(&document),
            false => output::print(&declared::yaml(&document)?),
        }
    }
}

impl Apply {
    pub async fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let wanted = declared::read(&text(&self.file)?)
            .map_err(|error| anyhow::anyhow!("{error}\nnothing was changed"))?;
        let options = Options {
            dry_run: self.dry_run,
            prune: self.prune,
            force: if self.force { Force::Yes } else { Force::No },
            secret: &secret,
        };
        let app = context.app().await?;
        let plan = declared::apply(&app, &ACTOR, &wanted, &options).await;
        app.db.close().await;
        let plan = plan?;
        match self.output.json {
            true => output::document(&plan)?,
            false => self.tell(&plan)?,
        }
        let differs = self.dry_run && !plan.steps.is_empty();
        Ok(if differs { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }

    fn tell(&self, plan: &Plan) -> anyhow::Result<()> {
        for step in &plan.steps {
            output::print(&shown(step))?;
        }
        output::note(&plan.notes);
        let [create, change, delete] =
            [Verb::Create, Verb::Change, Verb::Delete].map(|verb| plan.count(verb));
        if plan.steps.is_empty() {
            return output::say("Nothing to change.");
        }
        output::say(&match self.dry_run {
            true => format!("Would create {create}, change {change}, delete {delete}."),
            false => format!("Created {create}, changed {change}, deleted {delete}."),
        })
    }
}

/// `~ client netbox`, and below it a line for each difference.
fn shown(step: &Step) -> String {
    let sign = match step.verb {
        Verb::Create => '+',
        Verb::Change => '~',
        Verb::Delete => '-',
    };
    let mut lines = format!("{sign} {} {}\n", step.kind, step.name);
    for change in &step.changes {
        let line = match step.verb {
            Verb::Create => format!("    {}: {}\n", change.field, value(&change.after)),
            Verb::Change | Verb::Delete => {
                let (before, after) = (value(&change.before), value(&change.after));
                format!("    {}: {before} -> {after}\n", change.field)
            }
        };
        lines.push_str(&line);
    }
    lines
}

/// In one line, so that text cannot pose as another line of the plan.
fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        other => other.to_string(),
    }
}

fn text(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(MOST).read_to_string(&mut text),
        false => fs::File::open(file).and_then(|open| open.take(MOST).read_to_string(&mut text)),
    };
    let why = |error| anyhow::anyhow!("{} cannot be read: {error}", file.display());
    read.map(|_| text).map_err(why)
}

/// The secret that a document points to, without a line break at its end.
fn secret(source: &SecretSource) -> Result<Secret, String> {
    let text = match source {
        SecretSource::Environment(name) => std::env::var(name).map_err(|_| {
            format!("the environment has no {name}; set it, or leave the secret out")
        })?,
        SecretSource::File(path) => {
            fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?
        }
    };
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::sent(secret.strip_suffix('\r').unwrap_or(secret)))
}
