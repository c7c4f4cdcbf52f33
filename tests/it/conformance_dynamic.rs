//! The OpenID Foundation's dynamic plan: clients that register themselves (RFC 7591, RFC 7592).

use std::sync::{Arc, Mutex};

use axum::http::Method;
use keystead::app::AppState;
use keystead::clock::Clock;
use keystead::domain::{Algorithm, Cause};
use serde_json::{Map, Value, json};

use crate::harness::http::{self, Answer};
use crate::harness::registrar::{metadata, open_node, own, own_path, party, register, registered};
use crate::harness::signer::{Keys, keys, set};
use crate::harness::steps::header_of;
use crate::harness::tls::{allowed, serve_https};
use crate::harness::{Browser, each_database};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Authenticates with an assertion and a code that there is not: `invalid_grant` says that the client
/// was taken.
async fn present(app: &AppState, client: &str, keys: &Keys, (aud, jti): (&str, &str)) -> Answer {
    let now = app.clock.now().0;
    let claims = json!({ "iss": client, "sub": client, "aud": aud, "jti": jti, "exp": now + 60 });
    let assertion = keys.signer.sign("JWT", &claims).unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion.as_str()),
    ];
    http::post(app, "/oauth2/token", &form).await
}

fn code(answer: &Answer) -> (u16, String) {
    answer.error()
}

