//! The userinfo endpoint, OpenID Connect Core 5.3.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::bearer::{self, Presented};
use super::dpop::{self, Place};
use super::encrypted::Recipient;
use super::live_token::{self, LiveToken};
use super::path_client::OnPath;
use super::{Tracked, certificate, issue};
use crate::app::AppState;
use crate::domain::{Cause, ClaimNames, Client, Confirmation, Layout};
use crate::jose::Inside;
use crate::layouts;
use crate::protocol::authorize::filled;
use crate::protocol::dpop::missing_at_resource;
use crate::protocol::{ErrorCode, OAuthError, claims};
use crate::registry::Snapshot;
use crate::signin::person;
use crate::web::error::{BearerError, Failure};
use crate::web::json::{NoStore, Token};
use crate::web::visitor::Visitor;

type Answered = Result<Response, BearerError>;

/// The form of a POST.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    access_token: Option<String>,
}

/// `GET`, with the token in the header.
pub async fn get(app: AppState, _: OnPath, visitor: Visitor, headers: HeaderMap) -> Answered {
    let token = bearer::presented(&headers)?.ok_or_else(bearer::missing)?;
    answer(&app, Call { method: "GET", headers: &headers, visitor: &visitor }, token).await
}

/// `POST`, with the token in the header and any body or none, or in a form.
pub async fn post(
    app: AppState,
    _: OnPath,
    visitor: Visitor,
    headers: HeaderMap,
    form: Result<Form<Params>, FormRejection>,
) -> Answered {
    let is_form = headers.contains_key(header::CONTENT_TYPE);
    let in_form = form.ok().filter(|_| is_form).and_then(|Form(params)| params.access_token);
    let call = Call { method: "POST", headers: &headers, visitor: &visitor };
    match (bearer::presented(&headers)?, in_form) {
        (Some(token), None) => answer(&app, call, token).await,
        (None, Some(token)) => answer(&app, call, Presented::Bearer(&token)).await,
        (None, None) => Err(bearer::missing().into()),
        (Some(_), Some(_)) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::MalformedRequest,
            "the access token is sent twice",
        )
        .into()),
    }
}

/// A request for userinfo.
#[derive(Clone, Copy)]
struct Call<'a> {
    method: &'a str,
    headers: &'a HeaderMap,
    visitor: &'a Visitor,
}

async fn answer(app: &AppState, call: Call<'_>, token: Presented<'_>) -> Answered {
    let (Presented::Bearer(text) | Presented::Dpop(text)) = token;
    let live = live_token::resolve(app, text).await?;
    if let Err(failure) = prove(app, call, token, &live).await {
        if let (Failure::Refused(error), Some(grant)) = (&failure, &live.grant)
            && error.code != ErrorCode::UseDpopNonce
        {
            Tracked::of_grant(grant).refused(app, error);
        }
        return Err(failure.into());
    }
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
    let client = registry.client(live.meant_for()).ok_or_else(gone)?;
    let known = (registry.as_ref(), client.as_ref());
    let mut conn = app.db.read().await?;
    let person = person::load(app, &mut conn, known, &grant.user_id).await?;
    drop(conn);
    let person = person.ok_or_else(gone)?;
    let opened = (&live.scopes, registry.scopes());
    // What was asked for one by one was asked for by the client itself, not by whom it is exchanged for.
    let none = ClaimNames::new();
    let single = if live.audience.is_some() { &none } else { &grant.claims.userinfo };
    let answer = claims::userinfo(&person.source(app, known), opened, single);
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

/// Sees that whoever brings a bound token holds its key, and that nobody takes another for bound
/// (RFC 9449 7.1, 7.2).
async fn prove(
    app: &AppState,
    call: Call<'_>,
    token: Presented<'_>,
    live: &LiveToken,
) -> Result<(), Failure> {
    let refuse = |cause, text| OAuthError::new(ErrorCode::InvalidToken, cause, text);
    let (text, bound) = match (token, &live.cnf) {
        (Presented::Bearer(_), None) => return Ok(()),
        (Presented::Bearer(_), Some(Confirmation::Key(_))) => {
            let text = "the access token is bound to a key, which must be proved";
            return Err(refuse(Cause::DpopProofMissing, text).into());
        }
        (Presented::Bearer(_), Some(Confirmation::Certificate(bound))) => {
            return Ok(certificate::prove(call.visitor.certificate.as_ref(), bound)?);
        }
        (Presented::Dpop(_), None | Some(Confirmation::Certificate(_))) => {
            let text = "the access token is not bound to a key";
            return Err(refuse(Cause::DpopKeyMismatch, text).into());
        }
        (Presented::Dpop(text), Some(bound)) => (text, bound),
    };
    let client = app.registry().client(&live.client_id);
    let gone = || refuse(Cause::ClientDisabled, "the access token is not valid");
    let client = client.ok_or_else(gone)?;
    let access_token = Some(text);
    let place = Place { method: call.method, endpoint: |urls| urls.userinfo, access_token };
    match dpop::prove(app, &client, call.headers, &place).await? {
        Some(proved) if proved == *bound => Ok(()),
        Some(_) => {
            let text = "the access token is bound to another key";
            Err(refuse(Cause::DpopKeyMismatch, text).into())
        }
        None => Err(missing_at_resource().into()),
    }
}
