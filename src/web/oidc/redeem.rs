//! `grant_type=authorization_code`, RFC 6749 4.1.3.

use super::Tracked;
use super::issue::Issue;
use super::token::{Caller, Params, Tokens, refused};
use crate::app::AppState;
use crate::domain::{Actor, Cause, Grant, GrantType, Token};
use crate::explain::audit::Entry;
use crate::integration;
use crate::protocol::code_grant::{self, Proof};
use crate::protocol::{OAuthError, target};
use crate::signin::person;
use crate::store::{self, codes, grants};
use crate::web::error::JsonError;
use crate::web::extract::malformed;

/// Redeems a code: whatever comes of it, the code is used up.
pub async fn code(app: &AppState, caller: &Caller, params: &Params) -> Result<Tokens, JsonError> {
    let stray =
        |error| refused(app, &Tracked::stray(app, caller.layout, Some(&caller.client.id)), error);
    let text = params.code.as_deref().ok_or_else(|| stray(malformed("code is required")))?;
    if text == integration::NO_CODE {
        // Our own question whether the secret is accepted: nothing failed.
        return Err(code_grant::refusal(Cause::CodeUnknown).into());
    }
    let Some(token) = Token::parse(text) else {
        return Err(stray(code_grant::refusal(Cause::CodeUnknown)));
    };
    let registry = app.registry();
    let known = (registry.as_ref(), caller.client.as_ref());
    let mut conn = app.db.read().await?;
    let Some((code, grant)) = codes::with_grant(&mut conn, &token).await? else {
        return Err(stray(code_grant::refusal(Cause::CodeUnknown)));
    };
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    drop(conn);
    let tracked = Tracked::of_grant(&grant);
    let proof = Proof {
        client_id: &caller.client.id,
        redirect_uri: params.redirect_uri.as_deref(),
        verifier: params.code_verifier.as_deref(),
        cnf: caller.cnf.as_ref(),
    };
    let checked = code_grant::check(&code, &grant, &proof, app.clock.now())
        .and_then(|()| target::narrowed(&caller.client, &grant.target, params.target()));
    let Some(person) = person else {
        return burn(app, &token, (&grant, &tracked), code_grant::refusal(Cause::UserDisabled))
            .await;
    };
    let target = match checked {
        Ok(target) => target,
        Err(error) => return burn(app, &token, (&grant, &tracked), error).await,
    };
    let issue = Issue::new(app, known, (&grant, &person), grant.scopes.0.clone())
        .bound_to(caller.cnf.clone());
    let issue =
        issue.narrowed(target).ready().await.map_err(|error| refused(app, &tracked, error))?;
    let refresh = grant.scopes.contains("offline_access")
        && caller.client.settings.grant_types.contains(&GrantType::RefreshToken);
    let mut tx = app.db.write().await?;
    if codes::take(&mut tx, &token, app.clock.now()).await?.is_none() {
        return reused(app, tx, (&grant, &tracked)).await;
    }
    let refresh_token =
        if refresh { Some(issue.store_refresh(&mut tx, None).await?) } else { None };
    issue.store_access(&mut tx).await?;
    tx.commit().await?;
    let sent = vec![("client_auth", caller.method.as_str().to_owned())];
    tracked.done(app, "code_redeemed", sent);
    let tokens = issue.sign(grant.nonce.as_deref(), refresh_token)?;
    tracked.issued(app, &tokens, &caller.client);
    Ok(tokens)
}

/// Uses the code up and refuses it; if it had been used before, that is the graver reason.
async fn burn(
    app: &AppState,
    token: &Token,
    (grant, tracked): (&Grant, &Tracked),
    error: OAuthError,
) -> Result<Tokens, JsonError> {
    let mut tx = app.db.write().await?;
    if codes::take(&mut tx, token, app.clock.now()).await?.is_none() {
        return reused(app, tx, (grant, tracked)).await;
    }
    tx.commit().await?;
    Err(refused(app, tracked, error))
}

/// A code that comes a second time: whoever has the tokens of the first may be the thief
/// (RFC 6749 4.1.2, RFC 9700 2.1.1).
async fn reused(
    app: &AppState,
    mut tx: store::Tx,
    (grant, tracked): (&Grant, &Tracked),
) -> Result<Tokens, JsonError> {
    if grants::revoke(&mut tx, grant.id, app.clock.now()).await? {
        let entry = Entry::new(app, "code.reused", &Actor::Anonymous).refused(Cause::CodeReused);
        entry.grant(grant).append(&mut tx).await?;
    }
    tx.commit().await?;
    app.recent.forget();
    Err(refused(app, tracked, code_grant::refusal(Cause::CodeReused)))
}

/// Notes a refused client authentication on the flow of the code that came along, so that the
/// administrator sees why the code was never redeemed; `false` if there is no such flow.
pub async fn note_refusal(
    app: &AppState,
    code: Option<&str>,
    error: &OAuthError,
) -> store::Result<bool> {
    let Some(token) = code.and_then(Token::parse) else { return Ok(false) };
    let mut conn = app.db.read().await?;
    let Some((_, grant)) = codes::with_grant(&mut conn, &token).await? else { return Ok(false) };
    Tracked::of_grant(&grant).refused(app, error);
    Ok(true)
}
