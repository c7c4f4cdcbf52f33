//! Metadata and keys, OpenID Connect Discovery 1.0 and RFC 8414: the same bytes until something
//! changes.

use std::collections::BTreeSet;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::authorize::served_types;
use super::path_client::named;
use crate::app::AppState;
use crate::config::{MtlsMode, RegistrationPolicy};
use crate::domain::{Client, Layout};
use crate::layouts;
use crate::protocol::discovery::{self, Promises};
use crate::registry::Snapshot;
use crate::web::extract::PageQuery;

/// How long others may keep it: long enough to spare requests, short enough to follow changes.
const HEADERS: [(HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];

/// The metadata document of the layout, for the client in the path where there is one.
pub async fn metadata(
    app: AppState,
    Extension(layout): Extension<Layout>,
    name: Option<Path<String>>,
) -> Response {
    let registry = app.registry();
    let client = name.and_then(|Path(name)| named(&registry, layout, &name));
    let client = client.filter(|client| client.disabled_at.is_none());
    if layout != Layout::Native && client.is_none() {
        return unknown_client();
    }
    let make = || document(&app, &registry, layout, client.as_deref());
    let key = (layout, client.as_ref().map(|client| client.id.clone()));
    (HEADERS, registry.document(key, make)).into_response()
}

fn document(app: &AppState, registry: &Snapshot, layout: Layout, client: Option<&Client>) -> Bytes {
    let claims: BTreeSet<&str> = registry
        .scopes()
        .values()
        .flat_map(|scope| scope.claims.iter().map(String::as_str))
        .chain([
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "azp",
            "sid",
        ])
        .collect();
    let settings = registry.settings();
    let promises = Promises {
        languages: settings.languages.offered.iter().map(String::as_str).collect(),
        client,
        scopes: registry.scopes().keys().map(String::as_str).collect(),
        claims: claims.into_iter().collect(),
        readable: registry.keyring.readable(),
        details_types: registry.details_types(),
        response_types: served_types(&app.config),
        certificates: app.config.mtls.mode != MtlsMode::Off,
        session_management: app.config.oidc.session_management,
        documents: app.config.oidc.registration.documents,
        registers: app.config.oidc.registration.policy != RegistrationPolicy::Off,
    };
    let endpoints = layouts::endpoints(app.config.public_url.as_str(), layout, client);
    Bytes::from(json!(discovery::metadata(&endpoints, &promises)).to_string())
}

fn unknown_client() -> Response {
    let text = "no client has this name here";
    let body = json!({ "error": "not_found", "error_description": text }).to_string();
    (StatusCode::NOT_FOUND, HEADERS, body).into_response()
}

/// The keys: the same set on every path of ours and of every client.
pub async fn jwks(
    app: AppState,
    Extension(layout): Extension<Layout>,
    name: Option<Path<String>>,
) -> Response {
    let registry = app.registry();
    let client = name.and_then(|Path(name)| named(&registry, layout, &name));
    if layout != Layout::Native && client.is_none() {
        return unknown_client();
    }
    (HEADERS, registry.jwks.clone()).into_response()
}

/// authentik's provider root leads to its metadata.
pub async fn application(app: AppState, Path(slug): Path<String>) -> Response {
    if app.registry().client_by_slug(&slug).is_none() {
        return unknown_client();
    }
    let slug: String = url::form_urlencoded::byte_serialize(slug.as_bytes()).collect();
    Redirect::to(&format!("/application/o/{slug}/.well-known/openid-configuration")).into_response()
}

/// The query of WebFinger.
#[derive(Deserialize)]
pub struct Finger {
    resource: Option<String>,
}

/// `/.well-known/webfinger`, OpenID Connect Discovery 2: whoever asks about anybody here is told
/// the issuer, and learns nothing about who exists.
pub async fn webfinger(app: AppState, PageQuery(query): PageQuery<Finger>) -> Response {
    let Some(resource) = query.resource.filter(|resource| !resource.is_empty()) else {
        let text = "resource is required";
        let body = json!({ "error": "invalid_request", "error_description": text }).to_string();
        return (StatusCode::BAD_REQUEST, HEADERS, body).into_response();
    };
    let body = json!({
        "subject": resource,
        "links": [{
            "rel": "http://openid.net/specs/connect/1.0/issuer",
            "href": app.config.public_url.as_str(),
        }],
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jrd+json"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, body.to_string()).into_response()
}
