//! `keystead setup-link`: a fresh link that makes the first administrator.

use serde_json::json;

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::directory::links;

/// Withdraws the links printed before, so that only this one works. When an administrator exists,
/// there is nothing to set up.
#[derive(clap::Args)]
pub(super) struct SetupLink {
    #[command(flatten)]
    output: Json,
}

impl SetupLink {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        let link = links::setup_link(&app, &ACTOR).await.explained()?;
        app.db.close().await;
        print_link(&link, self.output)
    }
}

/// Prints a link; what is on standard output is the link alone.
pub(super) fn print_link(link: &links::Link, output: Json) -> anyhow::Result<()> {
    let until = link.expires_at.rfc3339();
    if output.json {
        return output::document(&json!({ "url": link.url, "expires_at": until }));
    }
    output::say(&link.url)?;
    output::note(&[format!("Works once, until {until}; whoever has it can use it.")]);
    Ok(())
}
