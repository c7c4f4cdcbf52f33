//! The keys of this server: make the first ones, rotate, retire, and move them on in time.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::key_plan::{Lives, PUBLISH, Step, due};
use super::{DirectoryError, Done, Result, begin, begin_as, find, publish, rights};
use crate::app::App;
use crate::domain::{Actor, Client, KeyAlgorithm, KeyState, Kid, ServerKey, Timestamp};
use crate::explain::audit::Entry;
use crate::jose::{KeyError, NewKey};
use crate::seal::Purpose;
use crate::store::{Tx, keys};

/// How fast a key comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// So that every relying party can follow.
    Gently,
    /// Now, whoever stumbles.
    AtOnce,
}

/// Makes an active key for each algorithm that must have one and has none: at the first start. Of
/// several processes one makes it, and the others throw theirs away.
///
/// # Errors
/// When a key cannot be made or stored.
pub async fn ensure(app: &App) -> Result<()> {
    make_active(app, &app.registry().algorithms()).await
}

/// Makes the keys that clients want and that are not made at the first start.
///
/// # Errors
/// When a key cannot be made or stored.
pub(super) async fn follow_clients(app: &App) -> Result<()> {
    let mut wanted = app.registry().algorithms();
    wanted.retain(|alg| !alg.is_made_at_once());
    make_active(app, &wanted).await
}

/// What to know where the first key of an algorithm is made because this client is to use it.
pub(super) fn first_of(app: &App, client: &Client) -> Option<String> {
    let rare = |alg: &KeyAlgorithm| !alg.is_made_at_once();
    let wanted = client.settings.algorithms().filter(rare).collect();
    let alg = *missing(app.registry().keys(), &wanted).first()?;
    if alg.signs().is_none() {
        return Some(format!(
            "The first {} key is made now and published: the application finds it at the jwks_uri.",
            alg.as_str()
        ));
    }
    Some(format!(
        "The first {alg} key is made now. The application may keep the published keys for up to 24 \
         hours and refuse tokens until then; restart it. `keystead key rotate --alg {alg}` publishes \
         a first key a day before it signs.",
        alg = alg.as_str()
    ))
}

async fn make_active(app: &App, wanted: &BTreeSet<KeyAlgorithm>) -> Result<()> {
    let missing = missing(app.registry().keys(), wanted);
    if missing.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let mut made = Vec::new();
    for alg in missing {
        made.push(make(app, alg, (KeyState::Active, now)).await?);
    }
    let mut tx = begin(app).await?;
    let still = self::missing(&keys::all(&mut tx).await?, wanted);
    for key in made.iter().filter(|key| still.contains(&key.alg)) {
        add(app, &Actor::System, &mut tx, key).await?;
    }
    publish(app, tx).await
}

/// Makes the successor of the key that signs with `alg`. It is published at once and signs a day
/// later; with `Pace::AtOnce` it, or one that waits already, signs from now on.
///
/// # Errors
/// When a successor waits already.
pub async fn rotate(
    app: &App,
    actor: &Actor,
    alg: KeyAlgorithm,
    pace: Pace,
) -> Result<Done<ServerKey>> {
    let now = app.clock.now();
    let start = match pace {
        Pace::AtOnce => (KeyState::Active, now),
        Pace::Gently => (KeyState::Next, now + PUBLISH),
    };
    let made = make(app, alg, start).await?;
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change signing keys")?;
    let all = keys::all(&mut tx).await?;
    let waiting = all.iter().find(|key| key.alg == alg && key.state == KeyState::Next);
    let key = match (waiting, pace) {
        (Some(next), Pace::Gently) => {
            let at = next.activates_at.rfc3339();
            return Err(DirectoryError::KeyWaits { kid: next.kid.clone(), alg, at });
        }
        (Some(next), Pace::AtOnce) => {
            activate(app, actor, &mut tx, &next.kid).await?;
            ServerKey { state: KeyState::Active, activates_at: now, ..next.clone() }
        }
        (None, _) => {
            add(app, actor, &mut tx, &made).await?;
            made
        }
    };
    let mut notes = Vec::new();
    if pace == Pace::AtOnce {
        for former in all.iter().filter(|key| key.alg == alg && key.state == KeyState::Active) {
            retire_active(app, actor, &mut tx, &former.kid).await?;
        }
        notes.push(cached(alg, waiting.map(|next| next.created_at), now));
    }
    publish(app, tx).await?;
    notes.retain(|note| !note.is_empty());
    Ok(Done::new(key, notes))
}

/// Takes a key out of use. An active one signs no more, and is published until its tokens are
/// forgotten; one that waits is deleted. With `Pace::AtOnce` it is withdrawn from the JWKS right away.
///
/// # Errors
/// When it is the only one that signs with an algorithm that somebody needs.
pub async fn retire(app: &App, actor: &Actor, kid: &str, pace: Pace) -> Result<Done<ServerKey>> {
    let mut tx = begin_as(app, actor).await?;
    rights::administer(actor, "change signing keys")?;
    let key = find::key(&mut tx, kid).await?;
    let all = keys::all(&mut tx).await?;
    let mut notes = Vec::new();
    match key.state {
        KeyState::Retired if pace == Pace::Gently => {
            return Err(DirectoryError::KeyRetired(key.kid));
        }
        KeyState::Active => {
            notes.extend(succeed(app, actor, &mut tx, (&key, &all)).await?);
            retire_active(app, actor, &mut tx, &key.kid).await?;
        }
        KeyState::Next | KeyState::Retired => {}
    }
    if pace == Pace::AtOnce || key.state == KeyState::Next {
        forget(app, actor, &mut tx, &key.kid).await?;
    }
    if pace == Pace::AtOnce && key.state != KeyState::Next {
        notes.push(match key.alg.signs() {
            Some(_) => "Tokens that it signed are refused from now on.".to_owned(),
            None => "Requests that are encrypted to it are refused from now on.".to_owned(),
        });
    }
    publish(app, tx).await?;
    Ok(Done::new(key, notes))
}

