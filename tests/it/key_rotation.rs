//! Signing keys come and go without anybody noticing: published before they sign, and after.

use keystead::directory::keys::{self, Pace};
use keystead::domain::{Actor, Algorithm, Client, DAY, HOUR, KeyState};
use keystead::jose::{NewKey, Signer};

use crate::harness::steps::{claims_of, header_of};
use crate::harness::{Browser, Party, TestApp, Tokens, each_database, http};

async fn party(app: &TestApp) -> Party {
    app.user("alice").await;
    let es256 = |client: &mut Client| client.settings.alg = Algorithm::ES256;
    Party::new(&app.app, &app.client_with("web", es256).await).await
}

async fn sign_in(party: &Party) -> Tokens {
    party.sign_in(&mut Browser::new(&party.app), "alice", &[]).await
}

fn kid(tokens: &Tokens) -> String {
    header_of(tokens.get("id_token"))["kid"].as_str().unwrap().to_owned()
}

async fn published(app: &TestApp) -> Vec<String> {
    let keys = http::get(&app.app, "/oauth2/jwks").await.json();
    let kid = |key: &serde_json::Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(kid).collect()
}

async fn rotate(app: &TestApp, pace: Pace) -> String {
    let done = keys::rotate(&app.app, &Actor::CommandLine, Algorithm::ES256.into(), pace).await;
    done.unwrap().value.kid.0
}

/// Some time later, with what the server does by itself once a minute.
async fn later(app: &TestApp, seconds: i64) {
    app.wait(seconds);
    keys::advance(&app.app).await.unwrap();
}

#[tokio::test]
async fn a_new_key_is_published_a_day_before_it_signs_and_the_old_one_after() {
    each_database(async |app| {
        let party = party(&app).await;
        let before = sign_in(&party).await;
        let (old, new) = (kid(&before), rotate(&app, Pace::Gently).await);
        assert!(published(&app).await.contains(&new) && old != new);
        assert_eq!(kid(&sign_in(&party).await), old, "nobody can know the new one yet");
        later(&app, DAY - 1).await;
        assert_eq!(kid(&sign_in(&party).await), old);
        later(&app, 1).await;
        let after = sign_in(&party).await;
        assert_eq!(kid(&after), new);
        assert!(published(&app).await.contains(&old));
        // What the retired key signed still counts, for clients as for us.
        assert_eq!(party.verify(before.get("id_token")).await["sub"], after.claims["sub"]);
        let mut browser = Browser::new(&app.app);
        party.sign_in(&mut browser, "alice", &[]).await;
        let hint = [("id_token_hint", before.get("id_token")), ("prompt", "none")];
        assert!(browser.get(&party.ask(&hint)).await.param("code").is_some());
        later(&app, DAY + HOUR - 1).await;
        assert!(published(&app).await.contains(&old), "its last tokens are still about");
        later(&app, 1).await;
        assert!(!published(&app).await.contains(&old));
    })
    .await;
}

#[tokio::test]
async fn keys_replace_each_other_by_themselves() {
    each_database(async |app| {
        let party = party(&app).await;
        let first = kid(&sign_in(&party).await);
        later(&app, 89 * DAY - 1).await;
        assert_eq!(published(&app).await.len(), 3);
        later(&app, 1).await;
        assert_eq!(published(&app).await.len(), 6, "a successor for each algorithm");
        assert_eq!(kid(&sign_in(&party).await), first);
        later(&app, DAY).await;
        let second = kid(&sign_in(&party).await);
        assert_ne!(second, first);
        later(&app, DAY + HOUR).await;
        let left = published(&app).await;
        assert!(left.len() == 3 && left.contains(&second) && !left.contains(&first));
    })
    .await;
}

#[tokio::test]
async fn in_an_emergency_a_key_is_replaced_at_once() {
    each_database(async |app| {
        let party = party(&app).await;
        let old = sign_in(&party).await;
        let new = rotate(&app, Pace::AtOnce).await;
        assert_eq!(kid(&sign_in(&party).await), new);
        let by = Actor::CommandLine;
        keys::retire(&app.app, &by, &kid(&old), Pace::AtOnce).await.unwrap();
        assert!(!published(&app).await.contains(&kid(&old)));
        let hint = party.ask(&[("id_token_hint", old.get("id_token"))]);
        let answer = http::get(&app.app, &hint).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
    })
    .await;
}

#[tokio::test]
async fn a_token_that_outlived_its_key_still_asks_to_sign_out_and_proves_nothing() {
    each_database(async |app| {
        let party = party(&app).await;
        let mut browser = Browser::new(&app.app);
        let old = party.sign_in(&mut browser, "alice", &[]).await;
        rotate(&app, Pace::AtOnce).await;
        let by = Actor::CommandLine;
        keys::retire(&app.app, &by, &kid(&old), Pace::AtOnce).await.unwrap();
        let home = "https://web.example.com/";
        let bye = |token: &str, back: &str| {
            let sent = [("id_token_hint", token), ("post_logout_redirect_uri", back)];
            format!("{}?{}", party.path("end_session_endpoint"), http::encode(&sent))
        };
        let page = browser.get(&bye(old.get("id_token"), home)).await;
        assert!(page.has("logout-confirm"), "{} {}", page.status, page.body);
        let elsewhere = browser.get(&bye(old.get("id_token"), "https://evil.example/")).await;
        assert_eq!(elsewhere.text("error-code"), "post_logout_redirect_uri_mismatch");
        // Somebody else's token, of a key that we never had, names no client of ours.
        let mut claims = claims_of(old.get("id_token"));
        for iss in ["https://other.example.com", "https://id.example.com.evil.example"] {
            claims["iss"] = iss.into();
            let key = NewKey::generate(Algorithm::ES256).unwrap();
            let signer = Signer::parse(key.kid, Algorithm::ES256, &key.private).unwrap();
            let foreign = signer.sign("JWT", &claims).unwrap();
            let page = browser.get(&bye(&foreign, home)).await;
            assert_eq!(page.text("error-code"), "bad_id_token_hint", "{iss}");
        }
        assert!(browser.get("/").await.has("current-user"), "nothing has happened yet");
        let gone = browser.submit(&page, &[]).await;
        assert_eq!((gone.status, gone.location()), (303, home));
        assert!(!browser.get("/").await.has("current-user"));
    })
    .await;
}

#[tokio::test]
async fn other_nodes_sign_with_the_new_key_as_soon_as_they_look() {
    each_database(async |app| {
        let party = party(&app).await;
        let other = app.another_node().await;
        let new = rotate(&app, Pace::AtOnce).await;
        other.refresh_registry().await.unwrap();
        let state = |kid: &str| {
            let registry = other.registry();
            registry.keys().iter().find(|key| key.kid.0 == kid).map(|key| key.state)
        };
        assert_eq!(state(&new), Some(KeyState::Active));
        let there = Party { app: other.clone(), ..party };
        assert_eq!(kid(&sign_in(&there).await), new);
    })
    .await;
}
