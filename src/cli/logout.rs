//! `keystead logout`: what applications are told of sign-outs.

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::find;
use crate::directory::logout_tokens::{self, Filter, LogoutTokenView, problem};

const LIST: &str = "\
Examples:
  keystead logout list
  keystead logout list --client wiki --failed

An application with a backchannel_logout_uri is told of every session that ends in which somebody
signed in to it: at once, and again with growing pauses until it answers, eight times in all.";

/// What applications are told of sign-outs
#[derive(clap::Subcommand)]
pub(super) enum LogoutCommand {
    /// List what applications are told of sign-outs, the newest first
    #[command(after_help = LIST)]
    List(List),
    /// Have an application told again, at once
    #[command(
        after_help = "Example:\n  keystead logout retry K7QF-2M9X   as listed by logout list --failed"
    )]
    Retry(Retry),
}

#[derive(clap::Args)]
pub(super) struct List {
    /// To this client only, by id or slug
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Those that did not arrive yet, or never will
    #[arg(long)]
    failed: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Retry {
    /// Their references
    #[arg(required = true, value_name = "REF")]
    references: Vec<String>,
}

impl LogoutCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            LogoutCommand::List(list) => list.run(&app).await?,
            LogoutCommand::Retry(retry) => {
                for reference in &retry.references {
                    let done = logout_tokens::retry(&app, &ACTOR, reference).await.explained()?;
                    if done.changed {
                        let client = &done.value.client_id;
                        output::say(&format!(
                            "'{client}' is told again, as soon as a server runs."
                        ))?;
                    }
                    output::note(&done.notes);
                }
            }
        }
        app.db.close().await;
        Ok(())
    }
}

impl List {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let client = match &self.client {
            Some(name) => {
                let mut conn = app.db.read().await?;
                Some(find::client(&mut conn, name).await.explained()?.id)
            }
            None => None,
        };
        let filter = Filter { client, failed: self.failed, before: None };
        let found = logout_tokens::list(app, &filter, self.limit).await.explained()?;
        if self.output.json {
            return output::document(&found.iter().map(LogoutTokenView::from).collect::<Vec<_>>());
        }
        let rows = found.iter().map(|token| {
            let next = match token.done_at {
                Some(at) => at.rfc3339(),
                None => format!("next {}", token.due_at.rfc3339()),
            };
            [
                token.flow.0.clone(),
                token.id.made_at().rfc3339(),
                token.client_id.0.clone(),
                token.delivery().as_str().to_owned(),
                token.attempts.to_string(),
                next,
                problem(token).to_owned(),
            ]
        });
        let headings = ["REF", "SIGNED OUT", "CLIENT", "STATE", "ATTEMPTS", "DONE", "PROBLEM"];
        output::table(headings, rows.collect(), "No application had to be told of a sign-out.")
    }
}
