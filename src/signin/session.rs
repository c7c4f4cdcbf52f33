//! Browser sessions: begun at sign-in, found by their cookie, ended by a wish.

use std::net::IpAddr;

use sqlx::types::Json;

use super::farewell::{self, SignIn};
use super::lifetimes;
use crate::app::App;
use crate::domain::{Actor, Layout, Session, Token, User};
use crate::explain::audit::Entry;
use crate::store::{self, Conn, Tx, grants, sessions, users};

/// A session in use is noted at most so often, in seconds: a write for each request is too many.
const NOTE_EVERY: i64 = 60;

/// How a session begins.
pub struct Start<'a> {
    /// The layout on which the sign-in started.
    pub layout: Layout,
    /// Outlive the browser window.
    pub remember: bool,
    /// Where from.
    pub address: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<&'a str>,
    /// By which means (RFC 8176).
    pub amr: &'a [&'a str],
    /// The session that this one takes the place of, in the same browser.
    pub former: Option<Session>,
}

/// Begins a session; the token is its cookie. Always a fresh one, so that a cookie from before
/// the sign-in opens nothing. Where the same person signs in again, what was granted before goes
/// on under the new session; what another left behind ends.
///
/// # Errors
/// When the database refuses.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    user: &User,
    start: &Start<'_>,
) -> store::Result<(Session, Token)> {
    let (token, now) = (app.random.token(&app.clock), app.clock.now());
    let same = start.former.as_ref().filter(|former| former.user_id == user.id);
    // A box that is no longer offered can still be sent.
    let remember = start.remember && app.registry().settings().sign_in.remember;
    let session = Session {
        id: token.selector,
        hash: token.hash(),
        sid: same.map_or_else(|| app.random.uuid(), |former| former.sid.clone()),
        user_id: user.id.clone(),
        layout: start.layout,
        auth_time: now,
        amr: Json(start.amr.iter().map(|means| (*means).to_owned()).collect()),
        remember,
        address: start.address.map(|ip| ip.to_string()),
        user_agent: start.user_agent.map(|text| text.chars().take(256).collect()),
        created_at: now,
        last_seen_at: now,
        expires_at: now + lifetimes::life(app, remember),
        ended_at: None,
    };
    sessions::insert(tx, &session).await?;
    match (&start.former, same) {
        (Some(former), Some(_)) => {
            sessions::end(tx, former.id, now).await?;
            grants::move_to_session(tx, &user.id, (former.id, session.id)).await?;
        }
        (Some(another), None) => {
            end(app, tx, another).await?;
            note_end(app, tx, (user, another), start.address).await?;
        }
        (None, _) => {}
    }
    Ok((session, token))
}

/// Notes that somebody's sign-in ended another person's session in the same browser.
async fn note_end(
    app: &App,
    tx: &mut Tx,
    (user, ended): (&User, &Session),
    address: Option<IpAddr>,
) -> store::Result<()> {
    let Some(other) = users::find(tx, &ended.user_id).await? else { return Ok(()) };
    let actor = Actor::User(user.id.clone(), user.username.to_string());
    Entry::new(app, "session.ended", &actor)
        .user(&other.id, other.username.as_str())
        .address(address.map(|ip| ip.to_string()))
        .append(tx)
        .await
}

/// The session of a cookie, if it still stands.
///
/// # Errors
/// When the database refuses.
pub async fn find(app: &App, conn: &mut Conn, cookie: &Token) -> store::Result<Option<Session>> {
    let idle = lifetimes::idle(app);
    let found = sessions::find(conn, cookie.selector).await?;
    Ok(found.filter(|s| cookie.matches(&s.hash) && s.is_live(app.clock.now(), idle)))
}

/// Notes that a session is in use, if that was not done a moment ago.
///
/// # Errors
/// When the database refuses.
pub async fn note_use(app: &App, session: &Session) -> store::Result<()> {
    let now = app.clock.now();
    if now - session.last_seen_at < NOTE_EVERY {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    sessions::touch(&mut tx, session.id, now).await?;
    tx.commit().await
}

/// Ends a session and all that was granted in it, except what people allowed to outlive it, and
/// queues what clients are told of it. Says where the person had signed in.
///
/// # Errors
/// When the database refuses.
pub async fn end(app: &App, tx: &mut Tx, session: &Session) -> store::Result<Vec<SignIn>> {
    let (id, now) = (session.id, app.clock.now());
    let ended = sessions::end(tx, id, now).await?;
    grants::revoke_of_session(tx, &session.user_id, id, now).await?;
    match ended {
        true => farewell::of_session(app, tx, session).await,
        // Whoever ended it told them.
        false => Ok(Vec::new()),
    }
}
