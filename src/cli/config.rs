//! `keystead config`: the settings in force, and what the proxy in front must be told.

use serde_json::{Value, json};

use super::context::Context;
use super::output::{self, Json};
use crate::app::kept_public_url;
use crate::config::{Config, PublicUrl, Setting};
use crate::domain::Settings;
use crate::generator::Proxy;
use crate::store::{Db, settings};

/// The settings in force
#[derive(clap::Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting, its value and where that was found; secrets are hidden
    #[command(after_help = "Examples:\n  keystead config show\n  keystead config show --json")]
    Show(Json),
    /// Print the lines for a reverse proxy in front
    #[command(
        after_help = "Examples:\n  keystead config proxy nginx\n  keystead config proxy caddy --url https://sso.example.com"
    )]
    Proxy(InFront),
}

#[derive(clap::Args)]
pub(super) struct InFront {
    /// Which proxy: nginx, caddy, traefik
    #[arg(value_parser = proxy)]
    proxy: Proxy,
    /// The address that people use, instead of the public URL of the settings
    #[arg(long, value_name = "URL", value_parser = PublicUrl::read)]
    url: Option<PublicUrl>,
}

fn proxy(name: &str) -> Result<Proxy, String> {
    let found = Proxy::ALL.into_iter().find(|proxy| proxy.as_str() == name);
    found.ok_or_else(|| "use nginx, caddy or traefik".to_owned())
}

impl ConfigCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let (config, stored) = with_stored(context.config()?).await;
        match self {
            ConfigCommand::Show(output) => show(&config, &stored, output),
            ConfigCommand::Proxy(InFront { proxy, url }) => {
                let url = url.unwrap_or(config.public_url);
                let lines = proxy.lines(url.as_str(), config.listen);
                output::say(lines.unwrap_or_default().trim_end())?;
                let trusted = "Tell Keystead to believe the proxy, where it runs on this machine: \
                               trusted_proxies = [\"127.0.0.1\"]";
                output::note(&[trusted.to_owned()]);
                Ok(())
            }
        }
    }
}

fn show(config: &Config, stored: &[(&'static str, String)], output: Json) -> anyhow::Result<()> {
    let settings = config.settings_over(stored);
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

/// With what the database says of these settings. Without one that answers, that is nothing.
pub(super) async fn with_stored(config: Config) -> (Config, Vec<(&'static str, String)>) {
    let url = config.database_url.expose();
    if !Db::is_there(url) {
        return (config, Vec::new());
    }
    let read = async {
        let db = Db::open(url, config.database.max_connections).await?;
        let rows = settings::all(&mut db.read().await?).await?;
        let kept = kept_public_url(&db).await?;
        db.close().await;
        anyhow::Ok((Settings::stored(rows).0, kept))
    };
    match read.await {
        Ok((settings, kept)) => (config.with_public_url(kept.as_deref()), settings.for_file()),
        Err(error) => {
            let note = format!("What administrators set in the database is not shown: {error}.");
            output::note(&[note]);
            (config, Vec::new())
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
