//! Metadata, good and bad, and whatever else somebody may send.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Terms, check_sector, describe, read};
use crate::domain::{
    Algorithm, AuthMethod, Bounds, Client, ClientId, GrantType, Pkce, PushedRequests, ResponseType,
    Scopes, SubMode, Timestamp, Wanted,
};
use crate::protocol::{ErrorCode, OAuthError};

const SERVED: &[ResponseType] = &[ResponseType::Code, ResponseType::CodeIdToken];

fn within(metadata: &Value, bounds: &Bounds) -> Result<Wanted, OAuthError> {
    let scopes = Scopes::parse("openid profile email groups offline_access");
    let terms = Terms { served: SERVED, bounds, scopes: &scopes };
    read(metadata.as_object().unwrap(), &terms)
}

fn asked(metadata: &Value) -> Result<Wanted, OAuthError> {
    within(metadata, &Bounds::default())
}

/// What is refused of metadata that is fine but for this.
fn refused(more: &Value) -> (ErrorCode, String) {
    let mut metadata = json!({ "redirect_uris": ["https://a.example/cb"] });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let error = asked(&metadata).err().unwrap_or_else(|| panic!("{more} was taken"));
    let parameter = error.detail.into_iter().find(|(name, _)| *name == "parameter");
    (error.code, parameter.map(|(_, value)| value).unwrap_or_default())
}

