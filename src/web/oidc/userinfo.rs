//! The userinfo endpoint, OpenID Connect Core 5.3.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::encrypted::Recipient;
use super::path_client::OnPath;
use super::{Tracked, bearer, issue, live_token};
use crate::app::AppState;
use crate::domain::{Cause, Client, Layout};
use crate::jose::Inside;
use crate::layouts;
use crate::protocol::authorize::filled;
use crate::protocol::{ErrorCode, OAuthError, claims};
use crate::registry::Snapshot;
use crate::signin::person;
use crate::web::error::{BearerError, Failure};
use crate::web::json::{NoStore, Token};

type Answered = Result<Response, BearerError>;

/// The form of a POST.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    access_token: Option<String>,
}

/// `GET`, with the token in the header.
pub async fn get(app: AppState, _: OnPath, headers: HeaderMap) -> Answered {
    let token = bearer::from_header(&headers)?.ok_or_else(bearer::missing)?;
    answer(&app, token).await
}

/// `POST`, with the token in the header and any body or none, or in a form.
pub async fn post(
    app: AppState,
    _: OnPath,
    headers: HeaderMap,
    form: Result<Form<Params>, FormRejection>,
) -> Answered {
    let is_form = headers.contains_key(header::CONTENT_TYPE);
    let in_form = form.ok().filter(|_| is_form).and_then(|Form(params)| params.access_token);
    match (bearer::from_header(&headers)?, in_form) {
        (Some(token), None) => answer(&app, token).await,
        (None, Some(token)) => answer(&app, &token).await,
        (None, None) => Err(bearer::missing().into()),
        (Some(_), Some(_)) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::MalformedRequest,
            "the access token is sent twice",
        )
        .into()),
    }
}

async fn answer(app: &AppState, token: &str) -> Answered {
    let live = live_token::resolve(app, token).await?;
    let refuse = |code, cause, text| BearerError::from(OAuthError::new(code, cause, text));
    let insufficient = || {
        let text = "the access token does not open userinfo";
        refuse(ErrorCode::InsufficientScope, Cause::InsufficientScope, text)
    };
    let Some(grant) = &live.grant else { return Err(insufficient()) };
    if !live.scopes.contains("openid") {
        let text = "the access token does not open userinfo";
        let error = OAuthError::new(ErrorCode::InsufficientScope, Cause::InsufficientScope, text)
            .compared("scope", (&live.scopes.to_string(), "openid"));
        Tracked::of_grant(grant).refused(app, &error);
        return Err(error.into());
    }
    let gone =
        || refuse(ErrorCode::InvalidToken, Cause::UserDisabled, "the access token is not valid");
    let registry = app.registry();
    let client = registry.client(&live.client_id).ok_or_else(gone)?;
    let known = (registry.as_ref(), client.as_ref());
    let mut conn = app.db.read().await?;
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    drop(conn);
    let person = person.ok_or_else(gone)?;
    let opened = (&live.scopes, registry.scopes());
    let answer = claims::userinfo(&person.source(app, known), opened, &grant.claims.userinfo);
    if app.flows.is_news(&grant.flow) {
        Tracked::of_grant(grant).done(app, "userinfo_read", Vec::new());
    }
    Ok(told(app, (registry.as_ref(), client.as_ref()), grant.layout, answer).await?)
}

/// The answer as the client wants it: plain, signed, encrypted, or signed and then encrypted (OpenID
/// Connect Core 5.3.2).
async fn told(
    app: &AppState,
    (registry, client): (&Snapshot, &Client),
    layout: Layout,
    claims: Map<String, Value>,
) -> Result<Response, Failure> {
    let settings = &client.settings;
    let recipient = Recipient::of(app, client, settings.userinfo_encryption()).await?;
    let signed = match settings.userinfo_signed_response_alg {
        None => None,
        Some(alg) => {
            let issuer = layouts::issuer(app.config.public_url.as_str(), layout, client);
            let claims = claims::addressed(claims.clone(), &issuer, client);
            Some(issue::sign_with(registry, alg, "JWT", &claims)?)
        }
    };
    let text = match (recipient, signed) {
        (None, None) => return Ok(NoStore(claims).into_response()),
        (None, Some(token)) => token,
        (Some(recipient), Some(token)) => recipient.encrypt(Inside::Token, token.as_bytes())?,
        (Some(recipient), None) => {
            let plain = Value::Object(claims).to_string();
            recipient.encrypt(Inside::Claims, plain.as_bytes())?
        }
    };
    Ok(Token { media_type: "application/jwt", text }.into_response())
}
