//! Signed request objects (RFC 9101, OpenID Connect Core 6), beside the rows of the basic, dynamic and
//! FAPI 2.0 Message Signing plans (`conformance_core_requests`, `conformance_dynamic_keys`,
//! `conformance_fapi_signing`).

use std::sync::{Arc, Mutex};

use keystead::app::AppState;
use keystead::domain::{Algorithm, Client};
use serde_json::{Map, Value, json};

use crate::harness::http;
use crate::harness::signer::{Keys, keys, serve, set};
use crate::harness::{Browser, Party, TestApp, each_database};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn party(app: &TestApp, keys: &Keys, change: impl FnOnce(&mut Client)) -> Party {
    app.user("alice").await;
    let registered = app
        .client_with("web", |client| {
            client.settings.jwks = Some(set(&[keys]));
            change(client);
        })
        .await;
    Party::new(&app.app, &registered).await
}

/// What a request usually says.
fn claims(app: &AppState) -> Map<String, Value> {
    let now = app.clock.now().0;
    let claims = json!({
        "iss": "web", "aud": ["https://id.example.com"], "nbf": now, "exp": now + 300,
        "client_id": "web", "redirect_uri": "https://web.example.com/callback",
        "response_type": "code", "scope": "openid email", "state": "inside", "nonce": "n-inside",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256", "max_age": 600,
        "claims": { "userinfo": { "name": { "essential": true } } },
    });
    claims.as_object().unwrap().clone()
}

fn signed(keys: &Keys, claims: &Map<String, Value>) -> String {
    keys.signer.sign("oauth-authz-req+jwt", claims).unwrap()
}

fn ask(party: &Party, more: &[(&str, &str)]) -> String {
    let mut all = vec![("client_id", "web")];
    all.extend(more.iter().copied());
    format!("{}?{}", party.path("authorization_endpoint"), http::encode(&all))
}

#[tokio::test]
async fn what_is_signed_counts_and_what_stands_beside_it_does_not() {
    each_database(async |app| {
        for alg in [Algorithm::RS256, Algorithm::ES256] {
            let keys = keys(alg);
            let party = party_named(&app, &keys, alg.as_str()).await;
            let mut claims = claims(&app.app);
            let id = party.id.clone();
            (claims["iss"], claims["client_id"]) = (json!(id), json!(id));
            claims["redirect_uri"] = json!(party.redirect_uri);
            let request = signed(&keys, &claims);
            let url = format!(
                "{}?{}",
                party.path("authorization_endpoint"),
                http::encode(&[
                    ("client_id", id.as_str()),
                    ("response_type", "code"),
                    ("scope", "openid groups"),
                    ("redirect_uri", "https://evil.example/"),
                    ("state", "outside"),
                    ("nonce", "n-outside"),
                    ("request", request.as_str()),
                ])
            );
            let answer = Browser::new(&app.app).authorize(&url, "alice").await;
            assert_eq!(answer.param("state").as_deref(), Some("inside"), "{}", answer.location());
            let tokens = party.redeem(&answer).await;
            assert_eq!(tokens.claims["nonce"], "n-inside");
            assert_eq!(tokens.get("scope"), "email openid");
        }
    })
    .await;
}

async fn party_named(app: &TestApp, keys: &Keys, name: &str) -> Party {
    if name == "RS256" {
        app.user("alice").await;
    }
    let id = format!("web-{}", name.to_lowercase());
    let change = |client: &mut Client| client.settings.jwks = Some(set(&[keys]));
    Party::new(&app.app, &app.client_with(&id, change).await).await
}

#[tokio::test]
async fn what_is_not_the_clients_or_says_what_it_must_not_is_told_at_the_callback() {
    each_database(async |app| {
        let (own, foreign) = (keys(Algorithm::ES256), keys(Algorithm::ES256));
        let party = party(&app, &own, |_| ()).await;
        let now = app.clock.now().0;
        let changed = |name: &str, value: Value| {
            let mut claims = claims(&app.app);
            claims.insert(name.to_owned(), value);
            signed(&own, &claims)
        };
        for (why, request) in [
            ("foreign", signed(&foreign, &claims(&app.app))),
            ("no token", "x".to_owned()),
            // {"alg":"none"}
            ("unsigned", "eyJhbGciOiJub25lIn0.e30.".to_owned()),
            ("aud", changed("aud", json!("https://other.example"))),
            ("iss", changed("iss", json!("other"))),
            ("client_id", changed("client_id", json!("other"))),
            ("exp", changed("exp", json!(now - 60))),
            ("nbf", changed("nbf", json!(now + 120))),
            ("sub", changed("sub", json!("web"))),
            ("request", changed("request", json!("x"))),
            ("request_uri", changed("request_uri", json!("https://web.example.com/x"))),
        ] {
            let more = [
                ("request", request.as_str()),
                ("redirect_uri", "https://web.example.com/callback"),
                ("response_type", "code"),
                ("state", "s-1"),
            ];
            let answer = http::get(&app.app, &ask(&party, &more)).await;
            let error = answer.param("error");
            assert_eq!(error.as_deref(), Some("invalid_request_object"), "{why}");
            assert_eq!(answer.param("state").as_deref(), Some("s-1"), "{why}");
            let nowhere = http::get(&app.app, &ask(&party, &more[..1])).await;
            assert_eq!((nowhere.status, nowhere.location()), (400, ""), "{why}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_redirect_uri_counts_only_where_it_is_signed() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        let party = party(&app, &keys, |_| ()).await;
        let mut claims = claims(&app.app);
        for uri in [Value::Null, json!("https://evil.example/")] {
            claims["redirect_uri"] = uri;
            let request = signed(&keys, &claims);
            let more = [("request", request.as_str()), ("redirect_uri", &party.redirect_uri)];
            let answer = http::get(&app.app, &ask(&party, &more)).await;
            assert_eq!((answer.status, answer.location()), (400, ""), "{}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_without_keys_is_told_that_it_cannot_sign() {
    each_database(async |app| {
        let party = Party::new(&app.app, &app.client("web").await).await;
        let answer = http::get(&app.app, &party.ask(&[("request", "e30.e30.x")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("request_not_supported"));
    })
    .await;
}

#[tokio::test]
async fn request_uri_signed_is_fetched_where_it_is_registered_and_nowhere_else() {
    each_database(async |app| {
        let keys = keys(Algorithm::RS256);
        let published = Arc::new(Mutex::new(String::new()));
        let uri = format!("{}#made-up-hash", serve(&published).await);
        let registered = uri.clone();
        let party = party(&app, &keys, |client| {
            client.settings.request_uris = vec![registered];
        })
        .await;
        let allowed = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];
        let node = app.another_node_with(&allowed).await;
        *published.lock().unwrap() = signed(&keys, &claims(&node));
        let url = ask(&party, &[("request_uri", &uri)]);
        let answer = Browser::new(&node).authorize(&url, "alice").await;
        assert_eq!(answer.param("state").as_deref(), Some("inside"), "{}", answer.body);
        let told = async |app: &AppState, uri: &str| {
            let answer = http::get(app, &party.ask(&[("request_uri", uri)])).await;
            answer.param("error").unwrap_or_default()
        };
        let bare = uri.split('#').next().unwrap();
        assert_eq!(told(&node, bare).await, "request_uri_not_supported", "another fragment");
        assert_eq!(told(&app.app, &uri).await, "invalid_request_uri", "a private network");
        node.db.close().await;
    })
    .await;
}
