//! Devices that a person lets in (RFC 8628).

use std::sync::Arc;

use keystead::app::AppState;
use keystead::domain::{Client, GrantType};
use serde_json::{Value, json};

use crate::harness::device::{DEVICE_GRANT, television, tv};
use crate::harness::http::{self, Answer, entropy};
use crate::harness::{Browser, PASSWORD, Party, TestApp, each_database};

/// Alice, signed in.
pub async fn alice(app: &TestApp) -> Browser {
    app.user("alice").await;
    let mut browser = Browser::new(&app.app);
    browser.sign_in("alice").await;
    browser
}

/// The error of a poll.
pub fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.error().1
}

#[tokio::test]
async fn a_device_gets_its_tokens_once_a_person_has_let_it_in() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid profile offline_access").await;
        assert_eq!((&asked["expires_in"], &asked["interval"]), (&json!(600), &json!(5)));
        assert_eq!(asked["verification_uri"], "https://id.example.com/device");
        assert_eq!(refused(&party.poll(&asked).await), "authorization_pending");
        let page = browser.enter_code(&asked).await;
        assert!(page.body.contains("Sign in to Television on another device?"), "{}", page.body);
        assert!(page.has("device-warning"));
        assert_eq!(page.text("device-code"), asked["user_code"].as_str().unwrap());
        assert!(page.body.contains("data-scope=\"profile\""), "{}", page.body);
        let done = browser.submit(&page, &[("action", "allow")]).await;
        assert!(done.has("device-done"), "{} {}", done.status, done.body);
        let answer = party.poll(&asked).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        let tokens = answer.json();
        assert_eq!(tokens["scope"], "offline_access openid profile");
        let claims = party.verify(tokens["id_token"].as_str().unwrap()).await;
        assert!(!claims.contains_key("nonce") && claims["auth_time"].is_i64(), "{claims:?}");
        let told = party.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!((&told["sub"], &told["preferred_username"]), (&claims["sub"], &json!("alice")));
        let again = party.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(refused(&party.poll(&asked).await), "invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn codes_are_long_for_machines_and_easy_for_people() {
    each_database(async |app| {
        let party = tv(&app).await;
        let asked = party.ask_for_code("openid").await;
        let text = |name: &str| asked[name].as_str().unwrap().to_owned();
        assert!(entropy(&text("device_code")) > 128.0);
        let (front, back) =
            text("user_code").split_once('-').map(|(f, b)| (f.len(), b.len())).unwrap();
        assert_eq!((front, back), (4, 4));
        assert!(text("user_code").chars().all(|c| c == '-' || "BCDFGHJKLMNPQRSTVWXZ".contains(c)));
        let whole = format!("https://id.example.com/device?user_code={}", text("user_code"));
        assert_eq!(text("verification_uri_complete"), whole);
        let picture = text("verification_qr_uri");
        let picture = picture.strip_prefix("https://id.example.com").unwrap();
        let picture = http::get(&app.app, picture).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/svg+xml"));
        assert!(picture.body.contains("<svg") && !picture.body.contains("script"));
        for name in ["WDJB.svg", "WDJB-MJHT", "WDJB-MJHA.svg", "%3Cscript%3E.svg"] {
            assert_eq!(http::get(&app.app, &format!("/device/qr/{name}")).await.status, 404);
        }
    })
    .await;
}

#[tokio::test]
async fn the_whole_address_is_confirmed_by_somebody_who_signs_in() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (tv(&app).await, Browser::new(&app.app));
        let asked = party.ask_for_code("openid").await;
        let url = asked["verification_uri_complete"].as_str().unwrap();
        let login = browser.get(url.strip_prefix("https://id.example.com").unwrap()).await;
        assert!(login.location().starts_with("/login?next=%2Fdevice"), "{}", login.location());
        let login = browser.follow(login).await;
        let page = browser.log_in(&login, "alice", PASSWORD).await;
        assert!(page.has("device-continue") && !page.has("device-allow"), "{}", page.body);
        assert!(page.body.contains("/device/qr/"), "a picture for the phone: {}", page.body);
        let filled = page.inputs().into_iter().find(|(name, _)| name == "user_code").unwrap();
        assert_eq!(filled.1, asked["user_code"].as_str().unwrap());
        let page = browser.submit(&page, &[]).await;
        assert!(page.has("device-allow"), "{}", page.body);
        assert_eq!(refused(&party.poll(&asked).await), "authorization_pending");
        browser.submit(&page, &[("action", "allow")]).await;
        assert_eq!(party.poll(&asked).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_was_allowed_before_is_asked_again_for_each_device() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let first = party.ask_for_code("openid").await;
        browser.decide(&first, "allow").await;
        let second = party.ask_for_code("openid").await;
        assert!(browser.enter_code(&second).await.has("device-warning"));
        let connections = browser.get("/account/connections").await;
        assert!(connections.body.contains("Television"), "{}", connections.body);
    })
    .await;
}

