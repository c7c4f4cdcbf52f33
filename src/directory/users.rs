//! People: make, change, close and delete their accounts.

use serde_json::json;
use sqlx::types::Json;

use super::credentials::{check_password, close};
use super::links::{self, Link};
use super::profile::{self, Details};
use super::revision::Revision;
use super::view::UserView;
use super::{
    DirectoryError, Done, Force, Result, begin_as, commit, diff, external_ids, find, rights,
};
use crate::app::App;
use crate::domain::{Actor, LinkPurpose, Profile, Role, Secret, SubMode, User, UserId, Username};
use crate::explain::audit::Entry;
use crate::store::{self, Conn, Tx, api_tokens, groups, is_taken, users};

/// A person to be.
#[derive(Debug, Default)]
pub struct NewUser {
    /// What they sign in with.
    pub username: String,
    /// What they may do in Keystead itself.
    pub role: Option<Role>,
    /// How they come to a password.
    pub password: FirstPassword,
    /// What else is known.
    pub details: Details,
}

/// How a new person comes to a password.
#[derive(Debug, Default)]
pub enum FirstPassword {
    /// Later, or never.
    #[default]
    Later,
    /// This is it.
    Given(Secret),
    /// They choose it themselves, by a link.
    Invitation,
}

/// A person just made.
pub struct Created {
    /// The account.
    pub user: User,
    /// The link with which they choose a password, if they were invited.
    pub invitation: Option<Link>,
}

/// A person who can be added at once.
pub struct Prepared {
    user: User,
    hash: Option<String>,
    new: NewUser,
}

/// What is to be changed; what is not named stays.
#[derive(Debug, Default)]
pub struct UserChange {
    /// Another username.
    pub username: Option<String>,
    /// Another role, or none.
    pub role: Option<Option<Role>>,
    /// Claims.
    pub details: Details,
    /// What the change was made from; refused if it is not so any more.
    pub revision: Option<Revision>,
}

/// Makes an account.
///
/// # Errors
/// When the name is taken, or a value or the password breaks its rule.
pub async fn create(app: &App, actor: &Actor, new: NewUser) -> Result<Created> {
    let prepared = prepare(app, actor, new).await?;
    add(app, actor, prepared).await
}

/// Does what takes long of `create`, for callers that go on to make several changes together.
///
/// # Errors
/// As `create`.
pub async fn prepare(app: &App, actor: &Actor, new: NewUser) -> Result<Prepared> {
    rights::make_people(actor)?;
    if new.role.is_some() {
        rights::give_role(actor)?;
    }
    let (user, hash) = account(app, &new).await?;
    rights::vouch(actor, &app.registry(), (None, &user))?;
    Ok(Prepared { user, hash, new })
}

/// Does the rest of `create`.
///
/// # Errors
/// As `create`.
pub async fn add(app: &App, actor: &Actor, prepared: Prepared) -> Result<Created> {
    let Prepared { user, hash, new } = prepared;
    let mut tx = begin_as(app, actor).await?;
    insert(app, actor, &mut tx, (&user, hash.as_deref())).await?;
    external_ids::first(app, actor, &mut tx, (&user, &new.details.external_ids)).await?;
    let invitation = match new.password {
        FirstPassword::Invitation => {
            let whom = (&user.id, &user.username, LinkPurpose::Invite);
            Some(links::send(app, actor, &mut tx, whom).await?)
        }
        FirstPassword::Later | FirstPassword::Given(_) => None,
    };
    commit(app, tx).await?;
    Ok(Created { user, invitation })
}

/// Checks everything that can be checked before the transaction, and hashes the password.
pub(super) async fn account(app: &App, new: &NewUser) -> Result<(User, Option<String>)> {
    let now = app.clock.now();
    let mut user = User {
        id: app.random.user_id(),
        username: Username::parse(&new.username)?,
        display_name: None,
        given_name: None,
        family_name: None,
        email: None,
        email_verified: false,
        profile: Json(Profile::default()),
        role: new.role,
        password_changed_at: None,
        disabled_at: None,
        created_at: now,
        updated_at: now,
    };
    profile::apply(&mut user, &new.details)?;
    let FirstPassword::Given(password) = &new.password else { return Ok((user, None)) };
    check_password(app, &user, password)?;
    user.password_changed_at = Some(now);
    Ok((user, Some(app.passwords.hash(password, &app.random).await?)))
}

