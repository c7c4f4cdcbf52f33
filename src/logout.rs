//! Tells clients that somebody signed out, OpenID Connect Back-Channel Logout 1.0, 2.5: what waits in
//! the database is sent, again and again if need be, by whichever node takes it first.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::app::App;
use crate::domain::{Actor, Cause, Client, FlowState, LogoutToken, MINUTE, Selector};
use crate::explain::FlowNote;
use crate::explain::audit::Entry;
use crate::fetch::FetchError;
use crate::layouts;
use crate::protocol::logout_token::{self, Content, TYP};
use crate::registry::Snapshot;
use crate::store::logout_tokens::{self, Attempt};
use crate::store::{self, Tx};

/// Requests under way at once.
const AT_ONCE: i64 = 32;
/// Seconds after which another node takes what one took and never settled.
const LEASE: i64 = MINUTE;
/// Attempts after which a client is given up.
pub const ATTEMPTS: i64 = 8;
/// Seconds between the first attempt and the second; each pause is four times the one before, so that
/// the last attempt comes after some eight hours.
const PAUSE: i64 = 5;

/// Sends what is due.
///
/// # Errors
/// When the database refuses; what was taken is sent again once its lease is over.
pub async fn deliver(app: &App) -> store::Result<()> {
    loop {
        let now = app.clock.now();
        let due = logout_tokens::due(&mut app.db.read().await?, now, AT_ONCE).await?;
        for sent in join_all(due.iter().map(|id| send(app, *id))).await {
            sent?;
        }
        if (due.len() as i64) < AT_ONCE {
            return Ok(());
        }
    }
}

/// Why a client was not told.
struct Problem {
    cause: Cause,
    told: String,
}

async fn send(app: &App, id: Selector) -> store::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let taken = logout_tokens::take(&mut tx, id, (now, now + LEASE)).await?;
    tx.commit().await?;
    let Some(token) = taken else { return Ok(()) };
    let registry = app.registry();
    let client = registry.client(&token.client_id);
    let address = client.and_then(|client| {
        let address = client.settings.backchannel_logout_uri.clone()?;
        Some((client, address))
    });
    let Some((client, address)) = address else {
        // It does not want to know any more.
        let mut tx = app.db.write().await?;
        logout_tokens::delete(&mut tx, token.id).await?;
        return tx.commit().await;
    };
    let problem = match signed(app, (&registry, &client), &token) {
        Ok(jwt) => {
            let sent = app.fetcher.post(&address, &[("logout_token", jwt.as_str())]).await;
            sent.err().map(|error| Problem { cause: cause(&error), told: error.to_string() })
        }
        Err(told) => Some(Problem { cause: Cause::ServerError, told }),
    };
    settle(app, &token, problem, address).await
}

/// A fresh logout token: one that was sent before may have been seen before.
fn signed(
    app: &App,
    (registry, client): (&Snapshot, &Arc<Client>),
    token: &LogoutToken,
) -> Result<String, String> {
    let alg = client.settings.alg;
    let signer = registry.keyring.signer(alg);
    let signer = signer.ok_or_else(|| format!("no active {} key", alg.as_str()))?;
    let content = Content {
        issuer: &layouts::issuer(app.config.public_url.as_str(), token.layout, client),
        client,
        sub: &token.sub,
        sid: token.sid.as_deref(),
        jti: app.random.uuid(),
    };
    let claims = logout_token::claims(content, app.clock.now());
    signer.sign(TYP, &claims).map_err(|error| error.to_string())
}

fn cause(error: &FetchError) -> Cause {
    match error {
        FetchError::NotHttps(_) | FetchError::Private(_) => Cause::LogoutAddressRefused,
        FetchError::NotTrusted { .. } => Cause::LogoutNotTrusted,
        FetchError::Unreachable { .. } => Cause::LogoutUnreachable,
        FetchError::Status { .. } | FetchError::TooLong(_) => Cause::LogoutNotAccepted,
    }
}

/// Notes what came of an attempt, with its line of the audit log.
async fn settle(
    app: &App,
    token: &LogoutToken,
    problem: Option<Problem>,
    address: String,
) -> store::Result<()> {
    let now = app.clock.now();
    let over = problem.is_none() || token.attempts >= ATTEMPTS;
    let attempt = Attempt {
        problem: problem.as_ref().map(|problem| problem.cause),
        answered: problem.as_ref().map(|problem| problem.told.clone()),
        due_at: now + pause(token.attempts),
        done_at: over.then_some(now),
    };
    let mut tx = app.db.write().await?;
    if !logout_tokens::settle(&mut tx, token, &attempt).await? {
        return Ok(());
    }
    tell(app, &mut tx, token, (problem.as_ref(), over)).await?;
    tx.commit().await?;
    note(app, token, problem, address);
    Ok(())
}

/// Seconds until the attempt after this one.
fn pause(attempts: i64) -> i64 {
    let doubled = u32::try_from(attempts - 1).unwrap_or_default().min(10);
    PAUSE * 4_i64.pow(doubled)
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    token: &LogoutToken,
    (problem, over): (Option<&Problem>, bool),
) -> store::Result<()> {
    let kind = match (problem, over) {
        (None, _) => "logout_token.delivered",
        (Some(_), false) => "logout_token.failed",
        (Some(_), true) => "logout_token.given_up",
    };
    let mut entry = Entry::new(app, kind, &Actor::System)
        .client(&token.client_id)
        .of(&token.user_id)
        .flow(Some(&token.flow))
        .detail("attempt", token.attempts);
    if let Some(problem) = problem {
        entry = entry.refused(problem.cause).detail("told", problem.told.as_str());
    }
    entry.append(tx).await
}

/// Lets the explainer tell of it, once there is something to explain.
fn note(app: &App, token: &LogoutToken, problem: Option<Problem>, address: String) {
    let (kind, state) = match &problem {
        None if token.problem.is_none() => return,
        None => ("logout_token_delivered", FlowState::Open),
        Some(_) => ("logout_token_failed", FlowState::Failed),
    };
    let cause = problem.as_ref().map(|problem| problem.cause);
    let detail = match problem {
        Some(problem) => {
            tracing::warn!(
                client.id = token.client_id.as_str(),
                flow.r#ref = token.flow.as_str(),
                error = problem.told.as_str(),
                "a client could not be told that somebody signed out"
            );
            vec![
                ("offered", address),
                ("told", problem.told),
                ("attempt", token.attempts.to_string()),
            ]
        }
        None => vec![("attempt", token.attempts.to_string())],
    };
    let note = FlowNote {
        reference: token.flow.clone(),
        client: Some(token.client_id.clone()),
        user: Some(token.user_id.clone()),
        layout: token.layout,
        kind,
        state,
        cause,
        address: None,
        detail,
    };
    app.flows.note(note, &app.clock);
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS, pause};

    #[test]
    fn pauses_grow_and_the_last_attempt_comes_within_the_day() {
        assert_eq!([pause(1), pause(2), pause(3)], [5, 20, 80]);
        let whole: i64 = (1..ATTEMPTS).map(pause).sum();
        assert!((3600..86_400).contains(&whole), "{whole}");
        assert!(pause(i64::MAX) > 0);
    }
}
