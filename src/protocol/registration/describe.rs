//! What a client is, as metadata (RFC 7591 3.2.1, RFC 7592 3): what it is told after it registered,
//! and whenever it asks.

use serde_json::{Map, Value, json};

use crate::domain::{
    AuthMethod, Client, ClientSettings, Dpop, GrantType, PushedRequests, ResponseType, Scopes,
    SignedRequests, SubMode,
};

/// The metadata of a client, with what it said of itself and what it may be told.
pub fn describe(client: &Client, said: &Map<String, Value>, scopes: &Scopes) -> Map<String, Value> {
    let settings = &client.settings;
    let mut all = said.clone();
    let mut put = |name: &str, value: Value| {
        let empty = value.as_array().is_some_and(Vec::is_empty);
        if !value.is_null() && !empty {
            all.insert(name.to_owned(), value);
        }
    };
    put("client_id", json!(client.id));
    put("client_id_issued_at", json!(client.created_at));
    put("client_name", json!(client.name));
    put("redirect_uris", json!(client.redirect_uris));
    put("post_logout_redirect_uris", json!(client.post_logout_redirect_uris));
    put("response_types", json!(response_types(client)));
    put("grant_types", json!(grant_types(client)));
    put("token_endpoint_auth_method", json!(auth_method(client).as_str()));
    put("id_token_signed_response_alg", json!(settings.alg.as_str()));
    put("jwks", json!(settings.jwks));
    put("jwks_uri", json!(settings.jwks_uri));
    put("request_uris", json!(settings.request_uris));
    put("client_uri", json!(settings.app_url));
    put("logo_uri", json!(settings.logo_uri));
    put("policy_uri", json!(settings.policy_uri));
    put("tos_uri", json!(settings.tos_uri));
    put("initiate_login_uri", json!(settings.initiate_login_uri));
    put("sector_identifier_uri", json!(settings.sector_identifier_uri));
    put("default_max_age", json!(settings.default_max_age));
    put("subject_type", json!(subject_type(client)));
    put("scope", json!(Some(scopes.to_string()).filter(|text| !text.is_empty())));
    if settings.grant_types.contains(&GrantType::Ciba) {
        put("backchannel_token_delivery_mode", json!("poll"));
        put("backchannel_user_code_parameter", json!(false));
    }
    if settings.pushed_requests == PushedRequests::Required {
        put("require_pushed_authorization_requests", json!(true));
    }
    if settings.signed_requests != SignedRequests::Optional {
        put("require_signed_request_object", json!(true));
    }
    if settings.dpop != Dpop::Optional {
        put("dpop_bound_access_tokens", json!(true));
    }
    for (name, value) in answers(settings) {
        put(name, value);
    }
    all
}

/// How it is answered and told, where that was chosen.
fn answers(settings: &ClientSettings) -> [(&'static str, Value); 11] {
    let flag = |set: bool| if set { json!(true) } else { Value::Null };
    [
        ("userinfo_signed_response_alg", json!(settings.userinfo_signed_response_alg)),
        ("introspection_signed_response_alg", json!(settings.introspection_signed_response_alg)),
        ("id_token_encrypted_response_alg", json!(settings.id_token_encrypted_response_alg)),
        ("id_token_encrypted_response_enc", json!(settings.id_token_encrypted_response_enc)),
        ("userinfo_encrypted_response_alg", json!(settings.userinfo_encrypted_response_alg)),
        ("userinfo_encrypted_response_enc", json!(settings.userinfo_encrypted_response_enc)),
        ("request_object_encryption_alg", json!(settings.request_object_encryption_alg)),
        ("backchannel_logout_uri", json!(settings.backchannel_logout_uri)),
        ("backchannel_logout_session_required", flag(settings.backchannel_logout_session_required)),
        ("frontchannel_logout_uri", json!(settings.frontchannel_logout_uri)),
        (
            "frontchannel_logout_session_required",
            flag(settings.frontchannel_logout_session_required),
        ),
    ]
}

fn subject_type(client: &Client) -> &'static str {
    match client.settings.sub {
        SubMode::Pairwise => "pairwise",
        _ => "public",
    }
}

fn auth_method(client: &Client) -> AuthMethod {
    let usual = if client.public { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
    client.settings.auth_method.unwrap_or(usual)
}

/// A code is no good to whoever may not redeem it.
fn response_types(client: &Client) -> Vec<ResponseType> {
    let redeems = client.settings.grant_types.contains(&GrantType::AuthorizationCode);
    let all = client.settings.response_types.iter().copied();
    all.filter(|one| redeems || !one.has_code()).collect()
}

fn grant_types(client: &Client) -> Vec<&'static str> {
    let in_browser = response_types(client).iter().any(|one| one.is_front_channel());
    let grants = client.settings.grant_types.iter().map(|one| one.as_str());
    grants.chain(in_browser.then_some("implicit")).collect()
}
