//! `keystead config`: the settings in force.

use serde_json::{Value, json};

use super::context::Context;
use super::output::{self, Json};
use crate::config::{Config, Setting};
use crate::domain::Settings;
use crate::store::{Db, settings};

/// The settings in force
#[derive(clap::Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting, its value and where that was found; secrets are hidden
    #[command(after_help = "Examples:\n  keystead config show\n  keystead config show --json")]
    Show(Json),
}

impl ConfigCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let ConfigCommand::Show(output) = self;
        let config = context.config()?;
        let settings = config.settings_over(&stored(&config).await);
        if output.json {
            let all: Vec<_> = settings.iter().map(document).collect();
            return output::document(&all);
        }
        let rows = settings.iter().map(|setting| {
            let value = setting.value.clone().unwrap_or_else(|| "-".into());
            [setting.key.to_owned(), value, setting.origin.to_string()]
        });
        output::table(["SETTING", "VALUE", "FROM"], rows.collect(), "")?;
        output::note(&config.warnings());
        Ok(())
    }
}

/// What the database says of these settings. Without one that answers, that is nothing.
async fn stored(config: &Config) -> Vec<(&'static str, String)> {
    let url = config.database_url.expose();
    if !Db::is_there(url) {
        return Vec::new();
    }
    let read = async {
        let db = Db::open(url, config.database.max_connections).await?;
        let rows = settings::all(&mut db.read().await?).await?;
        db.close().await;
        anyhow::Ok(Settings::stored(rows).0)
    };
    match read.await {
        Ok(settings) => settings.for_file(),
        Err(error) => {
            let note = format!("What administrators set in the database is not shown: {error}.");
            output::note(&[note]);
            Vec::new()
        }
    }
}

/// With numbers as numbers and lists as lists.
fn document(setting: &Setting) -> Value {
    let mut document = json!(setting);
    let value = setting.value.as_deref().unwrap_or_default();
    if setting.key == "trusted_proxies" {
        let networks = value.split(',').map(str::trim).filter(|network| !network.is_empty());
        document["value"] = networks.collect();
    } else if let Ok(number) = value.parse::<i64>() {
        document["value"] = json!(number);
    }
    document
}
