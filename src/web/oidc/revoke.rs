//! The revocation endpoint, RFC 7009. A token that is not the caller's is left alone, and the
//! answer is the same.

use axum::Extension;
use axum::http::{HeaderMap, StatusCode};

use super::Tracked;
use super::client::{self, Asked};
use super::introspect::Params;
use super::live_token::{self, Kind};
use crate::app::AppState;
use crate::domain::{Actor, Client, Layout, Token};
use crate::explain::audit::Entry;
use crate::store::{access_tokens, grants, refresh_tokens};
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::visitor::Visitor;

/// `POST`
pub async fn post(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    headers: HeaderMap,
    ClientForm { client: form, params }: ClientForm<Params>,
) -> Result<StatusCode, JsonError> {
    let asked = Asked { visitor: &visitor, headers: &headers, endpoint: "revocation", layout };
    let (client, _) = client::authenticate(&app, &asked, &form).await?;
    let token = params.token.as_deref().ok_or_else(|| malformed("token is required"))?;
    if !revoke_refresh(&app, &client, token).await? {
        revoke_access(&app, &client, token).await?;
    }
    Ok(StatusCode::OK)
}

/// A refresh token takes its whole grant along (RFC 7009 2.1).
async fn revoke_refresh(app: &AppState, client: &Client, text: &str) -> Result<bool, Failure> {
    let Some(token) = Token::parse(text) else { return Ok(false) };
    let mut conn = app.db.read().await?;
    let found = refresh_tokens::with_grant(&mut conn, token.selector).await?;
    drop(conn);
    let Some((found, grant)) = found.filter(|(found, _)| token.matches(&found.hash)) else {
        return Ok(false);
    };
    if found.client_id == client.id {
        let mut tx = app.db.write().await?;
        if grants::revoke(&mut tx, grant.id, app.clock.now()).await? {
            let actor = Actor::Client(client.id.clone());
            Entry::new(app, "grant.revoked", &actor).grant(&grant).append(&mut tx).await?;
        }
        tx.commit().await?;
        app.recent.forget();
        Tracked::of_grant(&grant).done(app, "token_revoked", Vec::new());
    }
    Ok(true)
}

async fn revoke_access(app: &AppState, client: &Client, text: &str) -> Result<(), Failure> {
    let live = match live_token::resolve(app, text).await {
        Ok(live) => live,
        // It does not work anyhow, which is what was asked for.
        Err(Failure::Refused(_)) => return Ok(()),
        Err(broken) => return Err(broken),
    };
    if live.client_id != client.id {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    match &live.kind {
        Kind::Opaque(id) => access_tokens::revoke(&mut tx, *id, app.clock.now()).await?,
        Kind::Jwt(jti) => access_tokens::revoke_jwt(&mut tx, jti, live.expires_at).await?,
    };
    tx.commit().await?;
    app.recent.forget();
    Ok(())
}
