//! The OpenID Foundation's config plan: the metadata has the right form, and what it says is true.

use std::collections::BTreeSet;

use keystead::domain::{Algorithm, AuthMethod, Client, GrantType, Pkce, SubMode};
use serde_json::{Value, json};

use crate::harness::steps::{handed_over, party};
use crate::harness::{Browser, Party, TestApp, each_database, http};

const DOCUMENTS: [(&str, &str); 3] = [
    ("/.well-known/openid-configuration", "https://id.example.com"),
    (
        "/application/o/web/.well-known/openid-configuration",
        "https://id.example.com/application/o/web/",
    ),
    (
        "/oauth2/openid/web/.well-known/openid-configuration",
        "https://id.example.com/oauth2/openid/web",
    ),
];

fn texts(document: &Value, name: &str) -> BTreeSet<String> {
    let list = document[name].as_array().unwrap_or_else(|| panic!("{name} in {document}"));
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn metadata_of(app: &TestApp, id: &str, change: impl FnOnce(&mut Client)) -> Value {
    app.client_with(id, change).await;
    let path = format!("/oauth2/openid/{id}/.well-known/openid-configuration");
    http::get(&app.app, &path).await.json()
}

/// oidcc-discovery-endpoint-verification
#[tokio::test]
async fn the_metadata_has_the_form_and_the_content_that_discovery_asks_for() {
    each_database(async |app| {
        app.client("web").await;
        for (path, issuer) in DOCUMENTS {
            let answer = http::get(&app.app, path).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            let document = answer.json();
            assert_eq!(document["issuer"], issuer);
            assert!(issuer.starts_with("https://") && !issuer.contains(['?', '#', '@']));
            for (name, value) in document.as_object().unwrap() {
                if name.ends_with("_endpoint") || name == "jwks_uri" {
                    assert!(value.as_str().unwrap().starts_with("https://id.example.com/"));
                } else if name.ends_with("_supported") && !value.is_boolean() {
                    assert!(!texts(&document, name).is_empty(), "{name}");
                } else if name != "issuer" {
                    assert!(value.is_boolean(), "{name}: {value}");
                }
            }
            for (list, member) in [
                ("response_types_supported", "code"),
                ("subject_types_supported", "public"),
                ("id_token_signing_alg_values_supported", "RS256"),
                ("grant_types_supported", "authorization_code"),
                ("scopes_supported", "openid"),
                ("claims_supported", "sub"),
                ("code_challenge_methods_supported", "S256"),
                ("ui_locales_supported", "en"),
            ] {
                assert!(texts(&document, list).contains(member), "{list} on {path}");
            }
            assert!(document["userinfo_endpoint"].is_string());
            let languages = texts(&document, "ui_locales_supported");
            let plain =
                |tag: &String| tag.len() == 2 && tag.bytes().all(|c| c.is_ascii_lowercase());
            assert!(languages.iter().all(plain), "as BCP 47 writes them: {languages:?}");
            if let Some(algs) = document.get("request_object_signing_alg_values_supported") {
                assert!(algs.to_string().contains("RS256") && !algs.to_string().contains("none"));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_metadata_of_rfc_8414_is_the_same() {
    each_database(async |app| {
        app.client("web").await;
        for (path, _) in DOCUMENTS {
            let other = path.replace("openid-configuration", "oauth-authorization-server");
            let (one, two) = (http::get(&app.app, path).await, http::get(&app.app, &other).await);
            assert_eq!((two.status, two.body), (200, one.body), "{other}");
        }
    })
    .await;
}

#[tokio::test]
async fn each_endpoint_it_names_is_there() {
    each_database(async |app| {
        let registered = app.client("web").await;
        for (path, _) in DOCUMENTS {
            let party = Party::at(&app.app, &registered, path).await;
            assert_eq!(http::get(&app.app, &party.path("jwks_uri")).await.status, 200);
            for (endpoint, status) in [
                ("token_endpoint", 400),
                ("introspection_endpoint", 400),
                ("revocation_endpoint", 400),
                ("userinfo_endpoint", 401),
                ("authorization_endpoint", 400),
                ("end_session_endpoint", 303),
            ] {
                let answer = party.call(endpoint, &[]).await;
                assert_eq!(answer.status, status, "{endpoint} of {path}: {}", answer.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn natively_it_says_what_some_client_may_do() {
    each_database(async |app| {
        let document = party(&app).await.metadata;
        let algorithms = set(&["RS256", "PS256", "ES256", "ES384", "EdDSA"]);
        assert_eq!(texts(&document, "id_token_signing_alg_values_supported"), algorithms);
        let methods = set(&[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
        ]);
        assert_eq!(texts(&document, "token_endpoint_auth_methods_supported"), methods);
        let grants = GrantType::ALL.map(GrantType::as_str);
        let grants = set(&grants);
        assert_eq!(texts(&document, "grant_types_supported"), grants);
        assert_eq!(texts(&document, "subject_types_supported"), set(&["public", "pairwise"]));
        let known: BTreeSet<String> = app.registry().scopes().keys().cloned().collect();
        assert_eq!(texts(&document, "scopes_supported"), known);
    })
    .await;
}

#[tokio::test]
async fn on_a_clients_own_paths_it_says_what_that_client_may_do() {
    each_database(async |app| {
        let basic = metadata_of(&app, "basic", |client| {
            client.settings.alg = Algorithm::ES256;
            client.settings.auth_method = Some(AuthMethod::ClientSecretBasic);
            client.settings.grant_types = vec![GrantType::AuthorizationCode];
            client.settings.sub = SubMode::Pairwise;
        })
        .await;
        for (list, truth) in [
            ("id_token_signing_alg_values_supported", "ES256"),
            ("token_endpoint_auth_methods_supported", "client_secret_basic"),
            ("introspection_endpoint_auth_methods_supported", "client_secret_basic"),
            ("grant_types_supported", "authorization_code"),
            ("subject_types_supported", "pairwise"),
        ] {
            assert_eq!(texts(&basic, list), set(&[truth]), "{list}");
        }
        let public = metadata_of(&app, "public", |client| client.public = true).await;
        assert_eq!(texts(&public, "token_endpoint_auth_methods_supported"), set(&["none"]));
        assert_eq!(texts(&public, "revocation_endpoint_auth_methods_supported"), set(&["none"]));
        assert_eq!(texts(&public, "subject_types_supported"), set(&["public"]));
        let unusable = ["introspection_endpoint", "introspection_endpoint_auth_methods_supported"];
        for name in unusable {
            assert!(public.get(name).is_none(), "a public client may not introspect: {name}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_advertised_way_to_authenticate_works_and_no_other() {
    each_database(async |app| {
        for (id, only) in [
            ("basic", Some(AuthMethod::ClientSecretBasic)),
            ("post", Some(AuthMethod::ClientSecretPost)),
            ("both", None),
        ] {
            let registered = app.client_with(id, |c| c.settings.auth_method = only).await;
            let path = format!("/oauth2/openid/{id}/.well-known/openid-configuration");
            let party = Party::at(&app.app, &registered, &path).await;
            let said = texts(&party.metadata, "token_endpoint_auth_methods_supported");
            let form = [("grant_type", "authorization_code"), ("code", "x")];
            let by_basic = party.call("token_endpoint", &form).await;
            let (id, secret) = (party.id.as_str(), party.secret.as_deref().unwrap());
            let posted = [&form[..], &[("client_id", id), ("client_secret", secret)]].concat();
            let by_post = http::post(&app.app, "/oauth2/token", &posted).await;
            for (method, answer) in
                [("client_secret_basic", by_basic), ("client_secret_post", by_post)]
            {
                let expected =
                    if said.contains(method) { "invalid_grant" } else { "invalid_client" };
                assert_eq!(answer.error().1, expected, "{method} by {id}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_response_mode_prompt_and_claim_it_names_is_served() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app).await;
        let list = |name: &str| texts(&party.metadata, name);
        for mode in list("response_modes_supported") {
            let mut browser = Browser::new(&app.app);
            let answer = browser.authorize(&party.ask(&[("response_mode", &mode)]), "alice").await;
            let first = if mode.ends_with("jwt") { "response" } else { "code" };
            assert_eq!(handed_over(&answer)[0].0, first, "{mode}");
        }
        assert_eq!(
            list("prompt_values_supported"),
            set(&["none", "login", "consent", "select_account"])
        );
        let mut browser = Browser::new(&app.app);
        let tokens = party.sign_in(&mut browser, "alice", &[]).await;
        for claim in tokens.claims.keys().filter(|claim| *claim != "at_hash") {
            assert!(list("claims_supported").contains(claim), "{claim}");
        }
        for scope in app.registry().scopes().values() {
            assert!(scope.claims.iter().all(|claim| list("claims_supported").contains(claim)));
        }
        assert_eq!(party.metadata["claims_parameter_supported"], true);
        assert_eq!(party.metadata["authorization_response_iss_parameter_supported"], true);
    })
    .await;
}

#[tokio::test]
async fn select_account_asks_who_it_is() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        browser.sign_in("alice").await;
        let page = browser.get(&party.ask(&[("prompt", "select_account")])).await;
        assert!(browser.follow(page).await.has("username"));
        let page = browser.get(&party.ask(&[("prompt", "consent")])).await;
        assert!(browser.follow(page).await.has("consent-allow"));
    })
    .await;
}

#[tokio::test]
async fn pkce_is_as_each_client_is_set() {
    each_database(async |app| {
        for (id, pkce, public, error) in [
            ("strict", Pkce::Required, false, Some("invalid_request")),
            ("lax", Pkce::Optional, false, None),
            ("browser", Pkce::Optional, true, Some("invalid_request")),
        ] {
            let change = |client: &mut Client| {
                (client.settings.pkce, client.public) = (pkce, public);
            };
            let registered = app.client_with(id, change).await;
            let mut party = Party::new(&app.app, &registered).await;
            party.pkce = false;
            let answer = http::get(&app.app, &party.ask(&[])).await;
            assert_eq!(answer.param("error").as_deref(), error, "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn webfinger_tells_the_issuer_to_whoever_asks_about_anybody() {
    each_database(async |app| {
        app.user("alice").await;
        for resource in ["acct:alice@id.example.com", "acct:nobody@elsewhere.example"] {
            let encoded = http::encode(&[("resource", resource)]);
            let answer = http::get(&app.app, &format!("/.well-known/webfinger?{encoded}")).await;
            assert_eq!(answer.header("content-type"), "application/jrd+json");
            assert_eq!(answer.json()["subject"], resource);
            let link = json!({
                "rel": "http://openid.net/specs/connect/1.0/issuer",
                "href": "https://id.example.com",
            });
            assert_eq!(answer.json()["links"], json!([link]));
        }
        assert_eq!(http::get(&app.app, "/.well-known/webfinger").await.status, 400);
    })
    .await;
}
