//! `keystead key`: keys that sign tokens, and those that requests are encrypted to.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use zeroize::Zeroizing;

use super::context::{ACTOR, Context, Explained};
use super::output::{self, Json};
use crate::app::App;
use crate::config::SecretKey;
use crate::directory::keys::{self, Pace};
use crate::directory::view::KeyView;
use crate::directory::{DirectoryError, Done, secret_key};
use crate::domain::{KeyAlgorithm, KeyState, ServerKey};

const ROTATE: &str = "\
The successor is published at once and signs a day later, because applications keep the published
keys for up to 24 hours; the former key stays published until its last tokens are forgotten.
Keystead rotates by itself every keys.rotate_days.

Examples:
  keystead key rotate                    all algorithms that have a key
  keystead key rotate --alg ES256
  keystead key rotate --alg PS256        a first key, published a day before a client is to use it
  keystead key rotate --alg RS256 --now  when a key leaked; then: keystead key retire KID --now";

const RESEAL: &str = "\
For a secret key that may have leaked. Everything that is sealed under it is sealed under the new
one, all or nothing; tokens, sessions, secrets of clients and every sub stay as they are. Then put
the new key in the place of the former one on every node and start it again: a server that still
runs with the former key stops by itself.

Example:
  (umask 077; openssl rand -base64 32 > new.key)
  keystead key reseal --new-key-file new.key";

/// Keys that sign tokens and read requests
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
    /// Replace the secret key, under which signing keys and client secrets are sealed
    #[command(after_help = RESEAL)]
    Reseal(Reseal),
}

#[derive(clap::Args)]
pub(super) struct Reseal {
    /// Holds the new secret key: 32 random bytes in base64
    #[arg(long, value_name = "FILE")]
    new_key_file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Rotate {
    /// RS256, PS256, ES256, ES384 or EdDSA; RSA-OAEP-256 or ECDH-ES for requests that are encrypted
    /// [default: all that have a key]
    #[arg(long, value_name = "ALG")]
    alg: Option<KeyAlgorithm>,
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
            KeyCommand::Reseal(reseal) => reseal.run(&app).await?,
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

impl Reseal {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let path = self.new_key_file.display();
        let text = std::fs::read_to_string(&self.new_key_file).map(Zeroizing::new);
        let text =
            text.map_err(|error| anyhow!("the new key file {path} cannot be read: {error}"))?;
        let Some(next) = SecretKey::parse(&text) else {
            bail!(
                "{path} does not hold a secret key, which is 32 bytes in base64; make one with: \
                 (umask 077; openssl rand -base64 32 > {path})"
            );
        };
        let done = secret_key::replace(app, &ACTOR, next.expose()).await.explained()?;
        output::say(&format!(
            "Sealed under the new secret key: {}, {}.\n",
            counted(done.value.signing_keys, "signing key"),
            counted(done.value.client_secrets, "client secret")
        ))?;
        let place = match app.config.secret_key {
            Some(_) => format!("set KEYSTEAD_SECRET_KEY to what {path} holds"),
            None => format!("install -m 600 {path} {}", app.config.secret_key_file.display()),
        };
        output::say(&format!("Next, on every node: {place}, and restart Keystead"))?;
        output::note(&done.notes);
        Ok(())
    }
}

/// `1 signing key`, `2 signing keys`.
fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
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
        let registry = app.registry();
        let has_key = |alg: &KeyAlgorithm| registry.keys().iter().any(|key| key.alg == *alg);
        for alg in KeyAlgorithm::ALL.into_iter().filter(has_key) {
            match keys::rotate(app, &ACTOR, alg, pace).await {
                Err(error @ DirectoryError::KeyWaits { .. }) => {
                    output::note(&[format!("{error}.")])
                }
                rotated => all.push(rotated.explained()?),
            }
        }
        self.tell(&all)
    }

    fn tell(&self, all: &[Done<ServerKey>]) -> anyhow::Result<()> {
        if self.output.json {
            all.iter().for_each(|done| output::note(&done.notes));
            let keys = all.iter().map(|done| KeyView::from(&done.value));
            return output::document(&keys.collect::<Vec<_>>());
        }
        all.iter().try_for_each(told)
    }
}

fn told(done: &Done<ServerKey>) -> anyhow::Result<()> {
    let key = &done.value;
    output::say(&match key.state {
        KeyState::Next => {
            format!(
                "Published {}; it {} from {} on.",
                described(key),
                key.alg.verb(),
                key.activates_at.rfc3339()
            )
        }
        KeyState::Active | KeyState::Retired => match key.alg.signs() {
            Some(_) => format!("Signing with {} now.", described(key)),
            None => format!("Applications encrypt to {} from now on.", described(key)),
        },
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
        let verb = key.alg.verb();
        let when = match (key.state, key.retired_at) {
            (KeyState::Next, _) => format!("{verb} from {}", key.activates_at.rfc3339()),
            (KeyState::Retired, Some(at)) => format!("retired {}", at.rfc3339()),
            _ => format!("{verb} since {}", key.activates_at.rfc3339()),
        };
        [key.kid.0.clone(), key.alg.as_str().to_owned(), key.state.as_str().to_owned(), when]
    });
    let empty = "There are no keys yet; the first keystead serve makes them.";
    output::table(["KEY", "ALG", "STATE", "SINCE"], rows.collect(), empty)
}

fn described(key: &ServerKey) -> String {
    format!("the {} key {}", key.alg.as_str(), key.kid)
}

fn pace(now: bool) -> Pace {
    if now { Pace::AtOnce } else { Pace::Gently }
}
