//! Metadata: OpenID Connect Discovery 1.0 and RFC 8414. Everything it says is true, for this client
//! and on these paths.

mod answers;

use serde_json::{Map, Value, json};

use super::{dpop, response_mode};
use crate::domain::{
    Algorithm, AuthMethod, Client, ClientAlgs, GrantType, KeyAlgorithm, PushedRequests,
    ResponseType, SubMode,
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
    pub check_session: String,
    pub registration: String,
    pub device_authorization: String,
    pub backchannel_authentication: String,
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
    /// The types of authorization details that any client may use.
    pub details_types: Vec<String>,
    /// The kinds of published keys that requests may be encrypted to.
    pub readable: Vec<KeyAlgorithm>,
    /// What the authorization endpoint serves.
    pub response_types: &'static [ResponseType],
    /// Whether clients can show certificates.
    pub certificates: bool,
    /// Whether clients may watch sessions in a frame.
    pub session_management: bool,
    /// Whether a `client_id` may be the address of a client's metadata.
    pub documents: bool,
    /// Whether clients may register themselves.
    pub registers: bool,
}

/// What clients may sign with; the last two are the same by two names (RFC 9864 2.2).
const SIGNED_WITH: [&str; 6] = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"];

/// What it may sign with: any client, or this one.
fn signed_with(client: Option<&Client>) -> Vec<&'static str> {
    let all = client.is_none_or(|client| client.settings.client_algs == ClientAlgs::Any);
    SIGNED_WITH.into_iter().filter(|alg| all || *alg != "RS256").collect()
}

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
        ("device_authorization_endpoint", json!(endpoints.device_authorization)),
        ("backchannel_authentication_endpoint", json!(endpoints.backchannel_authentication)),
        ("backchannel_token_delivery_modes_supported", json!(["poll"])),
        (
            "backchannel_authentication_request_signing_alg_values_supported",
            json!(signed_with(promises.client)),
        ),
        ("backchannel_user_code_parameter_supported", json!(false)),
        ("require_pushed_authorization_requests", json!(true)),
        ("client_id_metadata_document_supported", json!(true)),
        ("response_types_supported", json!(response_types)),
        ("response_modes_supported", json!(response_mode::ALL)),
        ("grant_types_supported", json!(grant_types)),
        ("subject_types_supported", json!(subject_types(promises.client))),
        ("id_token_signing_alg_values_supported", json!(algs)),
        ("authorization_signing_alg_values_supported", json!(algs)),
        ("token_endpoint_auth_methods_supported", json!(auth_methods(promises))),
        (
            "token_endpoint_auth_signing_alg_values_supported",
            json!(assertion_algs(promises.client)),
        ),
        ("introspection_endpoint_auth_methods_supported", json!(proven(promises))),
        ("revocation_endpoint_auth_methods_supported", json!(auth_methods(promises))),
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
        ("request_object_signing_alg_values_supported", json!(signed_with(promises.client))),
        ("backchannel_logout_supported", json!(true)),
        ("backchannel_logout_session_supported", json!(true)),
        ("check_session_iframe", json!(endpoints.check_session)),
        ("frontchannel_logout_supported", json!(true)),
        ("frontchannel_logout_session_supported", json!(true)),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("dpop_signing_alg_values_supported", json!(dpop::ALGS)),
        ("tls_client_certificate_bound_access_tokens", json!(true)),
    ];
    let asks = grant_types.contains(&GrantType::Ciba.as_str());
    let usable = |name: &str| match name {
        "tls_client_certificate_bound_access_tokens" => promises.certificates,
        "client_id_metadata_document_supported" => promises.documents && promises.client.is_none(),
        // Who has paths of its own is registered.
        "registration_endpoint" => promises.registers && promises.client.is_none(),
        "require_pushed_authorization_requests" => must_push(promises.client),
        "check_session_iframe" => promises.session_management,
        "device_authorization_endpoint" => grant_types.contains(&GrantType::DeviceCode.as_str()),
        "backchannel_authentication_request_signing_alg_values_supported" => {
            asks && signs(promises.client)
        }
        "backchannel_authentication_endpoint"
        | "backchannel_token_delivery_modes_supported"
        | "backchannel_user_code_parameter_supported" => asks,
        "require_request_uri_registration" => refers(promises.client),
        "request_object_signing_alg_values_supported" => signs(promises.client),
        "token_endpoint_auth_signing_alg_values_supported" => {
            !assertion_algs(promises.client).is_empty()
        }
        name => !(name.starts_with("introspection_") && is_public(promises.client)),
    };
    let members = members.into_iter().filter(|(name, _)| usable(name));
    let members = members.chain(answers::members(promises));
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
        None => GrantType::ALL.to_vec(),
    };
    let implicit = response_types.iter().any(|one| one.is_front_channel()).then_some("implicit");
    at_token_endpoint.into_iter().map(GrantType::as_str).chain(implicit).collect()
}

fn auth_methods(promises: &Promises<'_>) -> Vec<&'static str> {
    match promises.client {
        Some(client) if client.public => vec!["none"],
        Some(_) => proven(promises),
        None => [proven(promises), vec!["none"]].concat(),
    }
}

/// The ways in which a confidential client may prove who it is.
fn proven(promises: &Promises<'_>) -> Vec<&'static str> {
    let secret = vec![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let signed = vec![AuthMethod::ClientSecretJwt, AuthMethod::PrivateKeyJwt];
    let shown = match promises.certificates {
        true => vec![AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth],
        false => Vec::new(),
    };
    let methods = match promises.client {
        None => [secret, signed, shown].concat(),
        Some(client) => client.settings.auth_method.map_or(secret, |only| vec![only]),
    };
    methods.into_iter().map(AuthMethod::as_str).collect()
}

/// What assertions may be signed with, where they may be sent.
fn assertion_algs(client: Option<&Client>) -> Vec<&'static str> {
    let (secret, key) = (["HS256", "HS384", "HS512"], signed_with(client));
    match client.map(|client| client.settings.auth_method) {
        None => [&key[..], &secret[..]].concat(),
        Some(Some(AuthMethod::PrivateKeyJwt)) => key,
        Some(Some(AuthMethod::ClientSecretJwt)) => secret.to_vec(),
        Some(_) => Vec::new(),
    }
}
