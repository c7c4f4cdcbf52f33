//! Sessions of people: who is signed in where, and ending it.

use std::collections::{BTreeMap, BTreeSet};

use super::{DirectoryError, Fate, Result, batch, begin_as, commit, find, rights, together};
use crate::app::App;
use crate::domain::{Actor, Selector, Session, Timestamp, User, UserId};
use crate::explain::audit::Entry;
use crate::signin::{farewell, lifetimes, session};
use crate::store::sessions::Filter;
use crate::store::{Conn, Tx, backchannel_requests, grants, sessions, users};

/// The sessions of a person that still stand, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_user(app: &App, user: &User) -> Result<Vec<Session>> {
    let idle = lifetimes::idle(app);
    let all = sessions::of_user(&mut app.db.read().await?, &user.id).await?;
    Ok(all.into_iter().filter(|session| session.is_live(app.clock.now(), idle)).collect())
}

/// Those that stand now.
pub fn standing(app: &App) -> Filter {
    let now = app.clock.now();
    let idle = lifetimes::idle(app);
    Filter::standing(now, Timestamp(now.0.saturating_sub(idle)))
}

/// How many sessions stand of each of these people.
///
/// # Errors
/// When the database refuses.
pub async fn count_each(app: &App, users: &[UserId]) -> Result<BTreeMap<UserId, i64>> {
    let Filter { now, idle, .. } = standing(app);
    let mut conn = app.db.read().await?.apart();
    Ok(sessions::count_each(&mut conn, (now, idle), users).await?.into_iter().collect())
}

/// Those of these sessions that were not ended, each with whose it is.
///
/// # Errors
/// When the actor may not end one of them, or there are too many.
pub async fn chosen(app: &App, actor: &Actor, ids: &[Selector]) -> Result<Vec<(Session, User)>> {
    reached(&mut app.db.read().await?.apart(), actor, ids).await
}

/// Ends these sessions, whosever they are, and what was granted in them: all of those that stand,
/// or none. Says how many there were, and of how many people.
///
/// # Errors
/// As `chosen`.
pub async fn end_several(app: &App, actor: &Actor, ids: &[Selector]) -> Result<(usize, usize)> {
    let mut tx = begin_as(app, actor).await?;
    let all = reached(&mut tx, actor, ids).await?;
    for (session, user) in &all {
        end_whole(app, &mut tx, session).await?;
        Entry::new(app, "session.ended", actor)
            .user(&user.id, user.username.as_str())
            .append(&mut tx)
            .await?;
    }
    commit(app, tx).await?;
    let people: BTreeSet<&UserId> = all.iter().map(|(_, user)| &user.id).collect();
    Ok((all.len(), people.len()))
}

async fn reached(conn: &mut Conn, actor: &Actor, ids: &[Selector]) -> Result<Vec<(Session, User)>> {
    batch::bounded(ids.len())?;
    let (mut all, mut beyond) = (Vec::new(), BTreeSet::new());
    for id in ids {
        let found = sessions::find(conn, *id).await?.filter(|found| found.ended_at.is_none());
        let Some(found) = found else { continue };
        let Some(user) = users::find(conn, &found.user_id).await? else { continue };
        if !rights::reaches_user(actor, &user) {
            beyond.insert(user.username.to_string());
        }
        all.push((found, user));
    }
    batch::within_reach(beyond)?;
    Ok(all)
}

/// Ends a session from outside, and all that was granted in it: whoever signs out a browser that is
/// not at hand wants nothing of it to go on.
async fn end_whole(app: &App, tx: &mut Tx, session: &Session) -> Result<()> {
    session::end(app, tx, session).await?;
    let now = app.clock.now();
    grants::revoke_with_session(tx, &session.user_id, session.id, now).await?;
    Ok(())
}

/// Ends one session of a person from another one of theirs, which must stand still.
///
/// # Errors
/// When one of them is not theirs, or has ended.
pub async fn end_from(
    app: &App,
    actor: &Actor,
    name: &str,
    (from, id): (Selector, Selector),
) -> Result<User> {
    together(app, async {
        let mut tx = begin_as(app, actor).await?;
        let user = find::user(&mut tx, name).await?;
        stands(&mut tx, &user, from).await?;
        drop(tx);
        Ok(Fate::Keep(end(app, actor, name, id).await?))
    })
    .await
}

/// Refuses to go on for a browser that was signed out meanwhile.
async fn stands(tx: &mut Tx, user: &User, session: Selector) -> Result<()> {
    let found = sessions::find(tx, session).await?;
    match found.filter(|found| found.user_id == user.id && found.ended_at.is_none()) {
        Some(_) => Ok(()),
        None => Err(DirectoryError::NotThere("this browser is not signed in any more".into())),
    }
}

/// Ends one session of a person, and what was granted in it.
///
/// # Errors
/// When it is not theirs, or has ended.
pub async fn end(app: &App, actor: &Actor, name: &str, id: Selector) -> Result<User> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let found = sessions::find(&mut tx, id).await?;
    let found = found.filter(|session| session.user_id == user.id && session.ended_at.is_none());
    let Some(found) = found else {
        return Err(DirectoryError::NotThere(format!("'{}' has no such session", user.username)));
    };
    end_whole(app, &mut tx, &found).await?;
    Entry::new(app, "session.ended", actor)
        .user(&user.id, user.username.as_str())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}

/// Ends every session of a person and revokes what they gave to clients: wherever they are, they
/// sign in again. Says how many sessions there were.
///
/// # Errors
/// When there is no such person.
pub async fn end_all(app: &App, actor: &Actor, name: &str) -> Result<(User, u64)> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let now = app.clock.now();
    // In the order of `credentials::close`.
    let ended = sessions::end_of_user(&mut tx, &user.id, now).await?;
    farewell::of_user(app, &mut tx, &user.id).await?;
    grants::revoke_of_user(&mut tx, &user.id, None, now).await?;
    backchannel_requests::refuse_of_user(&mut tx, &user.id, now).await?;
    Entry::new(app, "user.signed_out", actor)
        .user(&user.id, user.username.as_str())
        .detail("sessions", ended)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok((user, ended))
}

/// Ends every session of a person but `keep`, and what was granted in them. Says how many there were.
///
/// # Errors
/// When there is no such person, or `keep` has ended itself.
pub async fn end_others(app: &App, actor: &Actor, name: &str, keep: Selector) -> Result<usize> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    stands(&mut tx, &user, keep).await?;
    let mut others = sessions::of_user(&mut tx, &user.id).await?;
    others.retain(|session| session.id != keep);
    if others.is_empty() {
        return Ok(0);
    }
    for session in &others {
        end_whole(app, &mut tx, session).await?;
    }
    Entry::new(app, "user.signed_out_elsewhere", actor)
        .user(&user.id, user.username.as_str())
        .detail("sessions", others.len())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(others.len())
}
