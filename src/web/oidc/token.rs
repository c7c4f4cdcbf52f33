//! The token endpoint, RFC 6749 3.2: authenticates the client, sees that it may use the grant,
//! and leaves the rest to the grant.

use std::sync::Arc;

use axum::Extension;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::client::{self, Asked};
use super::{Tracked, issue, redeem, refresh};
use crate::app::AppState;
use crate::domain::{AuthMethod, AuthorizationDetail, Cause, Client, GrantType, Layout};
use crate::protocol::authorize::filled;
use crate::protocol::target::{self, Sent};
use crate::protocol::{ErrorCode, OAuthError, resource};
use crate::web::error::{Failure, JsonError};
use crate::web::extract::{ClientForm, malformed};
use crate::web::json::NoStore;
use crate::web::visitor::Visitor;

/// The form as sent; a parameter sent twice is refused, but for `resource`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    grant_type: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub code: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub redirect_uri: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub code_verifier: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub refresh_token: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub scope: Option<String>,
    #[serde(deserialize_with = "resource::folded")]
    resource: Vec<String>,
    #[serde(deserialize_with = "filled")]
    authorization_details: Option<String>,
}

impl Params {
    /// What the token is to be for beside its scopes.
    pub fn target(&self) -> Sent<'_> {
        Sent { resources: &self.resource, details: self.authorization_details.as_deref() }
    }
}

/// The answer, RFC 6749 5.1 and OpenID Connect Core 3.1.3.3.
#[derive(Serialize)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    /// What was granted, if anything.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The refresh token, where one goes along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token, where one goes along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What exactly was granted (RFC 9396 7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<AuthorizationDetail>,
}

/// What the shared phases settled.
pub struct Caller {
    /// Who calls.
    pub client: Arc<Client>,
    /// How it authenticated.
    pub method: AuthMethod,
    /// On whose paths.
    pub layout: Layout,
}

/// `POST`
pub async fn post(
    app: AppState,
    Extension(layout): Extension<Layout>,
    visitor: Visitor,
    headers: HeaderMap,
    ClientForm { client: form, params }: ClientForm<Params>,
) -> Result<NoStore<Tokens>, JsonError> {
    let wanted = grant_type(params.grant_type.as_deref()).map_err(|error| {
        let named = form.named(&headers);
        refused(&app, &Tracked::stray(&app, layout, named.as_ref()), error)
    })?;
    let asked = Asked { visitor: &visitor, headers: &headers, endpoint: "token", layout };
    let caller = authenticate(&app, &asked, &form, params.code.as_deref()).await?;
    let client = &caller.client;
    if !client.settings.grant_types.contains(&wanted) {
        let text = "the client may not use this grant_type";
        let allowed: Vec<_> = client.settings.grant_types.iter().map(|one| one.as_str()).collect();
        let error = OAuthError::new(ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed, text)
            .compared("grant_type", (wanted.as_str(), &allowed.join(", ")));
        return Err(refused(&app, &Tracked::stray(&app, layout, Some(&client.id)), error));
    }
    let tokens = match wanted {
        GrantType::AuthorizationCode => redeem::code(&app, &caller, &params).await?,
        GrantType::RefreshToken => refresh::refresh(&app, &caller, &params).await?,
        GrantType::ClientCredentials => client_credentials(&app, &caller, &params).await?,
    };
    app.metrics.token(wanted.as_str());
    Ok(NoStore(tokens))
}

/// The caller, once it has proved who it is; a refusal is told on the flow of the code that came
/// along, or on one of its own.
async fn authenticate(
    app: &AppState,
    asked: &Asked<'_>,
    form: &client::Form,
    code: Option<&str>,
) -> Result<Caller, JsonError> {
    let layout = asked.layout;
    match client::authenticate(app, asked, form).await {
        Ok((client, method)) => Ok(Caller { client, method, layout }),
        Err(Failure::Refused(error)) => {
            if !redeem::note_refusal(app, code, &error).await? {
                let named = form.named(asked.headers);
                Tracked::stray(app, layout, named.as_ref()).refused(app, &error);
            }
            Err(error.into())
        }
        Err(broken) => Err(JsonError(broken)),
    }
}

fn grant_type(sent: Option<&str>) -> Result<GrantType, OAuthError> {
    let sent = sent.ok_or_else(|| malformed("grant_type is required"))?;
    sent.parse().map_err(|_| {
        let text = "grant_type must be authorization_code, refresh_token or client_credentials";
        let served = "authorization_code, refresh_token or client_credentials";
        OAuthError::new(ErrorCode::UnsupportedGrantType, Cause::UnsupportedGrantType, text)
            .compared("grant_type", (sent, served))
    })
}

/// RFC 6749 4.4: the client acts for itself. Scopes that tell of a person mean nothing here.
async fn client_credentials(
    app: &AppState,
    caller: &Caller,
    params: &Params,
) -> Result<Tokens, JsonError> {
    let client = &caller.client;
    if client.public {
        let text = "a public client cannot act for itself";
        return Err(
            OAuthError::new(ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed, text).into()
        );
    }
    let target = target::asked(client, params.target()).map_err(|error| {
        refused(app, &Tracked::stray(app, caller.layout, Some(&client.id)), error)
    })?;
    let scopes = issue::client_scopes(app, client, params.scope.as_deref());
    Ok(issue::for_client(app, (client, caller.layout), (scopes, target)).await?)
}

/// Notes a refusal on the flow and hands it back.
pub fn refused(app: &AppState, tracked: &Tracked, error: OAuthError) -> JsonError {
    tracked.refused(app, &error);
    tracked.named(error).into()
}
