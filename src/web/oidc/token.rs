//! The token endpoint, RFC 6749 3.2: authenticates the client, sees that it may use the grant,
//! and leaves the rest to the grant.

use std::sync::Arc;

use axum::Extension;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::client::{self, Asked};
use super::dpop::{self, Place};
use super::{
    Tracked, backchannel, certificate, device, exchange, issue, jwt_bearer, redeem, refresh,
};
use crate::app::AppState;
use crate::domain::{
    AuthMethod, AuthorizationDetail, Cause, Client, Confirmation, GrantType, Layout,
};
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
    #[serde(deserialize_with = "filled")]
    pub device_code: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub auth_req_id: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub subject_token: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub subject_token_type: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub actor_token: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub actor_token_type: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub requested_token_type: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub audience: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub assertion: Option<String>,
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
    /// What kind it is, where it was exchanged for another (RFC 8693 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// `Bearer` or `DPoP`.
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
    /// The key that it proved to hold.
    pub cnf: Option<Confirmation>,
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
    let cnf = prove(&app, &caller, &asked, params.code.as_deref()).await?;
    let caller = Caller { cnf, ..caller };
    let may = allowed(&caller.client, wanted).and_then(|()| match wanted {
        GrantType::DeviceCode
        | GrantType::TokenExchange
        | GrantType::JwtBearer
        | GrantType::Ciba => target::none(params.target()),
        _ => Ok(()),
    });
    may.map_err(|error| {
        refused(&app, &Tracked::stray(&app, layout, Some(&caller.client.id)), error)
    })?;
    let tokens = match wanted {
        GrantType::AuthorizationCode => redeem::code(&app, &caller, &params).await?,
        GrantType::RefreshToken => refresh::refresh(&app, &caller, &params).await?,
        GrantType::ClientCredentials => client_credentials(&app, &caller, &params).await?,
        GrantType::DeviceCode => device::poll(&app, &caller, &params).await?,
        GrantType::TokenExchange => exchange::exchange(&app, &caller, &params).await?,
        GrantType::JwtBearer => jwt_bearer::take(&app, &caller, &params).await?,
        GrantType::Ciba => backchannel::poll(&app, &caller, &params).await?,
    };
    app.metrics.token(wanted.as_str());
    Ok(NoStore(tokens))
}

/// Sees that the client may use this grant.
///
/// # Errors
/// `unauthorized_client`.
pub fn allowed(client: &Client, wanted: GrantType) -> Result<(), OAuthError> {
    let grants = &client.settings.grant_types;
    if grants.contains(&wanted) {
        return Ok(());
    }
    let text = "the client may not use this grant_type";
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed, text)
        .compared("grant_type", (wanted.word(), &GrantType::list(grants))))
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
        Ok((client, method)) => Ok(Caller { client, method, layout, cnf: None }),
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

/// The key that the caller proves to hold; a refusal is told as one of its authentication is.
async fn prove(
    app: &AppState,
    caller: &Caller,
    asked: &Asked<'_>,
    code: Option<&str>,
) -> Result<Option<Confirmation>, JsonError> {
    let place = Place { method: "POST", endpoint: |urls| urls.token, access_token: None };
    let proved = match caller.client.settings.certificate_bound_tokens {
        true => {
            certificate::bind(asked.visitor.certificate.as_ref()).map(Some).map_err(Failure::from)
        }
        false => dpop::prove(app, &caller.client, asked.headers, &place).await,
    };
    match proved {
        Ok(cnf) => Ok(cnf),
        // It is to ask once more: nothing failed.
        Err(Failure::Refused(error)) if error.code == ErrorCode::UseDpopNonce => Err(error.into()),
        Err(Failure::Refused(error)) => {
            if redeem::note_refusal(app, code, &error).await? {
                return Err(error.into());
            }
            let tracked = Tracked::stray(app, caller.layout, Some(&caller.client.id));
            Err(refused(app, &tracked, error))
        }
        Err(broken) => Err(JsonError(broken)),
    }
}

fn grant_type(sent: Option<&str>) -> Result<GrantType, OAuthError> {
    let sent = sent.ok_or_else(|| malformed("grant_type is required"))?;
    GrantType::named(sent).ok_or_else(|| {
        let text = "this grant_type is not served";
        OAuthError::new(ErrorCode::UnsupportedGrantType, Cause::UnsupportedGrantType, text)
            .compared("grant_type", (sent, &GrantType::list(&GrantType::ALL)))
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
    let bound = caller.cnf.clone();
    Ok(issue::for_client(app, (client, caller.layout), (scopes, target, bound)).await?)
}

/// Notes a refusal on the flow and hands it back.
pub fn refused(app: &AppState, tracked: &Tracked, error: OAuthError) -> JsonError {
    tracked.refused(app, &error);
    tracked.named(error).into()
}
