//! `keystead mail`: whether mail arrives.

use serde_json::json;

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::directory::mail;

/// Mail to people
#[derive(clap::Subcommand)]
pub(super) enum MailCommand {
    /// Send a test message, and say what the mail server says
    #[command(after_help = "Example:\n  keystead mail test anna@example.com")]
    Test(Test),
}

#[derive(clap::Args)]
pub(super) struct Test {
    /// The e-mail address that it goes to
    address: String,
    #[command(flatten)]
    output: Json,
}

impl MailCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let MailCommand::Test(Test { address, output }) = self;
        let app = context.app().await?;
        let sent = mail::test(&app, &ACTOR, &address).await.explained();
        app.db.close().await;
        let said = sent?;
        if output.json {
            return output::document(&json!({ "to": address, "said": said }));
        }
        output::say(&format!("Sent a test message to {address}. The mail server says: {said}"))
    }
}
