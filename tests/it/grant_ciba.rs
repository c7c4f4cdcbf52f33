//! Tokens for a person who approves in the portal (OpenID Connect CIBA Core 1.0, poll mode).

use std::sync::Arc;

use keystead::app::AppState;
use keystead::domain::{AccessTokenFormat, Dpop};
use serde_json::{Value, json};

use crate::grant_device::{alice, refused};
use crate::harness::ciba::{CIBA, at_till, till};
use crate::harness::http::{Answer, entropy};
use crate::harness::prover::Prover;
use crate::harness::steps::claims_of;
use crate::harness::{Browser, Party, TestApp, each_database};

#[tokio::test]
async fn tokens_come_once_the_person_has_approved() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid profile offline_access").await;
        assert_eq!((&asked["expires_in"], &asked["interval"]), (&json!(600), &json!(5)));
        assert_eq!(refused(&party.poll_for(&asked).await), "authorization_pending");
        let done = browser.approve("allow").await;
        assert!(done.text("toast").starts_with("Approved. Till"), "{}", done.body);
        let answer = party.poll_for(&asked).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        let tokens = answer.json();
        assert_eq!(tokens["scope"], "offline_access openid profile");
        let claims = party.verify(tokens["id_token"].as_str().unwrap()).await;
        assert!(!claims.contains_key("nonce") && claims["auth_time"].is_i64(), "{claims:?}");
        assert!(!claims.keys().any(|name| name.contains("auth_req_id")), "that is push mode");
        let told = party.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!((&told["sub"], &told["preferred_username"]), (&claims["sub"], &json!("alice")));
        let again = party.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(refused(&party.poll_for(&asked).await), "invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn an_auth_req_id_has_160_bits_and_more() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        let asked = party.ask_for("alice", "openid").await;
        let id = asked["auth_req_id"].as_str().unwrap();
        assert!(entropy(id) > 160.0, "{id}");
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{id}");
    })
    .await;
}

#[tokio::test]
async fn whoever_polls_too_fast_has_to_slow_down_and_a_decision_is_told_at_once() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        let mut told = Vec::new();
        // The pause is 5 s, then 10, then 15.
        for wait in [0, 5, 1, 10, 5, 15] {
            app.wait(wait);
            told.push(refused(&party.poll_for(&asked).await));
        }
        let (pending, slower) = ("authorization_pending", "slow_down");
        assert_eq!(told, [pending, pending, slower, pending, slower, pending]);
        browser.approve("allow").await;
        assert_eq!(party.poll_for(&asked).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_was_refused_or_left_alone_ends_so() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let asked = party.ask_for("alice", "openid").await;
        let done = browser.approve("deny").await;
        assert!(done.text("toast").starts_with("Not approved."), "{}", done.body);
        assert_eq!(refused(&party.poll_for(&asked).await), "access_denied");
        assert_eq!(refused(&party.poll_for(&asked).await), "access_denied");
        let left = party.ask_for("alice", "openid").await;
        let page = browser.get("/approvals").await;
        app.wait(600);
        assert_eq!(refused(&party.poll_for(&left).await), "expired_token");
        let late = browser.press(&page, "allow").await;
        assert!(late.text("toast").contains("does not wait any more"), "{}", late.body);
        assert_eq!(refused(&party.poll_for(&left).await), "expired_token");
        let approved = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        app.wait(600);
        assert_eq!(refused(&party.poll_for(&approved).await), "expired_token");
    })
    .await;
}

#[tokio::test]
async fn an_auth_req_id_opens_nothing_for_another_client_or_with_another_secret() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let other = Party::new(&app.app, &app.client_with("kiosk", till).await).await;
        let asked = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        assert_eq!(refused(&other.poll_for(&asked).await), "invalid_grant");
        let id = asked["auth_req_id"].as_str().unwrap();
        let guessed = format!("{}AAAA", &id[..50]);
        for (id, error) in
            [(guessed.as_str(), "invalid_grant"), ("x", "invalid_grant"), ("", "invalid_request")]
        {
            let form = [("grant_type", CIBA), ("auth_req_id", id)];
            assert_eq!(refused(&party.call("token_endpoint", &form).await), error, "{id}");
        }
        let form = [("grant_type", CIBA), ("auth_req_id", id), ("resource", "https://api.example")];
        assert_eq!(refused(&party.call("token_endpoint", &form).await), "invalid_target");
        assert_eq!(party.poll_for(&asked).await.status, 200, "nobody burnt it");
    })
    .await;
}

#[tokio::test]
async fn each_layout_has_the_endpoint_and_its_own_issuer() {
    each_database(async |app| {
        let registered = app.client_with("till", till).await;
        let mut browser = alice(&app).await;
        for (discovery, endpoint) in [
            ("/.well-known/openid-configuration", "/oauth2/bc-authorize"),
            (
                "/application/o/till/.well-known/openid-configuration",
                "/application/o/till/bc-authorize/",
            ),
            (
                "/oauth2/openid/till/.well-known/openid-configuration",
                "/oauth2/openid/till/bc-authorize",
            ),
        ] {
            let party = Party::at(&app.app, &registered, discovery).await;
            assert_eq!(party.path("backchannel_authentication_endpoint"), endpoint);
            let asked = party.ask_for("alice", "openid").await;
            browser.approve("allow").await;
            let tokens = party.poll_for(&asked).await.json();
            // This compares the issuer with the one of the metadata.
            party.verify(tokens["id_token"].as_str().unwrap()).await;
        }
        let stray =
            crate::harness::http::post(&app.app, "/oauth2/openid/no/bc-authorize", &[]).await;
        assert_eq!(stray.status, 404);
    })
    .await;
}

