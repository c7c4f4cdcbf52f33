//! What every command starts from: the settings, and the database they name.

use crate::app::App;
use crate::config::{self, Config, Flags};
use crate::directory::DirectoryError;
use crate::domain::Actor;

/// Whoever runs the command line may do everything; the audit log says it was they.
pub(super) const ACTOR: Actor = Actor::CommandLine;

/// A command that was well spelt and makes no sense: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub &'static str);

/// The settings, read when a command asks for them.
pub(super) struct Context {
    flags: Flags,
}

impl Context {
    pub fn new(flags: Flags) -> Context {
        Context { flags }
    }

    /// Every layer of the settings.
    pub fn config(&self) -> anyhow::Result<Config> {
        let cwd = std::env::current_dir()?;
        Ok(Config::load(&self.flags, config::environment(), &cwd)?)
    }

    /// Opens the database; a first command on an empty folder makes it.
    pub async fn app(&self) -> anyhow::Result<App> {
        Ok(App::open(self.config()?).await?)
    }
}

/// An error of the directory, with the command that helps.
pub(super) fn explained(error: DirectoryError) -> anyhow::Error {
    let command = match &error {
        DirectoryError::NotFound {
            what: what @ ("user" | "group" | "client" | "scope" | "key" | "token"),
            near,
            ..
        } if near.is_empty() => {
            format!("list them with: keystead {what} list")
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
