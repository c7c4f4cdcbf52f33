//! Links that work once: making the first administrator, choosing a first or a new password.

use super::credentials::{check_password, store_password};
use super::users::{self, NewUser};
use super::{DirectoryError, Result, begin, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{
    Actor, DAY, HOUR, LinkPurpose, OneTimeLink, Role, Secret, Selector, Timestamp, Token, User,
    UserId, Username,
};
use crate::explain::audit::Entry;
use crate::store::{self, Conn, Tx, links};

/// A link to hand to somebody.
pub struct Link {
    /// The whole address; whoever has it may use it.
    pub url: String,
    /// The end of its life.
    pub expires_at: Timestamp,
    id: Selector,
}

/// Makes a fresh link that makes the first administrator, and withdraws those made before.
///
/// # Errors
/// `SetupDone` when somebody can sign in as administrator.
pub async fn setup_link(app: &App, actor: &Actor) -> Result<Link> {
    let mut tx = begin(app).await?;
    nobody_in_charge(&mut tx).await?;
    links::withdraw(&mut tx, LinkPurpose::Setup, None).await?;
    let link = make(app, actor, &mut tx, (LinkPurpose::Setup, None)).await?;
    Entry::new(app, "setup_link.made", actor)
        .detail("expires_at", link.expires_at.rfc3339())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(link)
}

/// Makes a link with which somebody chooses a first password, good for a week.
///
/// # Errors
/// When the account is disabled.
pub async fn invite(app: &App, actor: &Actor, name: &str) -> Result<Link> {
    for_user(app, actor, name, LinkPurpose::Invite).await
}

/// Makes a link with which somebody chooses a new password, good for a day.
///
/// # Errors
/// When the account is disabled.
pub async fn reset_link(app: &App, actor: &Actor, name: &str) -> Result<Link> {
    for_user(app, actor, name, LinkPurpose::Reset).await
}

/// Whom a link is for, without using it up: to show its page. `None` for set-up.
///
/// # Errors
/// `LinkExpired` for anything but a link of this purpose that still works; `SetupDone` for set-up
/// where somebody is in charge by now.
pub async fn look(app: &App, token: &str, purpose: LinkPurpose) -> Result<Option<User>> {
    let mut conn = app.db.read().await?;
    let link = good(app, &mut conn, token, purpose).await?;
    match (purpose, link.user_id) {
        (LinkPurpose::Setup, _) => {
            nobody_in_charge(&mut conn).await?;
            Ok(None)
        }
        (_, None) => Err(DirectoryError::LinkExpired),
        (_, Some(id)) => {
            let user = store::users::find(&mut conn, &id).await?;
            let open = user.filter(|user| user.disabled_at.is_none());
            Ok(Some(open.ok_or(DirectoryError::LinkExpired)?))
        }
    }
}

/// Refuses to go on with a set-up in this transaction unless the link works and nobody is in charge.
pub(super) async fn hold_setup(app: &App, tx: &mut Tx, token: &str) -> Result<()> {
    good(app, tx, token, LinkPurpose::Setup).await?;
    nobody_in_charge(tx).await
}

/// Withdraws the links to setting up once somebody can sign in as administrator.
pub(super) async fn end_setup(tx: &mut Tx, user: &User) -> Result<()> {
    if user.role == Some(Role::Administrator) && user.disabled_at.is_none() {
        links::withdraw(tx, LinkPurpose::Setup, None).await?;
    }
    Ok(())
}

/// Uses a set-up link up and makes the first administrator: of several who try, one succeeds.
/// The audit log remembers from where.
///
/// # Errors
/// `LinkExpired` and `SetupDone` for those who come late; the link stays good when a name or the
/// password breaks its rule.
pub async fn take_setup(
    app: &App,
    token: &str,
    new: NewUser,
    address: Option<String>,
) -> Result<User> {
    look(app, token, LinkPurpose::Setup).await?;
    let new = NewUser { role: Some(Role::Administrator), ..new };
    let (user, hash) = users::account(app, &new).await?;
    let mut tx = begin(app).await?;
    take(app, &mut tx, token, LinkPurpose::Setup).await?;
    nobody_in_charge(&mut tx).await?;
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    users::insert(app, &actor, &mut tx, (&user, hash.as_deref())).await?;
    Entry::new(app, "setup.completed", &actor)
        .user(&user.id, user.username.as_str())
        .address(address)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}

/// Uses an invitation up and sets the first password.
///
/// # Errors
/// `LinkExpired`; the link stays good when the password breaks the rules.
pub async fn take_invite(app: &App, token: &str, password: &Secret) -> Result<User> {
    take_password(app, token, password, LinkPurpose::Invite).await
}

/// Uses a reset link up and sets a new password; whoever was signed in is not any more.
///
/// # Errors
/// `LinkExpired`; the link stays good when the password breaks the rules.
pub async fn take_reset(app: &App, token: &str, password: &Secret) -> Result<User> {
    take_password(app, token, password, LinkPurpose::Reset).await
}

async fn take_password(
    app: &App,
    token: &str,
    password: &Secret,
    purpose: LinkPurpose,
) -> Result<User> {
    let user = look(app, token, purpose).await?.ok_or(DirectoryError::LinkExpired)?;
    check_password(app, &user, password)?;
    let hash = app.passwords.hash(password, &app.random).await?;
    let mut tx = begin(app).await?;
    let mailed_to = match Token::parse(token) {
        Some(token) => links::mailed_to(&mut tx, &token).await?,
        None => None,
    };
    let link = take(app, &mut tx, token, purpose).await?;
    let user = match link.user_id {
        Some(id) => store::users::find(&mut tx, &id).await?,
        None => None,
    };
    let user = user.filter(|user| user.disabled_at.is_none());
    let mut user = user.ok_or(DirectoryError::LinkExpired)?;
    // Whoever used it reads what is sent to that address.
    let verified = !user.email_verified && mailed_to.is_some() && mailed_to == user.email;
    if verified {
        user.email_verified = true;
        store::users::update(&mut tx, &user).await?;
    }
    store_password(app, &mut tx, &user, &hash).await?;
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    let mut entry = Entry::new(app, "user.password_set", &actor)
        .user(&user.id, user.username.as_str())
        .detail("link", if purpose == LinkPurpose::Invite { "invitation" } else { "reset link" });
    if verified {
        entry = entry.detail("verified", mailed_to);
    }
    entry.append(&mut tx).await?;
    commit(app, tx).await?;
    Ok(user)
}

async fn for_user(app: &App, actor: &Actor, name: &str, purpose: LinkPurpose) -> Result<Link> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    if user.disabled_at.is_some() {
        return Err(DirectoryError::UserDisabled(user.username.to_string()));
    }
    let link = send(app, actor, &mut tx, (&user.id, &user.username, purpose)).await?;
    commit(app, tx).await?;
    Ok(link)
}