/// Adds the account in an open transaction. The first administrator ends the setting up.
pub(super) async fn insert(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (user, hash): (&User, Option<&str>),
) -> Result<()> {
    free_address(tx, user).await?;
    users::insert(tx, user, hash).await.map_err(|error| taken(error, &user.username))?;
    links::end_setup(tx, user).await?;
    Entry::new(app, "user.created", actor)
        .user(&user.id, user.username.as_str())
        .detail("role", json!(user.role))
        .append(tx)
        .await?;
    Ok(())
}

/// An address identifies one person: they may sign in with it, and clients may call them by it.
async fn free_address(tx: &mut Tx, user: &User) -> Result<()> {
    let Some(email) = &user.email else { return Ok(()) };
    let holders = users::find_by_email(tx, email).await?;
    if holders.iter().all(|holder| holder.id == user.id) {
        return Ok(());
    }
    Err(DirectoryError::Taken { what: "e-mail address", name: email.clone() })
}

/// Changes what is known of a person.
///
/// # Errors
/// When the name is taken, a value breaks its rule, or nobody could administer Keystead any more.
pub async fn update(
    app: &App,
    actor: &Actor,
    name: &str,
    change: UserChange,
    force: Force,
) -> Result<Done<User>> {
    let mut tx = begin_as(app, actor).await?;
    let before = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &before)?;
    Revision::check(change.revision.as_ref(), &UserView::from(&before), name)?;
    let mut user = before.clone();
    if let Some(username) = &change.username {
        user.username = Username::parse(username)?;
    }
    if let Some(role) = change.role {
        rights::give_role(actor)?;
        user.role = role;
    }
    profile::apply(&mut user, &change.details)?;
    rights::vouch(actor, &app.registry(), (Some(&before), &user))?;
    if user.role != Some(Role::Administrator) {
        keep_one_administrator(&mut tx, &before, force).await?;
    }
    let mut changes = diff::changes(&UserView::from(&before), &UserView::from(&user));
    // The role says it already.
    changes.remove("administrator");
    let external =
        external_ids::apply(&mut tx, actor, &before, &change.details.external_ids).await?;
    let mut notes = external_ids::strangers(app, &external);
    changes.extend(external);
    if changes.is_empty() {
        return Ok(Done::nothing(before, "Nothing changed."));
    }
    user.updated_at = app.clock.now();
    if user.role != before.role {
        // Whoever could reach the account as it was holds links and sessions that would open what
        // it is now.
        close(app, &mut tx, &user.id).await?;
        end_role(&mut tx, &user.id).await?;
    }
    free_address(&mut tx, &user).await?;
    users::update(&mut tx, &user).await.map_err(|error| taken(error, &user.username))?;
    links::end_setup(&mut tx, &user).await?;
    Entry::new(app, "user.updated", actor)
        .user(&user.id, user.username.as_str())
        .detail("changes", changes)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    notes.extend(strangers(app, &before, &user));
    Ok(Done::new(user, notes))
}

/// Closes an account: nobody signs in with it, its sessions end, and nothing issued to it works.
///
/// # Errors
/// When nobody could administer Keystead any more.
pub async fn disable(app: &App, actor: &Actor, name: &str, force: Force) -> Result<Done<User>> {
    let mut tx = begin_as(app, actor).await?;
    let mut user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    if user.disabled_at.is_some() {
        let note = format!("'{}' was disabled before.", user.username);
        return Ok(Done::nothing(user, note));
    }
    keep_one_administrator(&mut tx, &user, force).await?;
    let now = app.clock.now();
    user.disabled_at = Some(now);
    let sessions = close(app, &mut tx, &user.id).await?;
    end_role(&mut tx, &user.id).await?;
    save(app, actor, &mut tx, (&mut user, "user.disabled", Some(("sessions", sessions)))).await?;
    commit(app, tx).await?;
    Ok(Done::new(user, None))
}