fn refused(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

#[tokio::test]
async fn discovery_names_the_registration_endpoint_where_it_is_on() {
    each_database(async |app| {
        app.client("web").await;
        let node = open_node(&app).await;
        let at = "https://id.example.com/oauth2/register";
        let document = http::get(&node, "/.well-known/openid-configuration").await.json();
        assert_eq!(document["registration_endpoint"], at);
        for one in ["code", "id_token", "id_token token"] {
            assert!(document["response_types_supported"].as_array().unwrap().contains(&json!(one)));
        }
        for one in ["authorization_code", "implicit"] {
            assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(one)));
        }
        // Whoever has paths of its own is registered already.
        for path in ["/application/o/web", "/oauth2/openid/web"] {
            let path = format!("{path}/.well-known/openid-configuration");
            let document = http::get(&node, &path).await.json();
            assert!(document.get("registration_endpoint").is_none(), "{path}");
        }
        let document = http::get(&app.app, "/.well-known/openid-configuration").await.json();
        assert!(document.get("registration_endpoint").is_none());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_answer_holds_all_a_client_needs_and_deleting_it_gives_204() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let answer = register(&node, None, &metadata(&json!({ "unknown_member": 1 }))).await;
        assert_eq!((answer.status, answer.header("content-type")), (201, "application/json"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let told = answer.json();
        assert!(told["client_id"].is_string() && told["client_secret"].is_string());
        assert_eq!(told["client_secret_expires_at"], 0);
        assert_eq!(told["client_id_issued_at"], node.clock.now().0);
        assert_eq!(told["contacts"], json!(["certification@oidf.org"]));
        assert!(told.get("unknown_member").is_none());
        assert!(own_path(&told).starts_with("/oauth2/register/"));
        let read = own(&node, Method::GET, &told, None).await;
        assert_eq!((read.status, read.json()), (200, told.clone()));
        let gone = own(&node, Method::DELETE, &told, None).await;
        assert_eq!((gone.status, gone.body.as_str()), (204, ""));
        for method in [Method::GET, Method::DELETE] {
            let answer = own(&node, method, &told, None).await;
            assert_eq!(code(&answer), (401, "invalid_token".to_owned()));
            assert!(answer.header("www-authenticate").starts_with("Bearer "));
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn somebody_signs_in_to_a_client_that_registered_itself() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let told = registered(&node, &json!({ "id_token_signed_response_alg": "RS256" })).await;
        let party = party(&node, &told).await;
        let mut browser = Browser::new(&node);
        let tokens = party.sign_in(&mut browser, "alice", &[]).await;
        assert_eq!(header_of(tokens.get("id_token"))["alg"], "RS256");
        assert!(header_of(tokens.get("id_token"))["kid"].is_string());
        let told = party.userinfo(tokens.get("access_token")).await.json();
        assert_eq!(told["email"], "alice@example.com");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_several_redirect_uris_one_must_be_named_byte_for_byte() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let uris = ["https://party.example.com/cb?bar=foo", "https://party.example.com/other"];
        let told = registered(&node, &json!({ "redirect_uris": uris })).await;
        let mut party = party(&node, &told).await;
        let mut browser = Browser::new(&node);
        app.user("alice").await;
        let answer = browser.authorize(&party.ask(&[]), "alice").await;
        assert!(answer.location().starts_with("https://party.example.com/cb?bar=foo&"));
        for (uri, cause) in [
            ("", Cause::RedirectUriMissing),
            ("https://party.example.com/cb?bar=other", Cause::RedirectUriMismatch),
            ("https://party.example.com/cb?bar=foo&x=1", Cause::RedirectUriMismatch),
            ("https://party.example.com/other?x=1", Cause::RedirectUriMismatch),
        ] {
            party.redirect_uri = uri.to_owned();
            let page = browser.get(&party.ask(&[("redirect_uri", uri)])).await;
            assert_eq!((page.status, page.location()), (400, ""), "{uri}");
            assert_eq!(page.text("error-code"), cause.code(), "{uri}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_redirect_uri_with_a_fragment_is_not_registered() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let bad = metadata(&json!({ "redirect_uris": ["https://party.example.com/cb#foobar"] }));
        let answer = register(&node, None, &bad).await;
        assert_eq!(code(&answer), refused("invalid_redirect_uri"));
        assert_eq!(answer.header("content-type"), "application/json");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn private_key_jwt_with_registered_keys_takes_issuer_and_token_endpoint_as_audience() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let own = keys(Algorithm::ES256);
        let method =
            json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": set(&[&own]) });
        let told = registered(&node, &method).await;
        assert!(told.get("client_secret").is_none());
        assert!(told.get("client_secret_expires_at").is_none());
        let id = told["client_id"].as_str().unwrap();
        for (jti, aud) in
            [("a", "https://id.example.com/oauth2/token"), ("b", "https://id.example.com")]
        {
            let answer = present(&node, id, &own, (aud, jti)).await;
            assert_eq!(code(&answer), refused("invalid_grant"), "{aud}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn keys_at_a_jwks_uri_are_fetched_and_found_again_after_a_rotation() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let (old, new) = (keys(Algorithm::RS256), keys(Algorithm::ES256));
        let published = Arc::new(Mutex::new(json!(set(&[&old])).to_string()));
        let uri = serve_https(&published).await;
        let method = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri });
        let told = registered(&node, &method).await;
        let id = told["client_id"].as_str().unwrap();
        let aud = "https://id.example.com";
        let answer = present(&node, id, &old, (aud, "a")).await;
        assert_eq!(code(&answer), refused("invalid_grant"));
        *published.lock().unwrap() = json!(set(&[&new])).to_string();
        let Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        clock.fetch_add(60_000, std::sync::atomic::Ordering::Relaxed);
        let answer = present(&node, id, &new, (aud, "b")).await;
        assert_eq!(code(&answer), refused("invalid_grant"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_registered_request_uri_is_fetched_with_its_fragment() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let own = keys(Algorithm::RS256);
        let object = Arc::new(Mutex::new(String::new()));
        let uri = format!("{}#abc", serve_https(&object).await);
        let more = json!({
            "request_uris": [uri],
            "request_object_signing_alg": "RS256",
            "jwks": set(&[&own]),
        });
        let told = registered(&node, &more).await;
        let party = party(&node, &told).await;
        let claims = json!({
            "client_id": party.id, "redirect_uri": party.redirect_uri, "response_type": "code",
            "scope": "openid", "state": "signed", "nonce": "n",
        });
        *object.lock().unwrap() = own.signer.sign("JWT", &claims).unwrap();
        let ask = party.ask(&[("request_uri", uri.as_str()), ("state", "unsigned")]);
        let answer = Browser::new(&node).authorize(&ask, "alice").await;
        assert_eq!(answer.param("state").as_deref(), Some("signed"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_login_page_shows_logo_policy_and_terms_of_the_client() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let more = json!({
            "logo_uri": "https://party.example.com/logo.png",
            "policy_uri": "https://party.example.com/policy",
            "tos_uri": "https://party.example.com/tos",
        });
        let party = party(&node, &registered(&node, &more).await).await;
        let mut browser = Browser::new(&node);
        let to_login = browser.get(&party.ask(&[])).await;
        let page = browser.follow(to_login).await;
        assert!(page.has("login-submit"), "{}", page.body);
        for uri in ["logo.png", "policy", "tos"] {
            let uri = format!("=\"https://party.example.com/{uri}\"");
            assert!(page.body.contains(&uri), "{uri}: {}", page.body);
        }
        // Logos come straight from the client, over https; scripts and styles never do.
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("img-src 'self' https: data:") && policy.starts_with("default-src")
        );
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_sector_is_fetched_and_names_people_by_its_host() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let hosts = ["https://one.example.com/cb", "https://two.example.com/cb"];
        let listed = Arc::new(Mutex::new(json!(hosts).to_string()));
        let sector = serve_https(&listed).await;
        let mut subs = Vec::new();
        for uri in hosts {
            let more = json!({
                "redirect_uris": [uri], "subject_type": "pairwise", "sector_identifier_uri": sector,
            });
            let told = registered(&node, &more).await;
            assert_eq!(told["subject_type"], "pairwise");
            let party = party(&node, &told).await;
            let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
            subs.push(tokens.claims["sub"].clone());
        }
        assert_eq!(subs[0], subs[1], "one sector");
        let alone = json!({ "redirect_uris": [hosts[0]], "subject_type": "pairwise" });
        let party = party(&node, &registered(&node, &alone).await).await;
        let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        assert_ne!(tokens.claims["sub"], subs[0], "another sector");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_sector_that_does_not_list_a_redirect_uri_is_refused() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let listed = Arc::new(Mutex::new("[\"https://other.example.com/cb\"]".to_owned()));
        let sector = serve_https(&listed).await;
        for uri in [sector.as_str(), "https://10.0.0.1/sector", "https://nowhere.invalid/"] {
            let more = json!({ "subject_type": "pairwise", "sector_identifier_uri": uri });
            let answer = register(&node, None, &metadata(&more)).await;
            assert_eq!(code(&answer), refused("invalid_client_metadata"), "{uri}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_trusted_software_statement_says_wins() {
    each_database(async |app| {
        let (issuer, stranger) = (keys(Algorithm::ES256), keys(Algorithm::ES256));
        let published = Arc::new(Mutex::new(json!(set(&[&issuer])).to_string()));
        let trusted = format!("https://directory.example {}", serve_https(&published).await);
        let settings = [
            ("KEYSTEAD_OIDC__REGISTRATION", "open"),
            ("KEYSTEAD_OIDC__SOFTWARE_STATEMENTS", trusted.as_str()),
        ];
        let node = app.another_node_with(&[settings.as_slice(), &allowed()].concat()).await;
        let sign = |keys: &Keys, iss: &str, exp: i64| {
            let exp = node.clock.now().0 + exp;
            let claims = json!({ "iss": iss, "exp": exp, "client_name": "Vouched", "aud": "x" });
            keys.signer.sign("JWT", &claims).unwrap()
        };
        let good = sign(&issuer, "https://directory.example", 600);
        let more = json!({ "software_statement": good, "client_name": "Mine" });
        let told = registered(&node, &more).await;
        assert_eq!(
            (&told["client_name"], &told["software_statement"]),
            (&json!("Vouched"), &json!(good))
        );
        let mut wanted = metadata(&json!({ "client_name": "Mine again" }));
        wanted["client_id"] = told["client_id"].clone();
        let answer = own(&node, Method::PUT, &told, Some(&wanted)).await;
        assert_eq!(answer.json()["client_name"], "Vouched", "{}", answer.body);
        for (statement, error) in [
            (sign(&stranger, "https://directory.example", 600), "invalid_software_statement"),
            (sign(&issuer, "https://directory.example", -600), "invalid_software_statement"),
            (sign(&issuer, "https://other.example", 600), "unapproved_software_statement"),
            ("nonsense".to_owned(), "invalid_software_statement"),
        ] {
            let more = json!({ "software_statement": statement });
            let answer = register(&node, None, &metadata(&more)).await;
            assert_eq!(code(&answer), refused(error), "{statement}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn tokens_through_the_browser_are_registered_as_the_suite_asks() {
    each_database(async |app| {
        let node = open_node(&app).await;
        for (types, grants) in [
            (json!(["id_token"]), json!(["implicit"])),
            (json!(["id_token token"]), json!(["implicit"])),
            (json!(["code id_token"]), json!(["authorization_code", "implicit"])),
        ] {
            let more = json!({ "response_types": types, "grant_types": grants });
            let told = registered(&node, &more).await;
            assert_eq!((&told["response_types"], &told["grant_types"]), (&types, &grants));
        }
        let more = json!({ "response_types": ["id_token"], "grant_types": ["implicit"] });
        let local = json!({ "redirect_uris": ["https://localhost/cb"] });
        let mut all: Map<String, Value> = more.as_object().unwrap().clone();
        all.extend(local.as_object().unwrap().clone());
        let answer = register(&node, None, &metadata(&Value::Object(all))).await;
        assert_eq!(code(&answer), refused("invalid_redirect_uri"));
        node.db.close().await;
    })
    .await;
}
