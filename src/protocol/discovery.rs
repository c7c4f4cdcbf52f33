//! Metadata: OpenID Connect Discovery 1.0 and RFC 8414. Everything it says is true, for this client
//! and on these paths.

use serde_json::{Map, Value, json};

use crate::domain::{Algorithm, Client, GrantType, SubMode};

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
}

/// The document.
pub fn metadata(endpoints: &Endpoints, promises: &Promises<'_>) -> Map<String, Value> {
    let algs = match promises.client {
        Some(client) => vec![client.settings.alg.as_str()],
        None => Algorithm::ALL.map(Algorithm::as_str).to_vec(),
    };
    let members = [
        ("issuer", json!(endpoints.issuer)),
        ("authorization_endpoint", json!(endpoints.authorization)),
        ("token_endpoint", json!(endpoints.token)),
        ("userinfo_endpoint", json!(endpoints.userinfo)),
        ("jwks_uri", json!(endpoints.jwks)),
        ("end_session_endpoint", json!(endpoints.end_session)),
        ("introspection_endpoint", json!(endpoints.introspection)),
        ("revocation_endpoint", json!(endpoints.revocation)),
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query", "form_post"])),
        ("grant_types_supported", json!(grant_types(promises.client))),
        ("subject_types_supported", json!(subject_types(promises.client))),
        ("id_token_signing_alg_values_supported", json!(algs)),
        ("token_endpoint_auth_methods_supported", json!(auth_methods(promises.client))),
        ("introspection_endpoint_auth_methods_supported", json!(with_secret(promises.client))),
        ("revocation_endpoint_auth_methods_supported", json!(auth_methods(promises.client))),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("scopes_supported", json!(promises.scopes)),
        ("claims_supported", json!(promises.claims)),
        ("claim_types_supported", json!(["normal"])),
        ("acr_values_supported", json!(["1"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("ui_locales_supported", json!(promises.languages)),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ];
    let usable = |name: &str| !(name.starts_with("introspection_") && is_public(promises.client));
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

fn grant_types(client: Option<&Client>) -> Vec<&'static str> {
    match client {
        Some(client) => client.settings.grant_types.iter().map(|grant| grant.as_str()).collect(),
        None => {
            [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials]
                .map(GrantType::as_str)
                .to_vec()
        }
    }
}

fn auth_methods(client: Option<&Client>) -> Vec<&'static str> {
    match client {
        Some(client) if client.public => vec!["none"],
        Some(_) => with_secret(client),
        None => vec!["client_secret_basic", "client_secret_post", "none"],
    }
}

fn with_secret(client: Option<&Client>) -> Vec<&'static str> {
    match client.and_then(|client| client.settings.auth_method) {
        Some(method) => vec![method.as_str()],
        None => vec!["client_secret_basic", "client_secret_post"],
    }
}
