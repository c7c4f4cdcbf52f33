//! `keystead key`: keys that sign tokens.

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::app::App;
use crate::directory::keys::{self, Pace};
use crate::directory::view::KeyView;
use crate::directory::{DirectoryError, Done};
use crate::domain::{Algorithm, KeyState, SigningKey};

const ROTATE: &str = "\
The successor is published at once and signs a day later, because applications keep the published
keys for up to 24 hours; the former key stays published until its last tokens are forgotten.
Keystead rotates by itself every keys.rotate_days.

Examples:
  keystead key rotate                    all algorithms
  keystead key rotate --alg ES256
  keystead key rotate --alg RS256 --now  when a key leaked; then: keystead key retire KID --now";

/// Keys that sign tokens
#[derive(clap::Subcommand)]
pub(super) enum KeyCommand {
    /// List the keys: next, active and retired
    #[command(after_help = "Example:\n  keystead key list")]
    List(Json),
    /// Make the successors of the keys that sign
    #[command(after_help = ROTATE)]
    Rotate(Rotate),
    /// Take a key out of use
    #[command(
        after_help = "Examples:\n  keystead key retire 3vK9         the key whose id begins so, gently\n  keystead key retire 3vK9 --now   at once, when it leaked"
    )]
    Retire(Retire),
}

#[derive(clap::Args)]
pub(super) struct Rotate {
    /// RS256, ES256 or EdDSA [default: all three]
    #[arg(long, value_name = "ALG")]
    alg: Option<Algorithm>,
    /// Sign with the new key at once: applications that keep the old keys refuse sign-ins meanwhile
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    output: Json,
}

#[derive(clap::Args)]
pub(super) struct Retire {
    /// The key's id, or how it begins
    #[arg(allow_hyphen_values = true)]
    kid: String,
    /// Withdraw it at once: tokens that it signed are refused
    #[arg(long)]
    now: bool,
}

impl KeyCommand {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let app = context.app().await?;
        match self {
            KeyCommand::List(output) => list(&app, output)?,
            KeyCommand::Rotate(rotate) => rotate.run(&app).await?,
            KeyCommand::Retire(Retire { kid, now }) => {
                let done = keys::retire(&app, &ACTOR, &kid, pace(now)).await.explained()?;
                let key = &done.value;
                output::say(&match (key.state, now) {
                    (KeyState::Next, _) | (_, true) => format!("Deleted {}.", described(key)),
                    _ => format!("Retired {}.", described(key)),
                })?;
                output::note(&done.notes);
            }
        }
        app.db.close().await;
        Ok(())
    }
}

impl Rotate {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        // What a first start would have made must be there to have a successor.
        keys::ensure(app).await.explained()?;
        let pace = pace(self.now);
        if let Some(alg) = self.alg {
            let done = keys::rotate(app, &ACTOR, alg, pace).await.explained()?;
            return self.tell(&[done]);
        }
        let mut all = Vec::new();
        for alg in Algorithm::ALL {
            match keys::rotate(app, &ACTOR, alg, pace).await {
                Err(error @ DirectoryError::KeyWaits { .. }) => {
                    output::note(&[format!("{error}.")])
                }
                rotated => all.push(rotated.explained()?),
            }
        }
        self.tell(&all)
    }

    fn tell(&self, all: &[Done<SigningKey>]) -> anyhow::Result<()> {
        if self.output.json {
            all.iter().for_each(|done| output::note(&done.notes));
            let keys = all.iter().map(|done| KeyView::from(&done.value));
            return output::document(&keys.collect::<Vec<_>>());
        }
        all.iter().try_for_each(told)
    }
}

fn told(done: &Done<SigningKey>) -> anyhow::Result<()> {
    let key = &done.value;
    output::say(&match key.state {
        KeyState::Next => {
            format!(
                "Published {}; it signs from {} on.",
                described(key),
                key.activates_at.rfc3339()
            )
        }
        KeyState::Active | KeyState::Retired => format!("Signing with {} now.", described(key)),
    })?;
    output::note(&done.notes);
    Ok(())
}

fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let registry = app.registry();
    if output.json {
        return output::document(&registry.keys().iter().map(KeyView::from).collect::<Vec<_>>());
    }
    let rows = registry.keys().iter().map(|key| {
        let when = match (key.state, key.retired_at) {
            (KeyState::Next, _) => format!("signs from {}", key.activates_at.rfc3339()),
            (KeyState::Retired, Some(at)) => format!("retired {}", at.rfc3339()),
            _ => format!("signs since {}", key.activates_at.rfc3339()),
        };
        [key.kid.0.clone(), key.alg.as_str().to_owned(), key.state.as_str().to_owned(), when]
    });
    let empty = "There are no keys yet; the first keystead serve makes them.";
    output::table(["KEY", "ALG", "STATE", "SINCE"], rows.collect(), empty)
}

fn described(key: &SigningKey) -> String {
    format!("the {} key {}", key.alg.as_str(), key.kid)
}

fn pace(now: bool) -> Pace {
    if now { Pace::AtOnce } else { Pace::Gently }
}
