//! What else clients say when they register themselves, and what becomes of it.

use keystead::clock::Clock;
use keystead::domain::Bounds;
use keystead::store::registrations;
use serde_json::json;

use crate::harness::http::{self, Answer};
use crate::harness::registrar::{PATH, metadata, open_node, party, register, registered, token};
use crate::harness::{Browser, each_database};

#[tokio::test]
async fn a_public_client_registers_without_a_secret_and_must_use_pkce() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let told = registered(
            &node,
            &json!({
                "token_endpoint_auth_method": "none",
                "redirect_uris": ["http://127.0.0.1/cb"],
                "application_type": "native",
            }),
        )
        .await;
        assert!(told.get("client_secret").is_none());
        let mut party = party(&node, &told).await;
        party.redirect_uri = "http://127.0.0.1:51234/cb".to_owned();
        let answer: Answer = Browser::new(&node).get(&party.ask(&[])).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
        party.pkce = true;
        party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_may_be_no_older_than_the_client_says() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let told = registered(&node, &json!({ "default_max_age": 60 })).await;
        assert_eq!(told["default_max_age"], 60);
        let party = party(&node, &told).await;
        let mut browser = Browser::new(&node);
        party.sign_in(&mut browser, "alice", &[]).await;
        let silently = [("prompt", "none")];
        assert!(browser.get(&party.ask(&silently)).await.param("code").is_some());
        let Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        clock.fetch_add(120_000, std::sync::atomic::Ordering::Relaxed);
        let answer = browser.get(&party.ask(&silently)).await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
        let asked = [("prompt", "none"), ("max_age", "3600")];
        assert!(browser.get(&party.ask(&asked)).await.param("code").is_some());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_nothing_breaks() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        for body in [
            "", "null", "[]", "\"x\"", "{", "{\"redirect_uris\":", deep.as_str(),
            "{\"redirect_uris\":[\"https://a.example/\\u0000\"]}",
            "{\"client_name\":\"Wi\\u202eki\",\"redirect_uris\":[\"https://a.example/\"]}",
            "{\"jwks\":{\"keys\":[{\"kid\":\"\\u0000\"}]},\"redirect_uris\":[\"https://a.example/\"]}",
        ] {
            let request = axum::http::Request::post(PATH)
                .header("content-type", "application/json")
                .body(axum::body::Body::from(body.to_owned()));
            let answer = http::send(&node, request.unwrap()).await;
            let short = &body[..body.len().min(60)];
            assert!([400, 413].contains(&answer.status), "{short}: {}", answer.status);
        }
        assert_eq!(app.read(registrations::count).await, 0);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn strangers_do_not_send_us_about() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let more = json!({ "sector_identifier_uri": "https://10.0.0.1/sector" });
        let asked = async |token| register(&node, token, &metadata(&more)).await.error();
        let (asks, waits) =
            ((400, "invalid_client_metadata".into()), (503, "temporarily_unavailable".into()));
        for _ in 0..6 {
            assert_eq!(asked(None).await, asks);
        }
        assert_eq!(asked(None).await, waits);
        let token = token(&node, "known", 1, Bounds::default()).await;
        assert_eq!(asked(Some(&token)).await, asks, "who brings a token waits for nobody");
        let Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        clock.fetch_add(2_000, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(asked(None).await, asks);
        node.db.close().await;
    })
    .await;
}
