//! Checking a name and a password: the same answer and the same work whether the account exists
//! or not.

use std::net::IpAddr;

use super::password::{Check, PasswordError};
use super::throttle::{self, Keys};
use crate::app::App;
use crate::domain::{Actor, Cause, FlowRef, Secret, User, UserId, Username};
use crate::explain::audit::Entry;
use crate::store::{Conn, Tx, users};

/// One try.
pub struct Attempt<'a> {
    /// Username or e-mail address, as typed.
    pub name: &'a str,
    /// As typed.
    pub password: &'a Secret,
    /// Where from.
    pub address: Option<IpAddr>,
    /// The browser, if its owner has signed in with it before.
    pub known_browser: Option<&'a str>,
    /// The flow it belongs to.
    pub flow: Option<&'a FlowRef>,
}

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The name, the password, or the account.
    #[error("{0}")]
    Denied(Cause),
    /// Too many failures; look again in so many seconds.
    #[error("throttled for {0} s")]
    Wait(i64),
    /// Too many passwords at once.
    #[error(transparent)]
    Busy(#[from] PasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

/// The person, if name and password are theirs. The success is noted by whoever begins the
/// session, in the same transaction.
///
/// # Errors
/// See `Refusal`; `Denied` leaves an event, `Wait` none, since it was not looked at.
pub async fn authenticate(app: &App, attempt: &Attempt<'_>) -> Result<User, Refusal> {
    let name = attempt.name.trim();
    let mut conn = app.db.read().await?;
    let user = find(&mut conn, name).await?;
    let keys = Keys::new(&app.sealer, name, attempt.known_browser, attempt.address);
    if let Some(seconds) = throttle::wait(&mut conn, &keys, app.clock.now()).await? {
        return Err(Refusal::Wait(seconds));
    }
    let stored = match &user {
        Some(user) => users::password_hash(&mut conn, &user.id).await?,
        None => None,
    };
    drop(conn);
    let check = app.passwords.check(attempt.password, stored.as_deref(), &app.random).await?;
    match (user, check) {
        (Some(user), Check::Right) if user.disabled_at.is_none() => Ok(user),
        (Some(user), Check::RightButOutdated(better)) if user.disabled_at.is_none() => {
            upgrade(app, &user.id, stored.as_deref().unwrap_or_default(), &better).await?;
            Ok(user)
        }
        (user, check) => {
            let cause = match (&user, check, stored) {
                (None, ..) => Cause::UnknownUser,
                (Some(_), Check::Wrong, None) => Cause::NoPassword,
                (Some(_), Check::Wrong, Some(_)) => Cause::WrongPassword,
                (Some(_), ..) => Cause::UserDisabled,
            };
            refused(app, attempt, (&keys, user.as_ref(), cause)).await?;
            Err(Refusal::Denied(cause))
        }
    }
}

/// Notes a success: the throttle forgets, the log remembers.
///
/// # Errors
/// When the database refuses.
pub async fn succeeded(
    app: &App,
    tx: &mut Tx,
    attempt: &Attempt<'_>,
    user: &User,
) -> sqlx::Result<()> {
    let keys = Keys::new(&app.sealer, attempt.name, attempt.known_browser, attempt.address);
    throttle::succeeded(tx, &keys).await?;
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    Entry::new(app, "sign_in.succeeded", &actor)
        .user(&user.id, user.username.as_str())
        .flow(attempt.flow)
        .address(attempt.address.map(|ip| ip.to_string()))
        .append(tx)
        .await
}

async fn find(conn: &mut Conn, name: &str) -> sqlx::Result<Option<User>> {
    // Nobody is called so, and PostgreSQL refuses to look for NUL.
    if name.contains(char::is_control) {
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

async fn refused(
    app: &App,
    attempt: &Attempt<'_>,
    (keys, user, cause): (&Keys, Option<&User>, Cause),
) -> sqlx::Result<()> {
    // A mistyped name may be a password: what belongs to no account is not written down.
    let mut entry = Entry::new(app, "sign_in.failed", &Actor::Anonymous)
        .refused(cause)
        .flow(attempt.flow)
        .address(attempt.address.map(|ip| ip.to_string()));
    if let Some(user) = user {
        entry = entry.user(&user.id, user.username.as_str());
    }
    let mut tx = app.db.write().await?;
    throttle::failed(&mut tx, keys, app.clock.now()).await?;
    entry.append(&mut tx).await?;
    tx.commit().await
}

async fn upgrade(app: &App, user: &UserId, old: &str, better: &str) -> sqlx::Result<()> {
    let mut tx = app.db.write().await?;
    users::upgrade_hash(&mut tx, user, old, better).await?;
    tx.commit().await
}
