//! Client assertions (RFC 7523, OpenID Connect Core 9), beside the rows of the dynamic and FAPI 2.0
//! plans (`conformance_dynamic_keys`, `conformance_fapi_assertions`).

use std::sync::{Arc, Mutex};

use jsonwebtoken::{EncodingKey, Header, encode};
use keystead::app::AppState;
use keystead::domain::{Algorithm, AssertionAudience, AuthMethod, Cause, Client};
use keystead::store::events;
use serde_json::{Map, Value, json};

use crate::harness::http::Answer;
use crate::harness::signer::{Keys, keys, serve, set};
use crate::harness::{Party, TestApp, each_database, http};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn party(app: &TestApp, change: impl FnOnce(&mut Client)) -> Party {
    Party::new(&app.app, &app.client_with("web", change).await).await
}

async fn signing_party(app: &TestApp, keys: &Keys, audience: AssertionAudience) -> Party {
    party(app, |client| {
        client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
        client.settings.assertion_audience = audience;
        client.settings.jwks = Some(set(&[keys]));
    })
    .await
}

/// What an assertion usually says.
fn claims(app: &AppState, jti: &str) -> Map<String, Value> {
    let now = app.clock.now().0;
    let claims = json!({
        "iss": "web", "sub": "web", "aud": "https://id.example.com", "jti": jti,
        "iat": now, "exp": now + 60,
    });
    claims.as_object().unwrap().clone()
}

