//! Where clients register themselves (RFC 7591), and read, change and delete that (RFC 7592).

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::authorize::served_types;
use super::{Tracked, bearer};
use crate::app::{App, AppState};
use crate::config::RegistrationPolicy;
use crate::directory::registration::{self, Arrival, Registered, Unregistered};
use crate::directory::{DirectoryError, registration_tokens};
use crate::domain::{
    Bounds, Cause, Client, ClientId, Layout, RegistrationToken, Scopes, Secret, Wanted,
};
use crate::layouts;
use crate::protocol::registration::{Terms, check_sector, describe, read, statement};
use crate::protocol::subject::sector;
use crate::protocol::{ErrorCode, OAuthError};
use crate::signin::throttle::{self, Keys};
use crate::web::error::{BearerError, Failure, JsonError};
use crate::web::json::NoStore;
use crate::web::visitor::Visitor;

/// `POST`
pub async fn post(app: AppState, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    match register(&app, &visitor, &headers, &body).await {
        Ok(document) => (StatusCode::CREATED, NoStore(document)).into_response(),
        Err(failure) => told(&app, visitor.address_text(), None, failure),
    }
}

/// `GET` with the registration access token.
pub async fn get(
    app: AppState,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let id = ClientId(id);
    let shown = async {
        let (registered, token) = known(&app, &id, &headers).await?;
        Ok(NoStore(answer(&app, &registered, token)).into_response())
    };
    let shown: Result<Response, Failure> = shown.await;
    shown.unwrap_or_else(|failure| told(&app, visitor.address_text(), Some(&id), failure))
}

/// `PUT`: the metadata is replaced as a whole.
pub async fn put(
    app: AppState,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let id = ClientId(id);
    let changed = change(&app, (&visitor, &id), &headers, &body).await;
    let changed = changed.map(|document| NoStore(document).into_response());
    changed.unwrap_or_else(|failure| told(&app, visitor.address_text(), Some(&id), failure))
}