/// Makes a link that goes to somebody's address by mail, in place of earlier ones. One that they
/// asked for themselves works for an hour, in place of such ones alone: anybody can ask for it.
pub(super) async fn to_mail(
    app: &App,
    actor: &Actor,
    name: &str,
    (purpose, asked): (LinkPurpose, bool),
) -> Result<(User, String, Link)> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    if user.disabled_at.is_some() {
        return Err(DirectoryError::UserDisabled(user.username.to_string()));
    }
    let Some(address) = user.email.clone() else {
        return Err(DirectoryError::NoAddress(user.username.to_string()));
    };
    let link = if asked {
        links::withdraw_asked(&mut tx, &user.id).await?;
        make_for(app, actor, &mut tx, (purpose, Some(&user.id), HOUR)).await?
    } else {
        send(app, actor, &mut tx, (&user.id, &user.username, purpose)).await?
    };
    links::note_mailed(&mut tx, link.id, &address, asked).await?;
    commit(app, tx).await?;
    Ok((user, address, link))
}

/// Withdraws a link that did not arrive.
pub(super) async fn take_back(app: &App, link: &Link) -> Result<()> {
    let mut tx = begin(app).await?;
    links::delete(&mut tx, link.id).await?;
    commit(app, tx).await
}

/// Makes a link for somebody in an open transaction, in place of earlier ones.
pub(super) async fn send(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (id, username, purpose): (&UserId, &Username, LinkPurpose),
) -> Result<Link> {
    links::withdraw(tx, purpose, Some(id)).await?;
    let link = make(app, actor, tx, (purpose, Some(id))).await?;
    let kind = if purpose == LinkPurpose::Invite { "user.invited" } else { "user.reset_link_made" };
    Entry::new(app, kind, actor)
        .user(id, username.as_str())
        .detail("expires_at", link.expires_at.rfc3339())
        .append(tx)
        .await?;
    Ok(link)
}

async fn make(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (purpose, user): (LinkPurpose, Option<&UserId>),
) -> Result<Link> {
    let life = if purpose == LinkPurpose::Invite { 7 * DAY } else { DAY };
    make_for(app, actor, tx, (purpose, user, life)).await
}

async fn make_for(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (purpose, user, life): (LinkPurpose, Option<&UserId>, i64),
) -> Result<Link> {
    let path = match purpose {
        LinkPurpose::Setup => "/setup",
        LinkPurpose::Invite => "/invite",
        LinkPurpose::Reset => "/recover",
    };
    let token = app.random.token(&app.clock);
    let expires_at = app.clock.now() + life;
    let made_by = match actor {
        Actor::Staff(staff) => Some(staff.id()),
        _ => None,
    };
    let link = OneTimeLink { purpose, user_id: user.cloned(), expires_at };
    links::insert(tx, &token, &link, made_by).await?;
    let url = app.config.public_url.join(&format!("{path}?token={}", token.expose()));
    Ok(Link { url, expires_at, id: token.selector })
}

async fn take(app: &App, tx: &mut Tx, token: &str, purpose: LinkPurpose) -> Result<OneTimeLink> {
    let token = Token::parse(token).ok_or(DirectoryError::LinkExpired)?;
    still_good(links::take(tx, &token).await?, purpose, app.clock.now())
}

async fn good(
    app: &App,
    conn: &mut Conn,
    token: &str,
    purpose: LinkPurpose,
) -> Result<OneTimeLink> {
    let token = Token::parse(token).ok_or(DirectoryError::LinkExpired)?;
    still_good(links::find(conn, &token).await?, purpose, app.clock.now())
}

fn still_good(
    link: Option<OneTimeLink>,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<OneTimeLink> {
    link.filter(|link| link.purpose == purpose && now < link.expires_at)
        .ok_or(DirectoryError::LinkExpired)
}

async fn nobody_in_charge(conn: &mut Conn) -> Result<()> {
    let administrators = store::users::administrators(conn).await?;
    if administrators.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = administrators.iter().map(Username::as_str).take(5).collect();
    Err(DirectoryError::SetupDone(names.join(", ")))
}
