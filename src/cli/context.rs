//! What every command starts from: the settings, and the database they name.

use super::{operator, output};
use crate::app::App;
use crate::config::{self, Announced, Config, Flags, PublicUrl};
use crate::directory::{DirectoryError, announced};
use crate::domain::Actor;
use crate::store::Db;

/// Whoever runs the command line may do everything; the audit log says it was they.
pub(super) const ACTOR: Actor = Actor::CommandLine;

/// A command that was well spelt and makes no sense: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub &'static str);

/// The settings, read when a command asks for them.
pub(super) struct Context {
    flags: Flags,
    may_begin: bool,
}

impl Context {
    /// `may_begin`: whether the command may be the first on an empty folder.
    pub fn new(flags: Flags, may_begin: bool) -> Context {
        Context { flags, may_begin }
    }

    /// Every layer of the settings.
    pub fn config(&self) -> anyhow::Result<Config> {
        let cwd = std::env::current_dir()?;
        Ok(Config::load(&self.flags, config::environment(), &cwd)?)
    }

    /// Opens the database. A command that may begin makes it, too; any other was typed in the
    /// wrong folder.
    pub async fn app(&self) -> anyhow::Result<App> {
        let config = self.config()?;
        let url = config.database_url.expose();
        if !Db::is_there(url) && !self.may_begin {
            anyhow::bail!(
                "there is no Keystead here: no database at {url}; run this where keystead serve \
                 runs, or name its folder with --data-dir or its settings with --config"
            );
        }
        let mut app = App::open(config).await?;
        app.operator = Some(operator::name());
        if let Some(url) = announced::announced(&app).await? {
            let told = app.config.believe_public_url(&url);
            output::note(&difference(told, &url, &app.config.public_url));
        }
        Ok(app)
    }
}

/// What whoever copies an address from here should know of it.
fn difference(told: Announced, server: &str, spoken: &PublicUrl) -> Vec<String> {
    match told {
        Announced::Same => Vec::new(),
        Announced::Taken => vec![format!(
            "This command speaks of {server}, as which the server on this database last ran, since \
             its own settings name no public_url."
        )],
        Announced::Another => vec![format!(
            "The server on this database last ran as {server}, this command speaks of {spoken}."
        )],
    }
}

/// An error of the directory, with the command that helps.
pub(super) fn explained(error: DirectoryError) -> anyhow::Error {
    let command = match &error {
        DirectoryError::NotFound {
            what: what @ ("user" | "group" | "client" | "scope" | "key" | "token" | "setting"),
            near,
            ..
        } if near.is_empty() => {
            format!("list them with: keystead {what} list")
        }
        DirectoryError::NotFound { what: "logout", .. } => {
            "list them with: keystead logout list".to_owned()
        }
        DirectoryError::NotFound { what: "registration token", near, .. } if near.is_empty() => {
            "list them with: keystead registration-token list".to_owned()
        }
        DirectoryError::NotFound { what: "failure", .. } => {
            "list them with: keystead flow groups --solved".to_owned()
        }
        DirectoryError::NotFound { what: "claim", near, .. } if near.is_empty() => {
            "a scope opens standard claims, which are listed by: keystead scope list".to_owned()
        }
        DirectoryError::OnlyKey { alg, .. } => {
            format!("keystead key rotate --alg {} --now", alg.as_str())
        }
        DirectoryError::SecretNotKept(client) => format!("keystead client rotate-secret {client}"),
        DirectoryError::UserDisabled(user) => format!("keystead user enable {user}"),
        DirectoryError::NoMail => {
            "keystead setting set mail.from ADDRESS, and: keystead setting set mail.host HOST"
                .to_owned()
        }
        DirectoryError::NoAddress(user) => format!("keystead user update {user} --email ADDRESS"),
        DirectoryError::SetupDone(_) => {
            "keystead user reset-link NAME, or: keystead user create NAME --admin --password-stdin"
                .to_owned()
        }
        _ => return error.into(),
    };
    let joint = if matches!(error, DirectoryError::NotFound { .. }) { ";" } else { ":" };
    anyhow::anyhow!("{error}{joint} {command}")
}

/// `?` for what the directory answers.
pub(super) trait Explained<T> {
    fn explained(self) -> anyhow::Result<T>;
}

impl<T> Explained<T> for Result<T, DirectoryError> {
    fn explained(self) -> anyhow::Result<T> {
        self.map_err(explained)
    }
}