/// `DELETE`
pub async fn delete(
    app: AppState,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let id = ClientId(id);
    let gone = async {
        known(&app, &id, &headers).await?;
        registration::remove(&app, &id, visitor.address_text()).await.map_err(refusal)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    let gone: Result<Response, Failure> = gone.await;
    gone.unwrap_or_else(|failure| told(&app, visitor.address_text(), Some(&id), failure))
}

async fn register(
    app: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Map<String, Value>, Failure> {
    let token = admitted(app, headers).await?;
    let metadata = vouched(app, document(body)?).await?;
    let bounds = token.as_ref().map_or_else(Bounds::default, |token| token.bounds.0.clone());
    let stranger = Some(visitor).filter(|_| token.is_none());
    let wanted = wanted(app, stranger, &metadata, &bounds).await?;
    if let Some(stranger) = stranger {
        count(app, stranger).await?;
    }
    let arrival = Arrival { token, bounds, address: visitor.address_text() };
    let made = registration::register(app, wanted, arrival).await;
    let (registered, access) = made.map_err(refusal)?;
    Ok(answer(app, &registered, access.expose()))
}

/// The token that a client comes by; `None` where it needs none.
async fn admitted(
    app: &AppState,
    headers: &HeaderMap,
) -> Result<Option<RegistrationToken>, Failure> {
    let refused =
        |text| OAuthError::new(ErrorCode::InvalidToken, Cause::RegistrationTokenRefused, text);
    let policy = app.config.oidc.registration.policy;
    if policy == RegistrationPolicy::Off {
        let text = "clients cannot register themselves here";
        let error = OAuthError::new(ErrorCode::AccessDenied, Cause::RegistrationOff, text);
        return Err(error.into());
    }
    let sent = bearer::from_header(headers)
        .map_err(|_| refused("the Authorization header holds no bearer token"))?;
    match sent {
        None if policy == RegistrationPolicy::Open => Ok(None),
        None => Err(refused("an initial access token is required").into()),
        Some(sent) => match registration_tokens::resolve(app, sent).await.map_err(broken)? {
            Some(token) => Ok(Some(token)),
            None => Err(refused("the initial access token is not valid").into()),
        },
    }
}

fn document(body: &[u8]) -> Result<Map<String, Value>, OAuthError> {
    serde_json::from_slice(body).map_err(|_| {
        let (code, cause) = (ErrorCode::InvalidClientMetadata, Cause::ClientMetadataInvalid);
        OAuthError::new(code, cause, "the body must be a JSON object")
    })
}

/// The metadata, with what a software statement says in place of what the client says.
async fn vouched(
    app: &AppState,
    metadata: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let Some((token, issuer)) = statement::read(&metadata)? else { return Ok(metadata) };
    let trusted = &app.config.oidc.registration.statements;
    let Some(known) = trusted.iter().find(|known| known.issuer == issuer) else {
        let names: Vec<&str> = trusted.iter().map(|known| known.issuer.as_str()).collect();
        return Err(statement::unapproved(&issuer, &names).into());
    };
    let signed = app.client_keys.verify_at(app, &known.jwks_uri, token).await.map_err(|error| {
        statement::invalid("the software_statement was not signed by its issuer")
            .with("why", error.detail)
    })?;
    Ok(statement::apply(&metadata, &signed.claims, app.clock.now())?)
}

/// What the metadata asks for, its sector looked up: for strangers only so often.
pub async fn wanted(
    app: &App,
    stranger: Option<&Visitor>,
    metadata: &Map<String, Value>,
    bounds: &Bounds,
) -> Result<Wanted, Failure> {
    let registry = app.registry();
    let scopes: Scopes = registry.scopes().keys().cloned().collect();
    let terms = Terms { served: served_types(&app.config), bounds, scopes: &scopes };
    let wanted = read(metadata, &terms)?;
    if let Some(uri) = &wanted.settings.sector_identifier_uri {
        if let Some(stranger) = stranger {
            slow_down(app, Keys::of_fetch(stranger.address)).await?;
        }
        let fetched = app.fetcher.get(uri).await.map_err(|error| {
            let (code, cause) = (ErrorCode::InvalidClientMetadata, Cause::SectorIdentifierInvalid);
            OAuthError::new(code, cause, "sector_identifier_uri cannot be fetched")
                .with("why", error.to_string())
        })?;
        check_sector(&fetched, &wanted.redirect_uris)?;
    }
    Ok(wanted)
}

/// Counts a client that comes or changes without a token, where that is bounded.
async fn count(app: &App, stranger: &Visitor) -> Result<(), Failure> {
    match app.config.oidc.registration.hourly {
        Some(hourly) => slow_down(app, Keys::of_registration(stranger.address, hourly)).await,
        None => Ok(()),
    }
}

/// Counts what a stranger does; who did too much waits.
async fn slow_down(app: &App, keys: Keys) -> Result<(), Failure> {
    match throttle::reserve(app, &keys).await? {
        Some(_) => Err(full().into()),
        None => Ok(()),
    }
}

/// The client that a request may read and change, and the token that shows it.
async fn known<'a>(
    app: &AppState,
    id: &ClientId,
    headers: &'a HeaderMap,
) -> Result<(Registered, &'a str), Failure> {
    let refused = || {
        let (code, cause) = (ErrorCode::InvalidToken, Cause::RegistrationAccessRefused);
        OAuthError::new(code, cause, "the registration access token is not valid")
    };
    let sent = bearer::from_header(headers).map_err(|_| refused())?.ok_or_else(refused)?;
    let found = registration::resolve(app, id, sent).await.map_err(broken)?;
    Ok((found.ok_or_else(refused)?, sent))
}

async fn change(
    app: &AppState,
    (visitor, id): (&Visitor, &ClientId),
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Map<String, Value>, Failure> {
    let (registered, token) = known(app, id, headers).await?;
    let mut metadata = document(body)?;
    check_names(&registered.client, &metadata)?;
    // What somebody vouched for does not change because the client leaves it out.
    if let Some(kept) = registered.registration.said.get(statement::MEMBER) {
        metadata.retain(|name, value| name != statement::MEMBER || !value.is_null());
        metadata.entry(statement::MEMBER).or_insert_with(|| kept.clone());
    }
    let metadata = vouched(app, metadata).await?;
    let bounds = &registered.registration.bounds;
    let wanted = wanted(app, Some(visitor), &metadata, bounds).await?;
    let mut after = registered.client.clone();
    wanted.impose(&mut after.settings);
    after.redirect_uris.clone_from(&wanted.redirect_uris);
    if wanted.is_pairwise() && sector(&after) != sector(&registered.client) {
        return Err(fixed().into());
    }
    if registered.registration.token.is_none() {
        count(app, visitor).await?;
    }
    let address = visitor.address_text();
    let changed = registration::update(app, id, wanted, address).await.map_err(refusal)?;
    Ok(answer(app, &changed, token))
}

/// A client names itself, and its secret if it names that too (RFC 7592 2.2).
fn check_names(client: &Client, metadata: &Map<String, Value>) -> Result<(), OAuthError> {
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let (code, cause) = (ErrorCode::InvalidClientMetadata, Cause::ClientMetadataInvalid);
    if text("client_id") != Some(client.id.as_str()) {
        let error = OAuthError::new(code, cause, "client_id must be that of the client");
        return Err(error.with("parameter", "client_id"));
    }
    match text("client_secret").map(Secret::sent) {
        Some(sent) if !client.knows_secret(&sent) => {
            let error = OAuthError::new(code, cause, "client_secret must be that of the client");
            Err(error.with("parameter", "client_secret"))
        }
        _ => Ok(()),
    }
}

/// What a client is told of itself.
fn answer(app: &AppState, registered: &Registered, token: &str) -> Map<String, Value> {
    let Registered { client, registration, secret } = registered;
    let registry = app.registry();
    let maps = registry.scope_maps(&client.id).iter();
    let granted = maps.map(|map| map.scopes.0.clone()).reduce(|a, b| a.union(&b));
    let asked = registration.said.get("scope").and_then(Value::as_str).unwrap_or_default();
    let scopes = granted.unwrap_or_else(|| Scopes::parse(asked));
    let mut all = describe(client, &registration.said, &scopes);
    if let Some(secret) = secret {
        all.insert("client_secret".to_owned(), json!(secret.expose()));
        all.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    let url = app.config.public_url.as_str();
    let own = format!("{url}{}/{}", layouts::REGISTRATION, client.id);
    all.insert("registration_client_uri".to_owned(), json!(own));
    all.insert("registration_access_token".to_owned(), json!(token));
    all
}

/// What the directory refuses, as the specifications name it.
pub fn refusal(error: Unregistered) -> Failure {
    let refused = match error {
        Unregistered::Spent => OAuthError::new(
            ErrorCode::InvalidToken,
            Cause::RegistrationTokenRefused,
            "the initial access token is not valid",
        ),
        Unregistered::Full => full(),
        Unregistered::Kept => OAuthError::new(
            ErrorCode::InsufficientScope,
            Cause::RegistrationKept,
            "an administrator keeps this client",
        ),
        Unregistered::Fixed => fixed(),
        Unregistered::Directory(error) => return rule(error),
    };
    refused.into()
}

fn full() -> OAuthError {
    let (code, cause) = (ErrorCode::TemporarilyUnavailable, Cause::RegistrationLimit);
    OAuthError::new(code, cause, "no more clients may register themselves now")
}

fn fixed() -> OAuthError {
    let (code, cause) = (ErrorCode::InvalidClientMetadata, Cause::ClientMetadataInvalid);
    let text = "whether a client authenticates, and its subject type and sector, stay as they are";
    OAuthError::new(code, cause, text)
}

/// A rule that holds for what administrators register, too.
fn rule(error: DirectoryError) -> Failure {
    let why = error.to_string();
    let refused = match error {
        DirectoryError::Value { what, .. } if what == "a redirect URI" => OAuthError::new(
            ErrorCode::InvalidRedirectUri,
            Cause::RedirectUriNotRegistrable,
            "a redirect URI may not be registered",
        ),
        DirectoryError::Value { .. } | DirectoryError::Settings { .. } => OAuthError::new(
            ErrorCode::InvalidClientMetadata,
            Cause::ClientMetadataInvalid,
            "members of the metadata break a rule or do not go together",
        ),
        error => return broken(error),
    };
    refused.with("why", why).into()
}

fn broken(error: DirectoryError) -> Failure {
    Failure::Broken(error.into())
}

/// Notes a refusal as a flow of its own, and tells it.
fn told(
    app: &AppState,
    address: Option<String>,
    client: Option<&ClientId>,
    failure: Failure,
) -> Response {
    let error = match failure {
        Failure::Refused(error) => error,
        broken @ Failure::Broken(_) => return JsonError(broken).into_response(),
    };
    let tracked = Tracked::begin(app.random.flow_ref(), Layout::Native, address);
    let tracked = client.map_or(tracked.clone(), |id| tracked.client(id));
    tracked.refused(app, &error);
    let code = error.code;
    let error = tracked.named(error);
    if matches!(code, ErrorCode::InvalidToken | ErrorCode::InsufficientScope) {
        return BearerError::from(error).into_response();
    }
    let mut response = JsonError::from(error).into_response();
    if code == ErrorCode::AccessDenied {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
}