/// Opens a closed account again.
///
/// # Errors
/// When there is no such person.
pub async fn enable(app: &App, actor: &Actor, name: &str) -> Result<Done<User>> {
    let mut tx = begin_as(app, actor).await?;
    let mut user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    if user.disabled_at.take().is_none() {
        let note = format!("'{}' was not disabled.", user.username);
        return Ok(Done::nothing(user, note));
    }
    links::end_setup(&mut tx, &user).await?;
    save(app, actor, &mut tx, (&mut user, "user.enabled", None)).await?;
    commit(app, tx).await?;
    Ok(Done::new(user, None))
}

/// Deletes an account and all that hangs off it.
///
/// # Errors
/// When nobody could administer Keystead any more.
pub async fn delete(app: &App, actor: &Actor, name: &str, force: Force) -> Result<User> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    keep_one_administrator(&mut tx, &user, force).await?;
    // What hangs off the account goes with it; clients are told while it is there.
    close(app, &mut tx, &user.id).await?;
    users::delete(&mut tx, &user.id).await?;
    Entry::new(app, "user.deleted", actor)
        .user(&user.id, user.username.as_str())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}

/// The names of a person's groups: those they were put into, and those that follow from nesting.
///
/// # Errors
/// When the database refuses.
pub async fn groups_of(app: &App, user: &User) -> Result<(Vec<String>, Vec<String>)> {
    let direct = groups::direct(&mut app.db.read().await?, &user.id).await?;
    let registry = app.registry();
    let all = registry.effective_groups(direct.clone());
    let (direct, inherited) = all.into_iter().partition::<Vec<_>, _>(|id| direct.contains(id));
    let names = |ids: Vec<_>| {
        let mut names: Vec<String> = ids.iter().map(|id| find::group_name(&registry, id)).collect();
        names.sort();
        names
    };
    Ok((names(direct), names(inherited)))
}

async fn save(
    app: &App,
    actor: &Actor,
    tx: &mut Tx,
    (user, kind, detail): (&mut User, &str, Option<(&str, u64)>),
) -> Result<()> {
    user.updated_at = app.clock.now();
    users::update(tx, user).await?;
    let mut entry = Entry::new(app, kind, actor).user(&user.id, user.username.as_str());
    if let Some((name, value)) = detail {
        entry = entry.detail(name, value);
    }
    entry.append(tx).await?;
    Ok(())
}

/// Takes away what somebody made by their role and could go on using.
async fn end_role(tx: &mut Tx, user: &UserId) -> Result<()> {
    api_tokens::delete_of_user(tx, user).await?;
    store::links::withdraw_made_by(tx, user).await?;
    Ok(())
}

async fn keep_one_administrator(conn: &mut Conn, user: &User, force: Force) -> Result<()> {
    let could_sign_in = user.role == Some(Role::Administrator) && user.disabled_at.is_none();
    if could_sign_in && force == Force::No && users::count_administrators(conn).await? == 1 {
        return Err(DirectoryError::LastAdministrator(user.username.to_string()));
    }
    Ok(())
}

/// The clients to which a change makes the person look like somebody else.
fn strangers(app: &App, before: &User, after: &User) -> Vec<String> {
    let changed = |mode: &SubMode| match mode {
        SubMode::Username => before.username != after.username,
        SubMode::Email => before.email != after.email,
        SubMode::Uuid | SubMode::External(_) | SubMode::Pairwise => false,
    };
    let clients = app.registry().clients();
    let met = clients.iter().filter(|client| changed(&client.settings.sub));
    met.map(|client| {
        format!(
            "'{}' knows people by what was changed, and will take this person for a new one.",
            client.id
        )
    })
    .collect()
}

fn taken(error: store::Error, username: &Username) -> DirectoryError {
    match is_taken(&error) {
        true => DirectoryError::Taken { what: "username", name: username.to_string() },
        false => error.into(),
    }
}
