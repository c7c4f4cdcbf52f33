//! `keystead setting`: what administrators change while the server runs.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::context::{ACTOR, Context, Explained, Usage};
use super::input;
use super::output::{self, Json};
use crate::app::App;
use crate::directory::settings::{self, Effective, Wish};
use crate::directory::{self, DirectoryError};
use crate::domain::Settings;
use crate::domain::settings::{Kind, Known, Logo};

/// The setting that the whole server hangs on: kept and taken over apart from all others.
const PUBLIC_URL: &str = "public_url";
const SET: &str = "\
Examples:
  keystead setting set branding.name 'Acme sign-in'
  keystead setting set sign_in.idle_minutes 60
  keystead setting set public_url https://sso.example.com
  keystead setting set languages.offered en,de
  keystead setting set branding.logo --file logo.png
  printf %s \"$PASSWORD\" | keystead setting set mail.password

Running servers notice within a second.";

/// What administrators change while the server runs
#[derive(clap::Subcommand)]
pub(super) enum SettingCommand {
    /// List all settings, their values, and where those come from
    #[command(after_help = "Example:\n  keystead setting list")]
    List(Json),
    /// Show one setting, what it does and what it may hold
    #[command(after_help = "Example:\n  keystead setting show branding.accent")]
    Show(Show),
    /// Set one; secrets come from standard input
    #[command(after_help = SET)]
    Set(Set),
    /// Set one to its default again
    #[command(after_help = "Example:\n  keystead setting reset branding.accent")]
    Reset(Name),
}

#[derive(clap::Args)]
pub(super) struct Show {
    /// The setting, like branding.name
    name: String,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Set {
    /// The setting, like branding.name
    name: String,
    /// Its value; lists with commas between. Left out for secrets and with --file
    value: Option<String>,
    /// Take the value from a file: a picture, or a long text
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct Name {
    /// The setting, like branding.name
    name: String,
}

impl SettingCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            SettingCommand::List(output) => list(&app, output)?,
            SettingCommand::Show(Show { name, output }) => show(&app, &name, output)?,
            SettingCommand::Set(Set { name, value, .. }) if name == PUBLIC_URL => {
                let value = value.ok_or(Usage("name the address, too"))?;
                public_url(&app, Some(&value)).await?;
            }
            SettingCommand::Reset(Name { name }) if name == PUBLIC_URL => {
                public_url(&app, None).await?;
            }
            SettingCommand::Set(set) => {
                let known = settings::known(&set.name).explained()?;
                let wish = set.wish(known)?;
                change(&app, known, wish).await?;
            }
            SettingCommand::Reset(Name { name }) => {
                let known = settings::known(&name).explained()?;
                change(&app, known, Wish::Value(Value::Null)).await?;
            }
        }
        app.db.close().await;
        Ok(())
    }
}

/// The one setting of the settings file that the database may hold in its place.
async fn public_url(app: &App, url: Option<&str>) -> anyhow::Result<()> {
    let done = directory::public_url::keep(app, &ACTOR, url).await.explained()?;
    if done.changed {
        let now = done.value.as_deref().unwrap_or("the default again");
        output::say(&format!("{PUBLIC_URL} is now {now}."))?;
    }
    output::note(&done.notes);
    Ok(())
}

impl Set {
    fn wish(&self, known: &Known) -> anyhow::Result<Wish> {
        if known.is_secret() {
            if self.value.is_some() || self.file.is_some() {
                anyhow::bail!(
                    "{} is a secret, which everybody on this machine could read on the command \
                     line; send it on standard input: printf %s \"$SECRET\" | keystead setting set \
                     {}",
                    known.name,
                    known.name
                );
            }
            return Ok(Wish::Secret(input::secret(known.title)?));
        }
        let wrong = |rule: String| anyhow::anyhow!("{} cannot be set so: {rule}", known.name);
        let value = match (&self.value, &self.file) {
            (Some(text), _) => known.typed(text).map_err(wrong)?,
            (None, Some(path)) => {
                let bytes = fs::read(path).map_err(|error| {
                    anyhow::anyhow!("{} cannot be read: {error}", path.display())
                })?;
                match known.kind {
                    Kind::Picture => json!(Logo::from_bytes(bytes).map_err(wrong)?),
                    _ => known.typed(&String::from_utf8_lossy(&bytes)).map_err(wrong)?,
                }
            }
            (None, None) => anyhow::bail!(
                "name the value of {} too, or take the setting back with: keystead setting reset {}",
                known.name,
                known.name
            ),
        };
        Ok(Wish::Value(value))
    }
}

async fn change(app: &App, known: &'static Known, wish: Wish) -> anyhow::Result<()> {
    let done = settings::update(app, &ACTOR, &vec![(known, wish)], None).await.explained()?;
    match done.changed {
        true => {
            output::say(&format!("{} is now {}.", known.name, of(&done.value, known)))?;
            output::note(&done.notes);
        }
        false => output::say(&format!("{} was so already.", known.name))?,
    }
    Ok(())
}

fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let all = settings::effective(app);
    if output.json {
        return output::document(&all);
    }
    let rows = all.into_iter().map(|one| {
        let value =
            settings::known(one.name).map_or_else(|_| String::new(), |k| said(k, &one.value));
        [one.name.to_owned(), value, one.origin]
    });
    output::table(["SETTING", "VALUE", "FROM"], rows.collect(), "")
}

fn show(app: &App, name: &str, output: Json) -> anyhow::Result<()> {
    let known = settings::known(name).explained()?;
    let found = settings::effective(app).into_iter().find(|one| one.name == known.name);
    let missing = || DirectoryError::NotThere(name.to_owned());
    let Effective { value, origin, locked, .. } = found.ok_or_else(missing).explained()?;
    let usual = Settings::default().get(known);
    if output.json {
        let (name, help) = (known.name, known.help);
        let kind = known.type_name();
        return output::document(&json!({
            "name": name, "value": value, "origin": origin, "locked": locked,
            "default": usual, "type": kind, "help": help,
        }));
    }
    output::facts(&[
        ("Setting", known.name.to_owned()),
        ("Value", said(known, &value)),
        ("From", origin),
        ("Default", said(known, &usual)),
        ("Type", known.type_name()),
        ("", known.help.to_owned()),
    ])
}

fn of(settings: &Settings, known: &Known) -> String {
    match settings.get(known) {
        Value::String(_) if known.is_secret() => "set".into(),
        value => said(known, &value),
    }
}

/// A value as people read it in a table.
fn said(known: &Known, value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) if known.kind == Kind::Picture => {
            Logo::parse(text).map(|logo| logo.told()).unwrap_or_default()
        }
        Value::String(text) => match text.char_indices().nth(80) {
            Some((end, _)) => format!("{}...", &text[..end].replace('\n', " ")),
            None => text.replace('\n', " "),
        },
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            if items.is_empty() { "(none)".into() } else { items.join(",") }
        }
        other => other.to_string(),
    }
}
