//! The introspection endpoint, RFC 7662 and RFC 9701. Any client with a secret may ask about any token
//! it holds.

use axum::Extension;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::client::{self, Asked};
use super::live_token::LiveToken;
use super::{issue, live_token};
use crate::app::AppState;
use crate::domain::{Cause, Client, Confirmation, Layout, Token as Sent};
use crate::layouts;
use crate::protocol::authorize::filled;
use crate::protocol::introspection::{self, Introspection};
use crate::protocol::{ErrorCode, OAuthError, access_token};
use crate::signin::person;
use crate::store::refresh_tokens;
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::json::{NoStore, Token};
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
) -> Result<Response, JsonError> {
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
    let answer = match live_token::resolve(&app, token).await {
        Ok(live) => describe(&app, &live).await?,
        Err(Failure::Refused(_)) => describe_refresh(&app, token).await?,
        Err(broken) => return Err(JsonError(broken)),
    };
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    match introspection::wants_token(accept.unwrap_or_default()) {
        true => Ok(signed(&app, (&client, layout), &answer)?.into_response()),
        false => Ok(NoStore(answer).into_response()),
    }
}

/// The answer as a token for the client that asks, on whose paths it asks.
fn signed(
    app: &AppState,
    (client, layout): (&Client, Layout),
    answer: &Introspection,
) -> Result<Token, Failure> {
    let issuer = layouts::issuer(app.config.public_url.as_str(), layout, client);
    let claims = introspection::claims(answer, &issuer, client, app.clock.now());
    let alg = client.settings.introspection_alg();
    let text = issue::sign_with(&app.registry(), alg, introspection::TYP, &claims)?;
    Ok(Token { media_type: introspection::MEDIA_TYPE, text })
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
                // Who may not read the profile must not know people by their names either.
                Some(person) => {
                    let named = live.scopes.contains("profile");
                    (person.sub, named.then(|| person.user.username.to_string()))
                }
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
        aud: Some(match &live.audience {
            Some(audience) => json!(audience),
            None => access_token::audience(&live.target.resources, &client),
        }),
        authorization_details: live.target.details.clone(),
        act: live.act.clone(),
        iss: Some(layouts::issuer(app.config.public_url.as_str(), live.layout, &client)),
        cnf: live.cnf.clone(),
    })
}

async fn describe_refresh(app: &AppState, text: &str) -> Result<Introspection, Failure> {
    let Some(token) = Sent::parse(text) else { return Ok(Introspection::inactive()) };
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
