//! `grant_type=refresh_token`, RFC 6749 6, with rotation (RFC 9700 4.14.2).

use super::Tracked;
use super::issue::Issue;
use super::token::{Caller, Params, Tokens, refused};
use crate::app::AppState;
use crate::domain::{Actor, Cause, Client, Grant, RefreshToken, Timestamp, Token};
use crate::explain::audit::Entry;
use crate::protocol::next_step::allowed_claims;
use crate::protocol::refresh_grant::{self, Verdict};
use crate::protocol::target;
use crate::signin::person;
use crate::store::{self, grants, refresh_tokens};
use crate::web::error::JsonError;
use crate::web::extract::malformed;

/// Issues new tokens for a refresh token.
pub async fn refresh(
    app: &AppState,
    caller: &Caller,
    params: &Params,
) -> Result<Tokens, JsonError> {
    let client = &caller.client;
    let stray = |error| refused(app, &Tracked::stray(app, caller.layout, Some(&client.id)), error);
    let sent = params.refresh_token.as_deref();
    let sent = sent.ok_or_else(|| stray(malformed("refresh_token is required")))?;
    let registry = app.registry();
    let known = (registry.as_ref(), client.as_ref());
    let mut conn = app.db.read().await?;
    let Some((token, grant)) = look_up(&mut conn, sent).await? else {
        return Err(stray(refresh_grant::refusal(Cause::RefreshUnknown)));
    };
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    drop(conn);
    let tracked = Tracked::of_grant(&grant);
    let refuse = |error| refused(app, &tracked, error);
    refresh_grant::check(client, (&token, &grant), false, app.clock.now()).map_err(refuse)?;
    refresh_grant::check_key(&token, caller.cnf.as_ref()).map_err(refuse)?;
    let Some(person) = person else {
        return Err(refuse(refresh_grant::refusal(Cause::UserDisabled)));
    };
    // Access may have been taken away since: what the maps allow now is the most there is.
    let mut grant = grant;
    let Some(allowed) = registry.allowed_scopes(&client.id, &person.groups) else {
        return Err(refuse(refresh_grant::refusal(Cause::NoScopeMap)));
    };
    grant.claims.0 = allowed_claims(&grant.claims, &allowed, registry.scopes());
    let asked = refresh_grant::narrow(&token.scopes, params.scope.as_deref()).map_err(refuse)?;
    let target = target::narrowed(client, &grant.target, params.target()).map_err(refuse)?;
    let issue = Issue::new(app, known, (&grant, &person), asked.intersection(&allowed))
        .bound_to(caller.cnf.clone());
    let issue = issue.narrowed(target).ready().await.map_err(refuse)?;
    let mut tx = app.db.write().await?;
    let refresh_token = match replace(&mut tx, client, token, &grant, app.clock.now()).await? {
        Replaced::By(parent) => issue.store_refresh(&mut tx, Some(&parent)).await?,
        Replaced::Kept => sent.to_owned(),
        Replaced::Stolen => return stolen(app, tx, (&grant, &tracked)).await,
    };
    issue.store_access(&mut tx).await?;
    tx.commit().await?;
    tracked.done(app, "tokens_refreshed", Vec::new());
    let tokens = issue.sign(None, Some(refresh_token))?;
    tracked.issued(app, &tokens, client);
    Ok(tokens)
}

async fn look_up(
    conn: &mut store::Conn,
    sent: &str,
) -> store::Result<Option<(RefreshToken, Grant)>> {
    let Some(token) = Token::parse(sent) else { return Ok(None) };
    let found = refresh_tokens::with_grant(conn, token.selector).await?;
    Ok(found.filter(|(found, _)| token.matches(&found.hash)))
}

/// What became of a refresh token that was sent.
enum Replaced {
    /// Another takes its place.
    By(RefreshToken),
    /// This client's tokens stay.
    Kept,
    /// It had been replaced: somebody has a copy.
    Stolen,
}

/// Replaces the token, if this client's are replaced. Of several who bring it at once each is
/// served in turn, and only the last successor lives: whoever holds another is found out.
async fn replace(
    tx: &mut store::Tx,
    client: &Client,
    token: RefreshToken,
    grant: &Grant,
    now: Timestamp,
) -> Result<Replaced, JsonError> {
    if !client.settings.rotate_refresh_tokens {
        return Ok(Replaced::Kept);
    }
    if refresh_tokens::take(tx, token.id, now).await? {
        return Ok(Replaced::By(token));
    }
    refresh_tokens::hold(tx, token.id).await?;
    let Some(token) = refresh_tokens::find(tx, token.id).await? else {
        return Err(refresh_grant::refusal(Cause::RefreshUnknown).into());
    };
    let answered = refresh_tokens::successor_was_used(tx, &token).await?;
    match refresh_grant::check(client, (&token, grant), answered, now)? {
        Verdict::Good | Verdict::AnswerLost => {
            refresh_tokens::supersede_successors(tx, &token, now).await?;
            Ok(Replaced::By(token))
        }
        Verdict::Stolen => Ok(Replaced::Stolen),
    }
}

/// A replaced token comes again: somebody has a copy, and nobody can tell who.
async fn stolen(
    app: &AppState,
    mut tx: store::Tx,
    (grant, tracked): (&Grant, &Tracked),
) -> Result<Tokens, JsonError> {
    if grants::revoke(&mut tx, grant.id, app.clock.now()).await? {
        let cause = Cause::RefreshReused;
        let entry = Entry::new(app, "refresh_token.reused", &Actor::Anonymous).refused(cause);
        entry.grant(grant).append(&mut tx).await?;
    }
    tx.commit().await?;
    app.recent.forget();
    Err(refused(app, tracked, refresh_grant::refusal(Cause::RefreshReused)))
}