/// Does what is due: activates and retires keys, makes successors, forgets old ones.
///
/// # Errors
/// When a key cannot be made or stored.
pub async fn advance(app: &App) -> Result<()> {
    follow_clients(app).await?;
    let now = app.clock.now();
    let registry = app.registry();
    let wanted = registry.algorithms();
    let steps = due((registry.keys(), &wanted), lives(app), now);
    if steps.is_empty() {
        return Ok(());
    }
    let mut made = Vec::new();
    for step in &steps {
        if let Step::Make(alg, from) = step {
            made.push(make(app, *alg, (KeyState::Next, *from)).await?);
        }
    }
    let mut tx = begin(app).await?;
    for step in due((&keys::all(&mut tx).await?, &wanted), lives(app), now) {
        match step {
            Step::Activate(kid) => activate(app, &Actor::System, &mut tx, &kid).await?,
            Step::Retire(kid) => retire_active(app, &Actor::System, &mut tx, &kid).await?,
            Step::Delete(kid) => forget(app, &Actor::System, &mut tx, &kid).await?,
            Step::Make(alg, _) => {
                if let Some(key) = made.iter().find(|key| key.alg == alg) {
                    add(app, &Actor::System, &mut tx, key).await?;
                }
            }
        }
    }
    publish(app, tx).await
}

fn missing(keys: &[ServerKey], wanted: &BTreeSet<KeyAlgorithm>) -> Vec<KeyAlgorithm> {
    let active = |alg| keys.iter().any(|key| key.alg == alg && key.state == KeyState::Active);
    wanted.iter().copied().filter(|alg| !active(*alg)).collect()
}

fn lives(app: &App) -> Lives {
    let clients = app.registry().clients();
    let longest = clients
        .iter()
        .map(|client| client.settings.id_token_lifetime.max(client.settings.access_token_lifetime));
    Lives {
        rotate: i64::try_from(app.config.keys.rotate.as_secs()).unwrap_or(i64::MAX),
        token: longest.max().unwrap_or_default(),
    }
}

async fn make(
    app: &App,
    alg: KeyAlgorithm,
    (state, activates_at): (KeyState, Timestamp),
) -> Result<ServerKey> {
    let failed = |error: tokio::task::JoinError| KeyError::unmade(alg, error.to_string());
    let new =
        tokio::task::spawn_blocking(move || NewKey::generate(alg)).await.map_err(failed)??;
    let context = (Purpose::SigningKey, new.kid.as_str());
    Ok(ServerKey {
        private: app.sealer.seal(context, &new.private, &app.random)?,
        kid: new.kid,
        alg,
        state,
        public: Json(new.public),
        created_at: app.clock.now(),
        activates_at,
        retired_at: None,
    })
}

async fn add(app: &App, actor: &Actor, tx: &mut Tx, key: &ServerKey) -> Result<()> {
    keys::insert(tx, key).await?;
    Entry::new(app, "key.created", actor)
        .target(key.kid.as_str())
        .detail("alg", key.alg.as_str())
        .detail("activates_at", key.activates_at.rfc3339())
        .append(tx)
        .await?;
    Ok(())
}

async fn activate(app: &App, actor: &Actor, tx: &mut Tx, kid: &Kid) -> Result<()> {
    let now = app.clock.now();
    if keys::advance(tx, kid, (KeyState::Next, KeyState::Active), now).await? {
        Entry::new(app, "key.activated", actor).target(kid.as_str()).append(tx).await?;
    }
    Ok(())
}

async fn retire_active(app: &App, actor: &Actor, tx: &mut Tx, kid: &Kid) -> Result<()> {
    let now = app.clock.now();
    if keys::advance(tx, kid, (KeyState::Active, KeyState::Retired), now).await? {
        Entry::new(app, "key.retired", actor).target(kid.as_str()).append(tx).await?;
    }
    Ok(())
}

async fn forget(app: &App, actor: &Actor, tx: &mut Tx, kid: &Kid) -> Result<()> {
    if keys::delete(tx, kid).await? {
        Entry::new(app, "key.deleted", actor).target(kid.as_str()).append(tx).await?;
    }
    Ok(())
}

/// Sees to it that another key signs with the algorithm before this one stops.
async fn succeed(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (key, all): (&ServerKey, &[ServerKey]),
) -> Result<Option<String>> {
    let of = |state| all.iter().filter(move |other| other.alg == key.alg && other.state == state);
    if of(KeyState::Active).any(|other| other.kid != key.kid) {
        return Ok(None);
    }
    let Some(next) = of(KeyState::Next).next() else {
        if !app.registry().algorithms().contains(&key.alg) {
            return Ok(None);
        }
        return Err(DirectoryError::OnlyKey { kid: key.kid.clone(), alg: key.alg });
    };
    activate(app, actor, tx, &next.kid).await?;
    Ok(Some(cached(key.alg, Some(next.created_at), app.clock.now()))
        .filter(|note| !note.is_empty()))
}

/// What to know of a key that signs before everybody can have seen it; empty for one that was
/// published long enough, and for one that reads: its predecessor goes on reading.
fn cached(alg: KeyAlgorithm, published: Option<Timestamp>, now: Timestamp) -> String {
    if alg.signs().is_none() {
        return String::new();
    }
    if published.is_some_and(|at| now - at >= PUBLISH) {
        return String::new();
    }
    "Relying parties keep the JWKS for up to 24 hours: those that do not look again when they meet \
     an unknown key refuse sign-ins until then. If one does, restart it."
        .to_owned()
}