/// Sends an assertion with a code that there is not: `invalid_grant` says that the client was taken.
async fn present(app: &AppState, path: &str, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("token", "x"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    http::post(app, path, &form).await
}

async fn token(app: &AppState, assertion: &str) -> (u16, String) {
    present(app, "/oauth2/token", assertion).await.error()
}

fn taken() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

/// The reason of the newest refusal in the audit log.
async fn reason(app: &TestApp) -> String {
    let filter = events::Filter { failed: true, ..events::Filter::default() };
    let mut found = app.read(async |conn| events::list(conn, &filter, None, 1).await).await;
    found.remove(0).reason.unwrap()
}

#[tokio::test]
async fn a_client_proves_itself_with_its_own_key_at_every_endpoint() {
    each_database(async |app| {
        for alg in Algorithm::ALL {
            let keys = keys(alg);
            let id = format!("web-{}", alg.as_str().to_lowercase());
            app.client_with(&id, |client| {
                client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
                client.settings.jwks = Some(set(&[&keys]));
            })
            .await;
            for (n, (path, status)) in [
                ("/oauth2/token", 400),
                ("/oauth2/introspect", 200),
                ("/oauth2/revoke", 200),
                ("/oauth2/par", 400),
            ]
            .into_iter()
            .enumerate()
            {
                let mut claims = claims(&app.app, &format!("{n}"));
                (claims["iss"], claims["sub"]) = (json!(id), json!(id));
                let assertion = keys.signer.sign("JWT", &claims).unwrap();
                let answer = present(&app.app, path, &assertion).await;
                assert_eq!(answer.status, status, "{path} {}", answer.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_proves_itself_with_a_token_signed_with_its_secret() {
    each_database(async |app| {
        let method = Some(AuthMethod::ClientSecretJwt);
        let party = party(&app, |client| client.settings.auth_method = method).await;
        let sign = |secret: &str, jti: &str| {
            let key = EncodingKey::from_secret(secret.as_bytes());
            encode(&Header::default(), &claims(&app.app, jti), &key).unwrap()
        };
        let secret = party.secret.clone().unwrap();
        assert_eq!(token(&app.app, &sign(&secret, "a")).await, taken());
        assert_eq!(token(&app.app, &sign("another secret", "b")).await, refused());
        assert_eq!(party.exchange("x").await.error(), refused());
    })
    .await;
}

#[tokio::test]
async fn an_assertion_is_good_once_on_any_number_of_nodes() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        signing_party(&app, &keys, AssertionAudience::Endpoints).await;
        let other = app.another_node().await;
        for jti in ["a", ""] {
            let mut claims = claims(&app.app, jti);
            if jti.is_empty() {
                claims.remove("jti");
            }
            let assertion = keys.signer.sign("JWT", &claims).unwrap();
            let race = (0..50).map(|n| {
                let node = if n % 2 == 0 { &app.app } else { &other };
                token(node, &assertion)
            });
            let answers = futures_util::future::join_all(race).await;
            let good = answers.iter().filter(|answer| **answer == taken()).count();
            let bad = answers.iter().filter(|answer| **answer == refused()).count();
            assert_eq!((good, bad), (1, 49), "{jti}: {answers:?}");
        }
        assert_eq!(reason(&app).await, Cause::ClientAssertionReplayed.code());
        other.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_token_endpoint_of_any_layout_is_an_audience_otherwise() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        signing_party(&app, &keys, AssertionAudience::Endpoints).await;
        for (n, (path, aud)) in [
            ("/oauth2/token", json!("https://id.example.com/oauth2/token")),
            ("/oauth2/token", json!(["https://x.example", "https://id.example.com"])),
            ("/application/o/token/", json!("https://id.example.com/application/o/token/")),
            ("/application/o/token/", json!("https://id.example.com/application/o/web/")),
            ("/oauth2/token", json!("https://id.example.com/oauth2/openid/web")),
        ]
        .into_iter()
        .enumerate()
        {
            let mut claims = claims(&app.app, &n.to_string());
            claims["aud"] = aud.clone();
            let assertion = keys.signer.sign("JWT", &claims).unwrap();
            assert_eq!(present(&app.app, path, &assertion).await.error(), taken(), "{aud}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_late_foreign_or_says_somebody_else_is_refused_with_its_reason() {
    each_database(async |app| {
        let (own, foreign) = (keys(Algorithm::ES256), keys(Algorithm::ES256));
        signing_party(&app, &own, AssertionAudience::Endpoints).await;
        app.client("other").await;
        let now = app.clock.now().0;
        for (n, (name, value, cause)) in [
            ("exp", json!(now - 300), Cause::ClientAssertionTime),
            ("nbf", json!(now + 61), Cause::ClientAssertionTime),
            ("iss", json!("other"), Cause::ClientAssertionClaims),
            ("aud", json!("https://evil.example"), Cause::ClientAssertionAudience),
            ("exp", json!("soon"), Cause::ClientAssertionClaims),
        ]
        .into_iter()
        .enumerate()
        {
            // Refusals of one client are written down once a minute.
            app.wait(61);
            let mut claims = claims(&app.app, &n.to_string());
            let shifted = value.as_i64().map(|at| json!(at + app.clock.now().0 - now));
            claims.insert(name.to_owned(), shifted.unwrap_or(value));
            let assertion = own.signer.sign("JWT", &claims).unwrap();
            assert_eq!(token(&app.app, &assertion).await, refused(), "{name}");
            assert_eq!(reason(&app).await, cause.code(), "{name}");
        }
        app.wait(61);
        let forged = foreign.signer.sign("JWT", &claims(&app.app, "f")).unwrap();
        assert_eq!(token(&app.app, &forged).await, refused());
        assert_eq!(reason(&app).await, Cause::ClientAssertionKey.code());
        app.wait(61);
        assert_eq!(token(&app.app, "no.jwt.at-all").await, refused());
        let good = own.signer.sign("JWT", &claims(&app.app, "g")).unwrap();
        let untyped = [("grant_type", "authorization_code"), ("client_assertion", good.as_str())];
        assert_eq!(http::post(&app.app, "/oauth2/token", &untyped).await.error(), refused());
        let both = [
            ("grant_type", "authorization_code"),
            ("client_assertion_type", TYPE),
            ("client_assertion", good.as_str()),
            ("client_secret", "x"),
        ];
        let answer = http::post(&app.app, "/oauth2/token", &both).await;
        assert_eq!(answer.error(), (400, "invalid_request".to_owned()));
        assert_eq!(token(&app.app, &good).await, taken());
    })
    .await;
}

#[tokio::test]
async fn a_key_that_a_client_rotated_to_is_fetched_when_it_comes() {
    each_database(async |app| {
        let (old, new) = (keys(Algorithm::ES256), keys(Algorithm::RS256));
        let published = Arc::new(Mutex::new(json!(set(&[&old])).to_string()));
        let uri = serve(&published).await;
        party(&app, |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.settings.jwks_uri = Some(uri);
        })
        .await;
        let allowed = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];
        let node = app.another_node_with(&allowed).await;
        let sign = |keys: &Keys, jti: &str| keys.signer.sign("JWT", &claims(&node, jti)).unwrap();
        assert_eq!(token(&node, &sign(&old, "a")).await, taken());
        *published.lock().unwrap() = json!(set(&[&new])).to_string();
        // Not at once: a stranger's tokens must not make us ask again and again.
        assert_eq!(token(&node, &sign(&new, "b")).await, refused());
        let keystead::clock::Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        clock.fetch_add(11_000, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(token(&node, &sign(&new, "c")).await, taken());
        assert_eq!(token(&node, &sign(&old, "d")).await, refused());
        // What cannot be fetched any more is believed for a day.
        *published.lock().unwrap() = "gone".to_owned();
        clock.fetch_add(20 * 3_600_000, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(token(&node, &sign(&new, "e")).await, taken());
        clock.fetch_add(5 * 3_600_000, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(token(&node, &sign(&new, "f")).await, refused());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn keys_in_a_private_network_are_not_asked_for_unless_allowed() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        let published = Arc::new(Mutex::new(json!(set(&[&keys])).to_string()));
        let uri = serve(&published).await;
        party(&app, |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.settings.jwks_uri = Some(uri.replace("http:", "https:"));
        })
        .await;
        let assertion = keys.signer.sign("JWT", &claims(&app.app, "a")).unwrap();
        assert_eq!(token(&app.app, &assertion).await, refused());
        assert_eq!(reason(&app).await, Cause::ClientKeysUnreachable.code());
    })
    .await;
}
