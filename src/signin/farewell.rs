//! Which clients are to be told that somebody signed out: those that the person signed in to in the
//! session that ended, or in any.

use std::collections::HashSet;
use std::sync::Arc;

use super::person;
use crate::app::App;
use crate::domain::{Client, Layout, LogoutToken, Session, User, UserId};
use crate::store::{self, Tx, grants, logout_tokens, users};

/// Sign-ins that are told of when all of a person's end: each is a request to somebody.
const MOST: i64 = 500;

/// Where somebody signed in to a client.
pub type SignIn = (Arc<Client>, Layout);

/// Queues what clients are told of a session that has just ended, in the transaction that ended it.
/// Says where the person had signed in.
///
/// # Errors
/// When the database refuses.
pub async fn of_session(app: &App, tx: &mut Tx, session: &Session) -> store::Result<Vec<SignIn>> {
    let registry = app.registry();
    if !registry.some_client(|client| listens(client) || is_framed(client)) {
        return Ok(Vec::new());
    }
    let known = grants::clients_of_session(tx, &session.user_id, &session.sid).await?;
    let known: Vec<SignIn> = known
        .into_iter()
        .filter_map(|(id, layout)| Some((registry.client(&id)?, layout)))
        .collect();
    let Some(user) = users::find(tx, &session.user_id).await? else { return Ok(known) };
    for (client, layout) in known.iter().filter(|(client, _)| listens(client)) {
        queue(app, tx, (client, *layout), (&user, Some(&session.sid))).await?;
    }
    Ok(known)
}

/// The same where all sessions of a person have just ended, and before anything that was given in
/// them is revoked. Clients that need no session are told once, of all.
///
/// # Errors
/// When the database refuses.
pub async fn of_user(app: &App, tx: &mut Tx, user: &UserId) -> store::Result<()> {
    let registry = app.registry();
    if !registry.some_client(listens) {
        return Ok(());
    }
    let known = grants::clients_of_user(tx, user, app.clock.now(), MOST).await?;
    let Some(user) = users::find(tx, user).await? else { return Ok(()) };
    let mut told = HashSet::new();
    for (id, layout, sid) in known {
        let Some(client) = registry.client(&id).filter(|client| listens(client)) else { continue };
        let sid = Some(sid).filter(|_| client.settings.backchannel_logout_session_required);
        if told.insert((id, layout, sid.clone())) {
            queue(app, tx, (&client, layout), (&user, sid.as_deref())).await?;
        }
    }
    Ok(())
}

/// Told by us.
fn listens(client: &Client) -> bool {
    client.settings.backchannel_logout_uri.is_some()
}

/// Told by the browser.
fn is_framed(client: &Client) -> bool {
    client.settings.frontchannel_logout_uri.is_some()
}

async fn queue(
    app: &App,
    tx: &mut Tx,
    (client, layout): (&Client, Layout),
    (user, sid): (&User, Option<&str>),
) -> store::Result<()> {
    let token = LogoutToken {
        id: app.random.selector(&app.clock),
        client_id: client.id.clone(),
        user_id: user.id.clone(),
        sub: person::sub(app, tx, client, user).await?,
        sid: sid.map(str::to_owned),
        layout,
        flow: app.random.flow_ref(),
        attempts: 0,
        due_at: app.clock.now(),
        problem: None,
        answered: None,
        done_at: None,
    };
    logout_tokens::insert(tx, &token).await
}