#[tokio::test]
async fn a_device_that_polls_too_fast_has_to_slow_down() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        let mut told = Vec::new();
        // The pause is 5 s, then 10, then 15.
        for wait in [0, 5, 1, 10, 5, 15] {
            app.wait(wait);
            told.push(refused(&party.poll(&asked).await));
        }
        let (pending, slower) = ("authorization_pending", "slow_down");
        assert_eq!(told, [pending, pending, slower, pending, slower, pending]);
        browser.decide(&asked, "allow").await;
        assert_eq!(party.poll(&asked).await.status, 200, "a decision is told at once");
    })
    .await;
}

#[tokio::test]
async fn a_code_that_nobody_entered_expires() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        let page = browser.enter_code(&asked).await;
        app.wait(600);
        assert_eq!(refused(&party.poll(&asked).await), "expired_token");
        let late = browser.submit(&page, &[("action", "allow")]).await;
        assert!(late.has("user_code") || late.has("device-error"), "{}", late.body);
        let late = browser.enter_code(&asked).await;
        assert_eq!(late.status, 422);
        assert!(late.text("device-error").contains("not known or no longer valid"));
        assert_eq!(refused(&party.poll(&asked).await), "expired_token");
    })
    .await;
}

#[tokio::test]
async fn a_device_that_was_refused_hears_so() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let asked = party.ask_for_code("openid").await;
        let done = browser.decide(&asked, "deny").await;
        assert!(done.has("device-refused"), "{}", done.body);
        assert_eq!(refused(&party.poll(&asked).await), "access_denied");
        assert_eq!(refused(&party.poll(&asked).await), "access_denied");
        assert_eq!(browser.enter_code(&asked).await.status, 422, "decided is decided");
    })
    .await;
}

#[tokio::test]
async fn a_device_code_opens_nothing_for_another_client_or_with_another_secret() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let other = Party::new(&app.app, &app.client_with("radio", television).await).await;
        let asked = party.ask_for_code("openid").await;
        browser.decide(&asked, "allow").await;
        assert_eq!(refused(&other.poll(&asked).await), "invalid_grant");
        let code = asked["device_code"].as_str().unwrap();
        let guessed = format!("{}AAAA", &code[..50]);
        for (code, error) in
            [(guessed.as_str(), "invalid_grant"), ("x", "invalid_grant"), ("", "invalid_request")]
        {
            let form = [("grant_type", DEVICE_GRANT), ("device_code", code)];
            let answer = party.call("token_endpoint", &form).await;
            assert_eq!(refused(&answer), error, "{code}");
        }
        let twice = format!("grant_type={DEVICE_GRANT}&client_id=tv&device_code=a&device_code=b");
        let request = axum::http::Request::post("/oauth2/token")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = http::send(&app.app, request.body(twice.into()).unwrap()).await;
        assert_eq!(refused(&answer), "invalid_request");
        assert_eq!(party.poll(&asked).await.status, 200, "nobody burnt it");
    })
    .await;
}

