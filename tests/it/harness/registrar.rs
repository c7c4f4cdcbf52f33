//! Clients that register themselves.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use keystead::app::AppState;
use keystead::directory::registration_tokens::{self, NewRegistrationToken};
use keystead::domain::{Actor, Bounds, DAY};
use serde_json::{Value, json};

use super::http::{self, Answer};
use super::signer::{Keys, set};
use super::{Party, TestApp, tls};

/// Where a client registers itself.
pub const PATH: &str = "/oauth2/register";

/// The setting that lets anybody register.
pub const OPEN: (&str, &str) = ("KEYSTEAD_OIDC__REGISTRATION", "open");

/// A node that lets anybody register, whose clients everybody may use, and that asks servers on this
/// machine.
pub async fn open_node(app: &TestApp) -> AppState {
    let settings = [
        OPEN,
        ("KEYSTEAD_OIDC__REGISTRATION_GROUP", "everyone"),
        ("KEYSTEAD_OIDC__FRONT_CHANNEL_TOKENS", "true"),
    ];
    app.another_node_with(&[settings.as_slice(), &tls::allowed()].concat()).await
}

/// A node that wants a token.
pub async fn closed_node(app: &TestApp) -> AppState {
    app.another_node_with(&[("KEYSTEAD_OIDC__REGISTRATION", "token")]).await
}

/// A token for so many clients, which everybody may use.
pub async fn token(app: &AppState, name: &str, uses: i64, bounds: Bounds) -> String {
    let group = Some("everyone".to_owned());
    let new = NewRegistrationToken { name: name.to_owned(), group, bounds, uses, life: DAY };
    let (_, secret) = registration_tokens::create(app, &Actor::CommandLine, new).await.unwrap();
    secret.expose().to_owned()
}

/// A request with a bearer token and a document.
pub async fn call(
    app: &AppState,
    (method, path): (Method, &str),
    token: Option<&str>,
    document: Option<&Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = match document {
        Some(document) => {
            request = request.header("content-type", "application/json");
            Body::from(document.to_string())
        }
        None => Body::empty(),
    };
    http::send(app, request.body(body).unwrap()).await
}

/// Registers.
pub async fn register(app: &AppState, token: Option<&str>, metadata: &Value) -> Answer {
    call(app, (Method::POST, PATH), token, Some(metadata)).await
}

/// What the suite sends with every client, and this.
pub fn metadata(more: &Value) -> Value {
    let mut all = json!({
        "client_name": "Conformance",
        "redirect_uris": ["https://party.example.com/callback"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "contacts": ["certification@oidf.org"],
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// Registers a client that must be taken; what it is told.
#[track_caller]
pub fn registered(app: &AppState, more: &Value) -> impl Future<Output = Value> {
    let (caller, metadata) = (std::panic::Location::caller(), metadata(more));
    async move {
        let answer = register(app, None, &metadata).await;
        assert_eq!(answer.status, 201, "{caller}: {}", answer.body);
        answer.json()
    }
}

/// Where a client that was told this reads and changes it.
pub fn own_path(told: &Value) -> &str {
    let uri = told["registration_client_uri"].as_str().unwrap();
    uri.strip_prefix("https://id.example.com").unwrap()
}

/// Reads, changes or deletes what a client was told.
pub async fn own(app: &AppState, method: Method, told: &Value, document: Option<&Value>) -> Answer {
    let token = told["registration_access_token"].as_str();
    call(app, (method, own_path(told)), token, document).await
}

/// A relying party that was told this.
pub async fn party(app: &AppState, told: &Value) -> Party {
    Party {
        app: app.clone(),
        id: told["client_id"].as_str().unwrap().to_owned(),
        secret: told["client_secret"].as_str().map(str::to_owned),
        redirect_uri: told["redirect_uris"][0].as_str().unwrap().to_owned(),
        metadata: http::get(app, "/.well-known/openid-configuration").await.json(),
        pkce: false,
        signs: None,
    }
}

/// A relying party that registered itself with these keys and proves itself by them.
pub async fn signing_party(app: &AppState, keys: &Arc<Keys>, more: &Value) -> Party {
    let mut all = json!({ "token_endpoint_auth_method": "private_key_jwt" });
    if more.get("jwks_uri").is_none() {
        all["jwks"] = json!(set(&[keys]));
    }
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let told = registered(app, &all).await;
    assert!(told.get("client_secret").is_none() && told.get("client_secret_expires_at").is_none());
    Party { signs: Some(keys.clone()), ..party(app, &told).await }
}
