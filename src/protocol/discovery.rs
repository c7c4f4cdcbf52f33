//! Metadata: OpenID Connect Discovery 1.0 and RFC 8414. Everything it says is true, for this client
//! and on these paths.

use serde_json::{Map, Value, json};

use super::response_mode;
use crate::domain::{
    Algorithm, AuthMethod, Client, GrantType, PushedRequests, ResponseType, SubMode,
};

/// The URLs of one layout, for one client where the layout has such.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "named as the metadata members")]
pub struct Endpoints {
    pub issuer: String,
    pub authorization: String,
    pub token: String,
    pub userinfo: String,
    pub jwks: String,
    pub end_session: String,
    pub introspection: String,
    pub revocation: String,
    pub pushed_requests: String,
    pub registration: String,
}

/// What the metadata may promise.
pub struct Promises<'a> {
    /// The languages of the pages.
    pub languages: Vec<&'a str>,
    /// The client these paths belong to; `None` on paths that serve all.
    pub client: Option<&'a Client>,
    /// The names of all scopes.
    pub scopes: Vec<&'a str>,
    /// The names of all claims.
    pub claims: Vec<&'a str>,
    /// What the authorization endpoint serves.
    pub response_types: &'static [ResponseType],
    /// Whether a `client_id` may be the address of a client's metadata.
    pub documents: bool,
    /// Whether clients may register themselves.
    pub registers: bool,
}

/// What clients may sign with.
const SIGNED_WITH: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

/// The document.
pub fn metadata(endpoints: &Endpoints, promises: &Promises<'_>) -> Map<String, Value> {
    let algs = match promises.client {
        Some(client) => vec![client.settings.alg.as_str()],
        None => Algorithm::ALL.map(Algorithm::as_str).to_vec(),
    };
    let response_types = response_types(promises);
    let grant_types = grant_types(promises.client, &response_types);
    let members = [
        ("issuer", json!(endpoints.issuer)),
        ("authorization_endpoint", json!(endpoints.authorization)),
        ("token_endpoint", json!(endpoints.token)),
        ("userinfo_endpoint", json!(endpoints.userinfo)),
        ("jwks_uri", json!(endpoints.jwks)),
        ("end_session_endpoint", json!(endpoints.end_session)),
        ("introspection_endpoint", json!(endpoints.introspection)),
        ("revocation_endpoint", json!(endpoints.revocation)),
        ("pushed_authorization_request_endpoint", json!(endpoints.pushed_requests)),
        ("registration_endpoint", json!(endpoints.registration)),
        ("require_pushed_authorization_requests", json!(true)),
        ("client_id_metadata_document_supported", json!(true)),
        ("response_types_supported", json!(response_types)),
        ("response_modes_supported", json!(response_mode::ALL)),
        ("grant_types_supported", json!(grant_types)),
        ("subject_types_supported", json!(subject_types(promises.client))),
        ("id_token_signing_alg_values_supported", json!(algs)),
        ("authorization_signing_alg_values_supported", json!(algs)),
        ("token_endpoint_auth_methods_supported", json!(auth_methods(promises.client))),
        (
            "token_endpoint_auth_signing_alg_values_supported",
            json!(assertion_algs(promises.client)),
        ),
        ("introspection_endpoint_auth_methods_supported", json!(proven(promises.client))),
        ("revocation_endpoint_auth_methods_supported", json!(auth_methods(promises.client))),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("scopes_supported", json!(promises.scopes)),
        ("claims_supported", json!(promises.claims)),
        ("claim_types_supported", json!(["normal"])),
        ("acr_values_supported", json!(["1"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("ui_locales_supported", json!(promises.languages)),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(signs(promises.client))),
        ("request_uri_parameter_supported", json!(refers(promises.client))),
        ("require_request_uri_registration", json!(true)),
        ("request_object_signing_alg_values_supported", json!(SIGNED_WITH)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ];
    let usable = |name: &str| match name {
        "client_id_metadata_document_supported" => promises.documents && promises.client.is_none(),
        // Who has paths of its own is registered.
        "registration_endpoint" => promises.registers && promises.client.is_none(),
        "require_pushed_authorization_requests" => must_push(promises.client),
        "require_request_uri_registration" => refers(promises.client),
        "request_object_signing_alg_values_supported" => signs(promises.client),
        "token_endpoint_auth_signing_alg_values_supported" => {
            !assertion_algs(promises.client).is_empty()
        }
        name => !(name.starts_with("introspection_") && is_public(promises.client)),
    };
    let members = members.into_iter().filter(|(name, _)| usable(name));
    members.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A public client may not introspect.
fn is_public(client: Option<&Client>) -> bool {
    client.is_some_and(|client| client.public)
}

fn subject_types(client: Option<&Client>) -> Vec<&'static str> {
    match client.map(|client| &client.settings.sub) {
        None => vec!["public", "pairwise"],
        Some(SubMode::Pairwise) => vec!["pairwise"],
        Some(_) => vec!["public"],
    }
}

/// What is served, and to this client.
fn response_types(promises: &Promises<'_>) -> Vec<ResponseType> {
    let served = promises.response_types.iter().copied();
    match promises.client {
        None => served.collect(),
        Some(client) => served.filter(|one| client.settings.response_types.contains(one)).collect(),
    }
}

/// Whether signed requests can be checked: of some client, or of this one.
fn signs(client: Option<&Client>) -> bool {
    client.is_none_or(|client| client.settings.jwks.is_some() || client.settings.jwks_uri.is_some())
}

/// Whether requests may be left at an address.
fn refers(client: Option<&Client>) -> bool {
    client.is_none_or(|client| !client.settings.request_uris.is_empty())
}

fn must_push(client: Option<&Client>) -> bool {
    client.is_some_and(|client| client.settings.pushed_requests == PushedRequests::Required)
}

/// Tokens through the browser are what RFC 7591 2 calls the grant `implicit`.
fn grant_types(client: Option<&Client>, response_types: &[ResponseType]) -> Vec<&'static str> {
    let at_token_endpoint = match client {
        Some(client) => client.settings.grant_types.clone(),
        None => {
            vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
            ]
        }
    };
    let implicit = response_types.iter().any(|one| one.is_front_channel()).then_some("implicit");
    at_token_endpoint.into_iter().map(GrantType::as_str).chain(implicit).collect()
}

fn auth_methods(client: Option<&Client>) -> Vec<&'static str> {
    match client {
        Some(client) if client.public => vec!["none"],
        Some(_) => proven(client),
        None => [proven(None), vec!["none"]].concat(),
    }
}

/// The ways in which a confidential client may prove who it is.
fn proven(client: Option<&Client>) -> Vec<&'static str> {
    let secret = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let signed = [AuthMethod::ClientSecretJwt, AuthMethod::PrivateKeyJwt];
    let methods = match client {
        None => [secret, signed].concat(),
        Some(client) => client.settings.auth_method.map_or(secret.to_vec(), |only| vec![only]),
    };
    methods.into_iter().map(AuthMethod::as_str).collect()
}

/// What assertions may be signed with, where they may be sent.
fn assertion_algs(client: Option<&Client>) -> Vec<&'static str> {
    let (secret, key) = (["HS256", "HS384", "HS512"], SIGNED_WITH);
    match client.map(|client| client.settings.auth_method) {
        None => [&key[..], &secret[..]].concat(),
        Some(Some(AuthMethod::PrivateKeyJwt)) => key.to_vec(),
        Some(Some(AuthMethod::ClientSecretJwt)) => secret.to_vec(),
        Some(_) => Vec::new(),
    }
}
