//! Checking a name and a password: the same answer and the same work whether the account exists
//! or not, and counted even if nobody waits for the answer.

use std::net::IpAddr;
use std::sync::Arc;

use super::known_browser::Shown;
use super::password::{Check, PasswordError};
use super::throttle::{self, Keys};
use crate::app::App;
use crate::domain::{Actor, Cause, ClientId, FlowRef, Secret, User, UserId, Username};
use crate::explain::audit::Entry;
use crate::store::{self, Conn, Tx, users};

/// One try.
#[derive(Clone)]
pub struct Attempt {
    /// Username or e-mail address, as typed.
    pub name: String,
    /// As typed.
    pub password: Secret,
    /// Where from.
    pub address: Option<IpAddr>,
    /// What the browser shows of itself.
    pub browser: Option<Shown>,
    /// The flow it belongs to.
    pub flow: Option<FlowRef>,
    /// The client that it is for.
    pub client: Option<ClientId>,
}

/// Somebody whose password was right a moment ago.
pub struct Proven {
    /// The account.
    pub user: User,
    keys: Keys,
    hash: String,
    address: Option<IpAddr>,
    flow: Option<FlowRef>,
    client: Option<ClientId>,
}

impl Proven {
    fn new(attempt: Attempt, user: User, keys: Keys, hash: String) -> Proven {
        let Attempt { address, flow, client, .. } = attempt;
        Proven { user, keys, hash, address, flow, client }
    }
}

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The name, the password, or the account; and whose account it is, if it is one.
    #[error("{0}")]
    Denied(Cause, Option<Username>),
    /// Too many attempts; look again in so many seconds.
    #[error("throttled for {0} s")]
    Wait(i64, Option<Username>),
    /// Too many passwords at once.
    #[error(transparent)]
    Busy(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The person, if name and password are theirs. Goes on to its end if the caller goes away, so
/// that nobody guesses for nothing by hanging up.
///
/// # Errors
/// See `Refusal`; `Denied` leaves an event, `Wait` none, since it was not looked at.
pub async fn authenticate(app: &Arc<App>, attempt: Attempt) -> Result<Proven, Refusal> {
    let app = app.clone();
    let work = tokio::spawn(async move { check(&app, attempt).await });
    work.await.unwrap_or_else(|error| Err(PasswordError::Hash(error.to_string()).into()))
}

async fn check(app: &App, attempt: Attempt) -> Result<Proven, Refusal> {
    let mut conn = app.db.read().await?;
    let user = find(&mut conn, &attempt.name).await?;
    let stored = match &user {
        Some(user) => users::password_hash(&mut conn, &user.id).await?,
        None => None,
    };
    drop(conn);
    let keys = keys(app, &attempt, user.as_ref());
    if let Some(seconds) = throttle::reserve(app, &keys).await? {
        return Err(Refusal::Wait(seconds, user.map(|user| user.username)));
    }
    let check = app.passwords.check(&attempt.password, stored.as_deref(), &app.random).await?;
    let open = user.as_ref().is_some_and(|user| user.disabled_at.is_none());
    match (user, check, stored) {
        (Some(user), Check::Right, Some(hash)) if open => {
            Ok(Proven::new(attempt, user, keys, hash))
        }
        (Some(user), Check::RightButOutdated(hash), Some(outdated)) if open => {
            upgrade(app, &user.id, &outdated, &hash).await?;
            Ok(Proven::new(attempt, user, keys, hash))
        }
        (user, check, stored) => {
            let cause = match (&user, check, stored) {
                (None, ..) => Cause::UnknownUser,
                (Some(_), Check::Wrong, None) => Cause::NoPassword,
                (Some(_), Check::Wrong, Some(_)) => Cause::WrongPassword,
                (Some(_), ..) => Cause::UserDisabled,
            };
            refused(app, &attempt, user.as_ref(), cause).await?;
            Err(Refusal::Denied(cause, user.map(|user| user.username)))
        }
    }
}

/// Counted by what was typed, whether or not there is such an account; in a browser the account
/// knows, by the account and the browser.
fn keys(app: &App, attempt: &Attempt, user: Option<&User>) -> Keys {
    if let (Some(user), Some(shown)) = (user, &attempt.browser)
        && shown.belongs_to(app, user)
    {
        return Keys::of_known_browser(&app.sealer, user.username.as_str(), &shown.browser);
    }
    let typed = match Username::parse(&attempt.name) {
        Ok(name) => name.to_string(),
        Err(_) => User::canonical_email(&attempt.name),
    };
    Keys::of_stranger(&app.sealer, &typed, attempt.address)
}

/// Whose name or address this is, if it is one person's.
///
/// # Errors
/// When the database refuses.
pub async fn find(conn: &mut Conn, name: &str) -> store::Result<Option<User>> {
    if name.chars().any(char::is_control) {
        return Ok(None);
    }
    if name.contains('@') {
        let mut found = users::find_by_email(conn, &User::canonical_email(name)).await?;
        return Ok(if found.len() == 1 { found.pop() } else { None });
    }
    match Username::parse(name) {
        Ok(name) => users::find_by_username(conn, &name).await,
        Err(_) => Ok(None),
    }
}

/// Notes a success, in the transaction that begins the session: the throttle forgets, the log
/// remembers. `false` if the password or the account was changed since it was checked; then
/// nobody is signed in.
///
/// # Errors
/// When the database refuses.
pub async fn succeeded(app: &App, tx: &mut Tx, proven: &Proven) -> store::Result<bool> {
    let user = &proven.user;
    if !still_right(tx, proven).await? {
        return Ok(false);
    }
    let mut entry = signed_in(app, user)
        .flow(proven.flow.as_ref())
        .address(proven.address.map(|ip| ip.to_string()));
    if let Some(client) = &proven.client {
        entry = entry.concerning(client);
    }
    entry.append(tx).await?;
    Ok(true)
}

/// Whether the password and the account are what they were when it was checked; if so, the throttle
/// forgets the attempt. Nobody changes them before the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn still_right(tx: &mut Tx, proven: &Proven) -> store::Result<bool> {
    if users::hold(tx, &proven.user.id).await?.as_deref() != Some(proven.hash.as_str()) {
        return Ok(false);
    }
    throttle::succeeded(tx, &proven.keys).await?;
    Ok(true)
}

/// The line of the log for a sign-in.
pub fn signed_in(app: &App, user: &User) -> Entry {
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    Entry::new(app, "sign_in.succeeded", &actor).user(&user.id, user.username.as_str())
}

async fn refused(
    app: &App,
    attempt: &Attempt,
    user: Option<&User>,
    cause: Cause,
) -> store::Result<()> {
    // A mistyped name may be a password: what belongs to no account is not written down.
    let mut entry = Entry::new(app, "sign_in.failed", &Actor::Anonymous)
        .refused(cause)
        .flow(attempt.flow.as_ref())
        .address(attempt.address.map(|ip| ip.to_string()));
    if let Some(user) = user {
        entry = entry.user(&user.id, user.username.as_str());
    }
    if let Some(client) = &attempt.client {
        entry = entry.concerning(client);
    }
    let mut tx = app.db.write().await?;
    entry.append(&mut tx).await?;
    tx.commit().await
}

async fn upgrade(app: &App, user: &UserId, old: &str, better: &str) -> store::Result<()> {
    let mut tx = app.db.write().await?;
    users::upgrade_hash(&mut tx, user, old, better).await?;
    tx.commit().await
}
