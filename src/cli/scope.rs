//! `keystead scope`: what applications may ask for.

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::scopes::{self, NewScope};

const CREATE: &str = "\
Examples:
  keystead scope create contact --sentence 'See how to reach you' --claim email --claim phone_number
  keystead scope create wiki.write --sentence 'Write in the wiki for you'

Nobody gets it before a scope map names it: keystead client scope-map CLIENT GROUP openid contact";

/// What applications may ask for
#[derive(clap::Subcommand)]
pub(super) enum ScopeCommand {
    /// Make a scope of your own
    #[command(after_help = CREATE)]
    Create(Create),
    /// List all scopes with their claims
    #[command(after_help = "Example:\n  keystead scope list")]
    List(Json),
    /// Delete a scope of your own
    #[command(after_help = "Example:\n  keystead scope delete contact")]
    Delete(Name),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// As applications ask for it
    name: String,
    /// What people allow, for the consent page
    #[arg(long, value_name = "TEXT")]
    sentence: String,
    /// A standard claim that it opens; give it once for each
    #[arg(long = "claim", value_name = "CLAIM")]
    claims: Vec<String>,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Name {
    /// The scope
    name: String,
}

impl ScopeCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            ScopeCommand::Create(Create { name, sentence, claims, output }) => {
                let new = NewScope { name, sentence, claims };
                let scope = scopes::create(&app, &ACTOR, new).await.explained()?;
                match output.json {
                    true => output::document(&scope)?,
                    false => output::say(&format!("Created scope '{}'.", scope.name))?,
                }
            }
            ScopeCommand::List(output) => list(&app, output)?,
            ScopeCommand::Delete(Name { name }) => {
                let done = scopes::delete(&app, &ACTOR, &name).await.explained()?;
                output::say(&format!("Deleted scope '{}'.", done.value.name))?;
                output::note(&done.notes);
            }
        }
        app.db.close().await;
        Ok(())
    }
}

fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let registry = app.registry();
    let all = registry.scopes().values();
    if output.json {
        return output::document(&all.collect::<Vec<_>>());
    }
    let rows =
        all.map(|scope| [scope.name.clone(), scope.sentence.clone(), scope.claims.join(" ")]);
    output::table(["SCOPE", "SENTENCE", "CLAIMS"], rows.collect(), "")
}
