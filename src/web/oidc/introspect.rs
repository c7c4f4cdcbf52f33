//! The introspection endpoint, RFC 7662. Any client with a secret may ask about any token it holds.

use axum::Extension;
use axum::http::HeaderMap;
use serde::Deserialize;

use super::client::{self, Asked};
use super::live_token;
use super::live_token::LiveToken;
use crate::app::AppState;
use crate::domain::{Cause, Confirmation, Layout, Token};
use crate::layouts;
use crate::protocol::authorize::filled;
use crate::protocol::introspection::Introspection;
use crate::protocol::{ErrorCode, OAuthError};
use crate::signin::person;
use crate::store::refresh_tokens;
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::json::NoStore;
use crate::web::visitor::Visitor;

/// The form of introspection and revocation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Params {
    /// The token in question.
    #[serde(deserialize_with = "filled")]
    pub token: Option<String>,
}

/// `POST`
pub async fn post(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    headers: HeaderMap,
    ClientForm { client: form, params }: ClientForm<Params>,
) -> Result<NoStore<Introspection>, JsonError> {
    let endpoint = "introspection";
    let asked = Asked { visitor: &visitor, headers: &headers, endpoint, layout };
    let (client, _) = client::authenticate(&app, &asked, &form).await?;
    if client.public {
        let text = "a public client may not introspect";
        return Err(
            OAuthError::new(ErrorCode::InvalidClient, Cause::ClientAuthMissing, text).into()
        );
    }
    let token = params.token.as_deref().ok_or_else(|| malformed("token is required"))?;
    Ok(NoStore(match live_token::resolve(&app, token).await {
        Ok(live) => describe(&app, &live).await?,
        Err(Failure::Refused(_)) => describe_refresh(&app, token).await?,
        Err(broken) => return Err(JsonError(broken)),
    }))
}

async fn describe(app: &AppState, live: &LiveToken) -> Result<Introspection, Failure> {
    let registry = app.registry();
    let Some(client) = registry.client(&live.client_id) else {
        return Ok(Introspection::inactive());
    };
    let (sub, username) = match &live.grant {
        None => (client.id.0.clone(), None),
        Some(grant) => {
            let mut conn = app.db.read().await?;
            let Some(audience) = registry.client(live.meant_for()) else {
                return Ok(Introspection::inactive());
            };
            let known = (registry.as_ref(), audience.as_ref());
            match person::load(app, &mut conn, known, &grant.user_id).await? {
                Some(person) => (person.sub, Some(person.user.username.to_string())),
                None => return Ok(Introspection::inactive()),
            }
        }
    };
    Ok(Introspection {
        active: true,
        scope: Some(live.scopes.to_string()),
        client_id: Some(client.id.0.clone()),
        username,
        token_type: Some(Confirmation::token_type(live.cnf.as_ref())),
        exp: Some(live.expires_at),
        iat: Some(live.issued_at),
        sub: Some(sub),
        aud: Some(live.meant_for().0.clone()),
        act: live.act.clone(),
        iss: Some(layouts::issuer(app.config.public_url.as_str(), live.layout, &client)),
        cnf: live.cnf.clone(),
    })
}

async fn describe_refresh(app: &AppState, text: &str) -> Result<Introspection, Failure> {
    let Some(token) = Token::parse(text) else { return Ok(Introspection::inactive()) };
    let mut conn = app.db.read().await?;
    let found = refresh_tokens::with_grant(&mut conn, token.selector).await?;
    let found = found.filter(|(found, grant)| {
        token.matches(&found.hash)
            && found.used_at.is_none()
            && found.superseded_at.is_none()
            && found.expires_at > app.clock.now()
            && grant.revoked_at.is_none()
    });
    let Some((found, grant)) = found else { return Ok(Introspection::inactive()) };
    let registry = app.registry();
    let client = registry.client(&found.client_id).filter(|client| client.disabled_at.is_none());
    let Some(client) = client else { return Ok(Introspection::inactive()) };
    let known = (registry.as_ref(), client.as_ref());
    if person::load(app, &mut conn, known, &grant.user_id).await?.is_none() {
        return Ok(Introspection::inactive());
    }
    Ok(Introspection {
        active: true,
        scope: Some(found.scopes.to_string()),
        client_id: Some(found.client_id.0),
        exp: Some(found.expires_at),
        cnf: found.cnf.map(|cnf| cnf.0),
        ..Introspection::default()
    })
}