#[tokio::test]
async fn only_clients_that_may_ask_get_codes() {
    each_database(async |app| {
        tv(&app).await;
        let web = app.client("web").await;
        let party = Party::new(&app.app, &web).await;
        let path = party.path("device_authorization_endpoint");
        let answer = party.call("device_authorization_endpoint", &[]).await;
        assert_eq!(refused(&answer), "unauthorized_client");
        let form = [("grant_type", DEVICE_GRANT), ("device_code", "x")];
        assert_eq!(refused(&party.call("token_endpoint", &form).await), "unauthorized_client");
        let bare = http::post(&app.app, &path, &[("client_id", "web")]).await;
        assert_eq!(bare.error(), (401, "invalid_client".to_owned()));
        let unknown = http::post(&app.app, &path, &[("client_id", "nobody")]).await;
        assert_eq!(unknown.error(), (401, "invalid_client".to_owned()));
        let short = [("grant_type", "device_code"), ("device_code", "x"), ("client_id", "tv")];
        let answer = http::post(&app.app, "/oauth2/token", &short).await;
        assert_eq!(refused(&answer), "unsupported_grant_type");
        assert_eq!(http::get(&app.app, &path).await.status, 405);
    })
    .await;
}

#[tokio::test]
async fn a_confidential_client_may_let_devices_in_too() {
    each_database(async |app| {
        let change = |client: &mut Client| {
            client.settings.grant_types.push(GrantType::DeviceCode);
        };
        let party = Party::new(&app.app, &app.client_with("web", change).await).await;
        let asked = party.ask_for_code("openid email").await;
        alice(&app).await.decide(&asked, "allow").await;
        let tokens = party.poll(&asked).await.json();
        assert_eq!(tokens["scope"], "email openid");
        assert!(tokens.get("refresh_token").is_none(), "nobody asked for offline_access");
    })
    .await;
}

#[tokio::test]
async fn each_layout_has_the_endpoint_and_its_own_issuer() {
    each_database(async |app| {
        let registered = app.client_with("tv", television).await;
        let mut browser = alice(&app).await;
        for (discovery, endpoint) in [
            ("/.well-known/openid-configuration", "/oauth2/device_authorization"),
            ("/application/o/tv/.well-known/openid-configuration", "/application/o/device/"),
            ("/oauth2/openid/tv/.well-known/openid-configuration", "/oauth2/device"),
        ] {
            let party = Party::at(&app.app, &registered, discovery).await;
            assert_eq!(party.path("device_authorization_endpoint"), endpoint);
            assert!(party.metadata["grant_types_supported"].to_string().contains(DEVICE_GRANT));
            let asked = party.ask_for_code("openid").await;
            browser.decide(&asked, "allow").await;
            let tokens = party.poll(&asked).await.json();
            // This compares the issuer with the one of the metadata.
            party.verify(tokens["id_token"].as_str().unwrap()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_of_a_client_without_devices_names_no_endpoint_for_them() {
    each_database(async |app| {
        app.client("web").await;
        let document = "/application/o/web/.well-known/openid-configuration";
        let document = http::get(&app.app, document).await.json();
        assert!(document.get("device_authorization_endpoint").is_none());
        assert!(!document["grant_types_supported"].to_string().contains("device_code"));
    })
    .await;
}

/// Polls fifty times at once, taking turns between the nodes.
async fn fifty(nodes: &[AppState], asked: &Value) -> Vec<Answer> {
    let code = asked["device_code"].as_str().unwrap().to_owned();
    let start = Arc::new(tokio::sync::Barrier::new(50));
    let racers = (0..50).map(|n| {
        let (app, code, start) = (nodes[n % nodes.len()].clone(), code.clone(), start.clone());
        tokio::spawn(async move {
            start.wait().await;
            let form = [("grant_type", DEVICE_GRANT), ("device_code", &code), ("client_id", "tv")];
            http::post(&app, "/oauth2/token", &form).await
        })
    });
    let mut answers = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        answers.push(racer.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_polls_at_once_on_two_nodes_one_gets_tokens() {
    each_database(async |app| {
        let (party, mut browser) = (tv(&app).await, alice(&app).await);
        let other = app.another_node().await;
        let asked = party.ask_for_code("openid").await;
        browser.decide(&asked, "allow").await;
        let answers = fifty(&[app.app.clone(), other.clone()], &asked).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1);
        let lost = answers.iter().filter(|answer| answer.status != 200);
        assert!(lost.map(refused).all(|error| error == "invalid_grant"));
        let token = won[0].json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(party.userinfo(&token).await.status, 200, "a poll too many revokes nothing");
        other.db.close().await;
    })
    .await;
}
