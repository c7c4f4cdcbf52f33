//! `keystead client add-owner` and `remove-owner`: who may change an application in the console.

use super::client::told;
use super::context::{ACTOR, Explained};
use crate::app::App;
use crate::directory::owners;

const OWNERS: &str = "\
Examples:
  keystead user update bob --role application-owner
  keystead client add-owner wiki bob
  keystead client remove-owner wiki bob

People with the role application-owner change the applications they own, and no others.";

#[derive(clap::Args)]
#[command(after_help = OWNERS)]
pub(super) struct OwnerFlags {
    /// Client id or slug
    client: String,
    /// Username, id or e-mail address
    user: String,
}

impl OwnerFlags {
    pub async fn add(self, app: &App) -> anyhow::Result<()> {
        let done = owners::add(app, &ACTOR, &self.client, &self.user).await.explained()?;
        told("Updated", &done)
    }

    pub async fn remove(self, app: &App) -> anyhow::Result<()> {
        let done = owners::remove(app, &ACTOR, &self.client, &self.user).await.explained()?;
        told("Updated", &done)
    }
}
