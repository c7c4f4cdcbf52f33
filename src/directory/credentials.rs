//! Passwords and what protects them: set, and forget failed attempts.

use super::{Done, Result, begin, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, LinkPurpose, Secret, Session, Token, User, UserId};
use crate::explain::audit::Entry;
use crate::signin::authenticate::{self, Proven};
use crate::signin::farewell;
use crate::signin::password_rules;
use crate::signin::session::{self, Start};
use crate::signin::throttle::account_keys;
use crate::store::{Tx, backchannel_requests, grants, links, sessions, throttles, users};

/// Sets a person's password; whoever was signed in as them is not any more.
///
/// # Errors
/// When the password breaks the rules.
pub async fn set_password(app: &App, actor: &Actor, name: &str, password: &Secret) -> Result<User> {
    let user = find::user(&mut app.db.read().await?, name).await?;
    check_password(app, &user, password)?;
    let hash = app.passwords.hash(password, &app.random).await?;
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, user.id.as_str()).await?;
    rights::reach_user(actor, &user)?;
    store_password(app, &mut tx, &user, &hash).await?;
    Entry::new(app, "user.password_set", actor)
        .user(&user.id, user.username.as_str())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}

/// Sets a person's own password in place of the one they have just proved. Whoever else is signed in
/// as them is not any more, nothing that applications hold works, and the browser at hand gets a new
/// session; `None` if the old password was changed meanwhile.
///
/// # Errors
/// When the password breaks the rules.
pub async fn change_password(
    app: &App,
    proven: &Proven,
    password: &Secret,
    start: &Start<'_>,
) -> Result<Option<(User, Session, Token)>> {
    let user = &proven.user;
    check_password(app, user, password)?;
    let hash = app.passwords.hash(password, &app.random).await?;
    let mut tx = begin(app).await?;
    if !authenticate::still_right(&mut tx, proven).await? {
        return Ok(None);
    }
    store_password(app, &mut tx, user, &hash).await?;
    let user = find::user(&mut tx, user.id.as_str()).await?;
    let (session, token) = session::begin(app, &mut tx, &user, start).await?;
    Entry::new(app, "user.password_set", &Actor::User(user.id.clone(), user.username.to_string()))
        .user(&user.id, user.username.as_str())
        .address(start.address.map(|ip| ip.to_string()))
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(Some((user, session, token)))
}

/// Forgets the failed attempts that slow an account down.
///
/// # Errors
/// When there is no such person.
pub async fn unlock(app: &App, actor: &Actor, name: &str) -> Result<Done<User>> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    if !forget_attempts(app, &mut tx, &user).await? {
        let note = format!("No failed attempts held '{}' up.", user.username);
        return Ok(Done::nothing(user, note));
    }
    Entry::new(app, "user.unlocked", actor)
        .user(&user.id, user.username.as_str())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(Done::new(user, None))
}

/// Checks a password that is to be this person's.
///
/// # Errors
/// The rule it breaks.
pub fn check_password(app: &App, user: &User, password: &Secret) -> Result<()> {
    let email = user.email.as_deref().unwrap_or_default();
    let names = [
        user.username.as_str(),
        user.given_name.as_deref().unwrap_or_default(),
        user.family_name.as_deref().unwrap_or_default(),
        email.split('@').next().unwrap_or_default(),
        "keystead",
    ];
    let least = app.registry().settings().sign_in.least_password;
    Ok(password_rules::check(password, &names, least)?)
}

/// Stores a new password in an open transaction, and ends all that the old one had opened.
pub(super) async fn store_password(app: &App, tx: &mut Tx, user: &User, hash: &str) -> Result<()> {
    let now = app.clock.now();
    users::set_password(tx, &user.id, hash, now).await?;
    close(app, tx, &user.id).await?;
    forget_attempts(app, tx, user).await?;
    Ok(())
}

/// Ends a person's sessions, tells clients so, revokes what they gave to clients, refuses what waits for
/// them, and withdraws links sent to them. Says how many sessions there were.
pub(super) async fn close(app: &App, tx: &mut Tx, user: &UserId) -> Result<u64> {
    let now = app.clock.now();
    // The sessions first: whoever issues a code holds one, and its grant is there then.
    let ended = sessions::end_of_user(tx, user, now).await?;
    farewell::of_user(app, tx, user).await?;
    grants::revoke_of_user(tx, user, None, now).await?;
    backchannel_requests::refuse_of_user(tx, user, now).await?;
    links::withdraw(tx, LinkPurpose::Invite, Some(user)).await?;
    links::withdraw(tx, LinkPurpose::Reset, Some(user)).await?;
    Ok(ended)
}

/// Says whether there was anything to forget.
async fn forget_attempts(app: &App, tx: &mut Tx, user: &User) -> Result<bool> {
    let mut found = false;
    for key in account_keys(&app.sealer, user) {
        found |= throttles::clear_all(tx, &key).await?;
    }
    Ok(found)
}
