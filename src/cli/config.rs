//! `keystead config`: the settings in force.

use serde_json::{Value, json};

use super::context::Context;
use super::output::{self, Json};
use crate::config::Setting;

/// The settings in force
#[derive(clap::Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting, its value and where that was found; secrets are hidden
    #[command(after_help = "Examples:\n  keystead config show\n  keystead config show --json")]
    Show(Json),
}

impl ConfigCommand {
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let ConfigCommand::Show(output) = self;
        let config = context.config()?;
        if output.json {
            let all: Vec<_> = config.settings().map(document).collect();
            return output::document(&all);
        }
        let rows = config.settings().map(|setting| {
            let value = setting.value.clone().unwrap_or_else(|| "-".into());
            [setting.key.to_owned(), value, setting.origin.to_string()]
        });
        output::table(["SETTING", "VALUE", "FROM"], rows.collect(), "")?;
        output::note(&config.warnings());
        Ok(())
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