#[test]
fn the_least_that_is_said_gets_the_defaults_of_the_specifications() {
    let wanted = asked(&json!({ "redirect_uris": ["https://a.example/cb"], "unknown": [1] }));
    let wanted = wanted.unwrap();
    assert_eq!(wanted.settings.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(wanted.settings.response_types, [ResponseType::Code]);
    assert_eq!((wanted.settings.auth_method, wanted.public), (None, false));
    assert_eq!((wanted.settings.alg, wanted.settings.pkce), (Algorithm::RS256, Pkce::Optional));
    assert_eq!(wanted.scopes, Scopes::parse("openid profile email offline_access"));
    assert!(wanted.said.is_empty() && wanted.name.is_none());
}

#[test]
fn all_that_is_known_is_kept_and_told_again() {
    let metadata = json!({
        "client_name": "Wiki",
        "redirect_uris": ["https://a.example/cb?tenant=1", "https://a.example/other"],
        "post_logout_redirect_uris": ["https://a.example/"],
        "response_types": ["code", "id_token code"],
        "grant_types": ["authorization_code", "refresh_token", "implicit"],
        "token_endpoint_auth_method": "private_key_jwt",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        "backchannel_logout_uri": "https://hooks.a.example/bye",
        "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://a.example/bye?tenant=1",
        "frontchannel_logout_session_required": true,
        "jwks_uri": "https://a.example/jwks",
        "request_uris": ["https://a.example/request#1"],
        "client_uri": "https://a.example/",
        "logo_uri": "https://a.example/logo.png",
        "policy_uri": "https://a.example/policy",
        "tos_uri": "https://a.example/tos",
        "initiate_login_uri": "https://a.example/login",
        "sector_identifier_uri": "https://a.example/sector",
        "subject_type": "pairwise",
        "default_max_age": 3600,
        "require_auth_time": true,
        "require_pushed_authorization_requests": true,
        "default_acr_values": ["1"],
        "contacts": ["ops@a.example"],
        "software_id": "wiki",
        "software_version": "2.0",
        "application_type": "web",
        "scope": "openid email",
    });
    let wanted = asked(&metadata).unwrap();
    assert_eq!(wanted.settings.sub, SubMode::Pairwise);
    assert_eq!(wanted.settings.pushed_requests, PushedRequests::Required);
    let client = Client {
        id: ClientId("reg-1".into()),
        slug: "reg-1".into(),
        name: wanted.name.clone().unwrap(),
        public: wanted.public,
        trusted: false,
        disabled_at: None,
        secret_hash: None,
        secret_sealed: None,
        settings: sqlx::types::Json(wanted.settings.clone()),
        created_at: Timestamp(7),
        updated_at: Timestamp(7),
        redirect_uris: wanted.redirect_uris.clone(),
        post_logout_redirect_uris: wanted.post_logout_redirect_uris.clone(),
    };
    let mut told = Value::Object(describe(&client, &wanted.said, &wanted.scopes));
    let members = told.as_object_mut().unwrap();
    assert_eq!(members.remove("client_id"), Some(json!("reg-1")));
    assert_eq!(members.remove("client_id_issued_at"), Some(json!(7)));
    let mut expected = metadata;
    expected["response_types"] = json!(["code", "code id_token"]);
    expected["scope"] = json!("email openid");
    assert_eq!(told, expected);
}

#[test]
fn what_is_wrong_is_refused_with_its_member() {
    for (more, parameter) in [
        (json!({ "redirect_uris": [] }), "redirect_uris"),
        (json!({ "redirect_uris": "https://a.example/cb" }), "redirect_uris"),
        (json!({ "redirect_uris": ["https://a.example/cb#x"] }), "redirect_uris"),
        (json!({ "redirect_uris": ["http://a.example/cb"] }), "redirect_uris"),
        (json!({ "redirect_uris": ["com.example.app:/cb"] }), "redirect_uris"),
        (json!({ "redirect_uris": ["nonsense"] }), "redirect_uris"),
        (json!({ "client_name": 7 }), "client_name"),
        (json!({ "client_name": "x".repeat(101) }), "client_name"),
        (json!({ "token_endpoint_auth_method": "magic" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "jwks_uri"),
        (json!({ "jwks_uri": "https://a.example/", "jwks": { "keys": [] } }), "jwks"),
        (json!({ "jwks": [] }), "jwks"),
        (json!({ "id_token_signed_response_alg": "none" }), "id_token_signed_response_alg"),
        (json!({ "userinfo_signed_response_alg": "HS256" }), "userinfo_signed_response_alg"),
        (json!({ "backchannel_logout_uri": "http://a.example/bye" }), "backchannel_logout_uri"),
        (json!({ "backchannel_logout_uri": "https://a.example/#x" }), "backchannel_logout_uri"),
        (
            json!({ "backchannel_logout_session_required": 1 }),
            "backchannel_logout_session_required",
        ),
        (json!({ "frontchannel_logout_uri": "https://b.example/" }), "frontchannel_logout_uri"),
        (
            json!({ "frontchannel_logout_uri": "https://a.example:8443/" }),
            "frontchannel_logout_uri",
        ),
        (json!({ "response_types": ["id_token"] }), "response_types"),
        (json!({ "response_types": ["code"], "grant_types": ["refresh_token"] }), "grant_types"),
        (json!({ "grant_types": ["client_credentials"] }), "grant_types"),
        (json!({ "grant_types": ["password"] }), "grant_types"),
        (json!({ "initiate_login_uri": "http://a.example/login" }), "initiate_login_uri"),
        (json!({ "logo_uri": "javascript:alert(1)" }), "logo_uri"),
        (json!({ "tos_uri": "https://user:pw@a.example/" }), "tos_uri"),
        (json!({ "subject_type": "secret" }), "subject_type"),
        (json!({ "default_max_age": -1 }), "default_max_age"),
        (json!({ "default_max_age": "60" }), "default_max_age"),
        (json!({ "request_uris": ["https://a.example/r"] }), "request_uris"),
        (json!({ "contacts": vec!["a"; 21] }), "contacts"),
        (json!({ "application_type": "tv" }), "application_type"),
        (
            json!({
                "subject_type": "pairwise",
                "redirect_uris": ["https://a.example/", "https://b.example/"],
            }),
            "sector_identifier_uri",
        ),
    ] {
        assert_eq!(refused(&more).1, parameter, "{more}");
    }
    let nul = json!({ "client_name": "a\u{0}b" });
    assert_eq!(refused(&nul), (ErrorCode::InvalidClientMetadata, String::new()));
    let fragment = json!({ "redirect_uris": ["https://a.example/cb#x"] });
    assert_eq!(refused(&fragment).0, ErrorCode::InvalidRedirectUri);
}

#[test]
fn a_native_application_has_a_scheme_of_its_own_and_no_secret() {
    let metadata = json!({
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["com.example.app:/cb", "http://127.0.0.1/cb"],
        "application_type": "native",
    });
    let wanted = asked(&metadata).unwrap();
    assert_eq!((wanted.public, wanted.settings.pkce), (true, Pkce::Required));
    assert_eq!(wanted.settings.auth_method, Some(AuthMethod::None));
}

#[test]
fn a_token_bounds_grants_scopes_and_hosts() {
    let bounds = Bounds {
        grant_types: vec![GrantType::ClientCredentials],
        scopes: Scopes::parse("openid groups"),
        redirect_hosts: vec!["a.example".into()],
    };
    let machine = json!({ "grant_types": ["client_credentials"], "scope": "groups email" });
    let wanted = within(&machine, &bounds).unwrap();
    assert_eq!(wanted.settings.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(wanted.scopes, Scopes::parse("groups"));
    let bounds = Bounds { grant_types: Bounds::default().grant_types, ..bounds };
    for (uri, fits) in [("https://a.example/cb", true), ("https://b.example/cb", false)] {
        let metadata = json!({ "redirect_uris": [uri] });
        assert_eq!(within(&metadata, &bounds).is_ok(), fits, "{uri}");
    }
}

#[test]
fn a_sector_lists_every_redirect_uri() {
    let uris = ["https://a.example/cb".to_owned(), "https://b.example/cb".to_owned()];
    let whole = json!(["https://b.example/cb", "https://a.example/cb", "https://c.example/"]);
    assert!(check_sector(whole.to_string().as_bytes(), &uris).is_ok());
    for body in ["[\"https://a.example/cb\"]", "{}", "", "[1]"] {
        assert!(check_sector(body.as_bytes(), &uris).is_err(), "{body}");
    }
}

/// Any JSON, and now and then what looks like metadata.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("https://a.example/cb")),
        Just(json!("http://127.0.0.1/cb")),
        Just(json!("code")),
        Just(json!("none")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(".{0,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

const NAMES: [&str; 27] = [
    "redirect_uris",
    "post_logout_redirect_uris",
    "response_types",
    "grant_types",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "initiate_login_uri",
    "request_uris",
    "subject_type",
    "sector_identifier_uri",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "scope",
    "software_id",
    "application_type",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
];

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused_with_words_a_client_can_be_sent(
        members in prop::collection::vec((0..NAMES.len(), any_json()), 0..10),
    ) {
        let named = members.into_iter().map(|(n, value)| (NAMES[n].to_owned(), value));
        let metadata: Map<String, Value> = named.collect();
        match asked(&Value::Object(metadata)) {
            Ok(wanted) => {
                for uri in wanted.redirect_uris.iter().chain(&wanted.post_logout_redirect_uris) {
                    prop_assert!(!uri.contains('#') && !uri.starts_with("javascript"));
                    prop_assert!(uri.starts_with("https://") || wanted.public
                        || uri.starts_with("http://127.0.0.1"));
                }
                prop_assert!(wanted.scopes.within(&Bounds::default().scopes));
                let plain = serde_json::to_string(&wanted.settings).unwrap();
                prop_assert!(!plain.contains("\\u0000"));
            }
            Err(error) => {
                let sent = |c: char| c.is_ascii_graphic() || c == ' ';
                prop_assert!(error.description.chars().all(sent));
                prop_assert!(!error.description.contains(['"', '\\']));
            }
        }
    }
}
