//! What clients are told of sign-outs: how far each got, and having them told again.

use serde::Serialize;

use super::{Done, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, ClientId, Delivery, FlowRef, LogoutToken, Timestamp};
use crate::explain::audit::Entry;
use crate::explain::{cause, explanation};
use crate::store::logout_tokens;

pub use crate::store::logout_tokens::Filter;

/// What a client is told, in words.
#[derive(Debug, Clone, Serialize)]
pub struct LogoutTokenView {
    /// Its reference, which is also that of the flow that tells of its trouble.
    #[serde(rename = "ref")]
    pub reference: FlowRef,
    /// When the session ended.
    pub queued_at: String,
    /// Who is told.
    pub client_id: ClientId,
    /// What the client calls the person.
    pub sub: String,
    /// Which session; `None` for all of them.
    pub sid: Option<String>,
    /// How far it got.
    pub delivery: Delivery,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: Option<String>,
    /// When it arrived, or was given up.
    pub done_at: Option<String>,
    /// Why the last attempt did not work.
    pub problem: Option<String>,
    /// What was heard then.
    pub answered: Option<String>,
}

impl From<&LogoutToken> for LogoutTokenView {
    fn from(token: &LogoutToken) -> LogoutTokenView {
        LogoutTokenView {
            reference: token.flow.clone(),
            queued_at: token.id.made_at().rfc3339(),
            client_id: token.client_id.clone(),
            sub: token.sub.clone(),
            sid: token.sid.clone(),
            delivery: token.delivery(),
            attempts: token.attempts,
            next_at: token.done_at.is_none().then(|| token.due_at.rfc3339()),
            done_at: token.done_at.map(Timestamp::rfc3339),
            problem: token.problem.clone(),
            answered: token.answered.clone(),
        }
    }
}

/// Why the last attempt did not work, as a heading; empty if it did.
pub fn problem(token: &LogoutToken) -> &str {
    let Some(code) = &token.problem else { return "" };
    cause(code).map_or(code.as_str(), |cause| explanation(cause).title)
}

/// The newest of them, `limit` at most.
///
/// # Errors
/// When the database refuses.
pub async fn list(app: &App, filter: &Filter, limit: i64) -> Result<Vec<LogoutToken>> {
    Ok(logout_tokens::list(&mut app.db.read().await?.apart(), filter, limit).await?)
}

/// The one with this reference.
///
/// # Errors
/// When the database refuses.
pub async fn find(app: &App, reference: &str) -> Result<Option<LogoutToken>> {
    let reference = FlowRef::heard(reference);
    Ok(logout_tokens::find(&mut app.db.read().await?, &reference).await?)
}

/// Has a client told again, at once and as often as the first time.
///
/// # Errors
/// When there is no such token.
pub async fn retry(app: &App, actor: &Actor, reference: &str) -> Result<Done<LogoutToken>> {
    let mut tx = begin_as(app, actor).await?;
    let found = logout_tokens::find(&mut tx, &FlowRef::heard(reference)).await?;
    let Some(token) = found else {
        return Err(find::not_found("logout", reference, Vec::new()));
    };
    rights::reach_client(&mut tx, actor, &token.client_id).await?;
    if !logout_tokens::retry(&mut tx, token.id, app.clock.now()).await? {
        let told = format!("'{}' was told, and is not told again.", token.client_id);
        return Ok(Done::nothing(token, told));
    }
    Entry::new(app, "logout_token.retried", actor)
        .client(&token.client_id)
        .of(&token.user_id)
        .flow(Some(&token.flow))
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(Done::new(token, None))
}