#[tokio::test]
async fn tokens_are_bound_to_the_key_that_polls() {
    each_database(async |app| {
        let registered = app
            .client_with("till", |client| {
                till(client);
                client.settings.dpop = Dpop::Required;
                client.settings.access_token = AccessTokenFormat::Jwt;
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        let (mut browser, prover) = (alice(&app).await, Prover::new());
        let asked = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        assert_eq!(refused(&party.poll_for(&asked).await), "invalid_request");
        let form = [("grant_type", CIBA), ("auth_req_id", asked["auth_req_id"].as_str().unwrap())];
        let proof = prover.for_token(&party);
        let answer = party.call_with("token_endpoint", &form, &[("dpop", &proof)]).await;
        let tokens = answer.json();
        assert_eq!(tokens["token_type"], "DPoP", "{}", answer.body);
        let access = claims_of(tokens["access_token"].as_str().unwrap());
        assert_eq!(access["cnf"]["jkt"], json!(prover.jkt));
    })
    .await;
}

/// Fifty do the same at once, taking turns between the nodes.
async fn fifty(
    nodes: [AppState; 2],
    party: &Party,
    (endpoint, form): (&str, Vec<(&str, String)>),
) -> Vec<Answer> {
    let start = Arc::new(tokio::sync::Barrier::new(50));
    let headers = party.basic();
    let path = party.path(endpoint);
    let form: Vec<(String, String)> =
        form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let racers = (0..50).map(|n| {
        let (app, start, path) = (nodes[n % 2].clone(), start.clone(), path.clone());
        let (headers, form) = (headers.clone(), form.clone());
        tokio::spawn(async move {
            start.wait().await;
            let form: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            crate::harness::http::post_with(&app, &path, &form, &headers).await
        })
    });
    let mut answers = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        answers.push(racer.await.unwrap());
    }
    answers
}

async fn two_nodes(app: &TestApp) -> [AppState; 2] {
    [app.app.clone(), app.another_node().await]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_polls_at_once_on_two_nodes_one_gets_tokens() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        let nodes = two_nodes(&app).await;
        let asked = party.ask_for("alice", "openid offline_access").await;
        browser.approve("allow").await;
        let id = asked["auth_req_id"].as_str().unwrap().to_owned();
        let form = vec![("grant_type", CIBA.to_owned()), ("auth_req_id", id)];
        let answers = fifty(nodes.clone(), &party, ("token_endpoint", form)).await;
        let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1);
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused(lost), "invalid_grant");
        }
        let token = won[0].json()["refresh_token"].as_str().unwrap().to_owned();
        assert_eq!(party.refresh(&token).await.status, 200, "one too many revokes nothing");
        nodes[1].db.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_requests_at_once_for_one_person_five_wait() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        let nodes = two_nodes(&app).await;
        let form = vec![("scope", "openid".to_owned()), ("login_hint", "alice".to_owned())];
        let endpoint = "backchannel_authentication_endpoint";
        let answers = fifty(nodes.clone(), &party, (endpoint, form)).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 5);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.error(), (403, "access_denied".to_owned()));
        }
        nodes[1].db.close().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_is_asked_until_they_give_in() {
    each_database(async |app| {
        let (party, mut browser) = (at_till(&app).await, alice(&app).await);
        app.user("bob").await;
        let tries = |name: &'static str| {
            let form = [("scope", "openid"), ("login_hint", name)];
            let party = &party;
            async move { party.ask_with(&form).await.status }
        };
        for _ in 0..2 {
            assert_eq!(tries("alice").await, 200);
            browser.approve("deny").await;
        }
        assert_eq!(tries("alice").await, 200);
        assert_eq!(tries("alice").await, 200);
        assert_eq!(tries("alice").await, 200);
        assert_eq!(tries("alice").await, 403, "waiting and refused ones count alike");
        assert_eq!(tries("bob").await, 200, "others may be asked");
        let kiosk = Party::new(&app.app, &app.client_with("kiosk", till).await).await;
        kiosk.ask_for("alice", "openid").await;
        app.wait(601);
        let asked: Value = party.ask_for("alice", "openid").await;
        browser.approve("allow").await;
        assert_eq!(party.poll_for(&asked).await.status, 200);
        for _ in 0..6 {
            let asked = party.ask_for("alice", "openid").await;
            browser.approve("allow").await;
            assert_eq!(party.poll_for(&asked).await.status, 200, "what leads somewhere is free");
        }
    })
    .await;
}

#[tokio::test]
async fn two_people_are_asked_apart() {
    each_database(async |app| {
        let (party, mut alice) = (at_till(&app).await, alice(&app).await);
        app.user("bob").await;
        let mut bob = Browser::new(&app.app);
        bob.sign_in("bob").await;
        let asked = party.ask_for("bob", "openid profile").await;
        let page = bob.get("/approvals").await;
        assert!(!alice.get("/approvals").await.has("approvals-warning"));
        let inputs = page.inputs();
        let value =
            |wanted: &str| inputs.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        let own = alice.get("/approvals").await.inputs().remove(0).1;
        let (request, shown) = (value("request"), value("shown"));
        for action in ["allow", "deny"] {
            let form =
                [("csrf", &*own), ("request", &*request), ("shown", &*shown), ("action", action)];
            let answer = alice.post("/approvals", &form).await;
            let answer = alice.follow(answer).await;
            assert!(answer.text("toast").contains("does not wait any more"), "{}", answer.body);
        }
        assert_eq!(refused(&party.poll_for(&asked).await), "authorization_pending");
        bob.press(&page, "allow").await;
        let tokens = party.poll_for(&asked).await.json();
        let told = party.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!(told["preferred_username"], "bob");
    })
    .await;
}
