//! Pushed authorization requests (RFC 9126), beside the rows of FAPI 2.0 (`conformance_fapi_pushed`).

use crate::harness::http::{self, Answer};
use crate::harness::{Browser, Party, TestApp, each_database};

async fn party(app: &TestApp) -> Party {
    app.user("alice").await;
    Party::new(&app.app, &app.client("web").await).await
}

async fn pushed(party: &Party, more: &[(&str, &str)]) -> String {
    let answer = party.push(more).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["request_uri"].as_str().unwrap().to_owned()
}

fn open(party: &Party, request_uri: &str, more: &[(&str, &str)]) -> String {
    let mut all = vec![("client_id", party.id.as_str()), ("request_uri", request_uri)];
    all.extend(more.iter().copied());
    format!("{}?{}", party.path("authorization_endpoint"), http::encode(&all))
}

#[tokio::test]
async fn a_pushed_request_signs_somebody_in() {
    each_database(async |app| {
        let party = party(&app).await;
        let answer = party.push(&[]).await;
        assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"));
        assert!(answer.json()["expires_in"].as_i64().unwrap() >= 5);
        let uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
        assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{uri}");
        let answer = Browser::new(&app.app).authorize(&open(&party, &uri, &[]), "alice").await;
        let tokens = party.redeem(&answer).await;
        assert_eq!(tokens.claims["nonce"], "n-1");
        assert_eq!(answer.param("state").as_deref(), Some("s-1"));
    })
    .await;
}

#[tokio::test]
async fn what_stands_beside_a_request_uri_counts_for_nothing() {
    each_database(async |app| {
        let party = party(&app).await;
        let uri = pushed(&party, &[("state", "")]).await;
        let outside = [
            ("state", "other"),
            ("nonce", "other"),
            ("redirect_uri", "https://evil.example/"),
            ("scope", "openid groups"),
        ];
        let answer = Browser::new(&app.app).authorize(&open(&party, &uri, &outside), "alice").await;
        assert_eq!(answer.param("state"), None);
        let tokens = party.redeem(&answer).await;
        assert_eq!(tokens.claims["nonce"], "n-1");
        assert_eq!(tokens.get("scope"), "email openid profile");
    })
    .await;
}

#[tokio::test]
async fn of_many_browsers_with_one_request_one_is_answered() {
    each_database(async |app| {
        let party = party(&app).await;
        let other = app.another_node().await;
        let mut browsers = [Browser::new(&app.app), Browser::new(&other)];
        for browser in &mut browsers {
            browser.authorize(&party.ask(&[]), "alice").await;
        }
        let url = open(&party, &pushed(&party, &[]).await, &[]);
        let race = (0..50).map(async |n: usize| {
            let signed_in = &browsers[n % 2];
            let mut tab = Browser::new(&signed_in.app);
            tab.cookies.clone_from(&signed_in.cookies);
            tab.get(&url).await
        });
        let answers = futures_util::future::join_all(race).await;
        let codes = answers.iter().filter(|answer| answer.param("code").is_some()).count();
        let refused =
            |answer: &&Answer| answer.param("error").as_deref() == Some("invalid_request_uri");
        assert_eq!((codes, answers.iter().filter(refused).count()), (1, 49));
        other.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_slow_person_still_gets_an_answer() {
    each_database(async |app| {
        let party = party(&app).await;
        let mut browser = Browser::new(&app.app);
        let page = browser.get(&open(&party, &pushed(&party, &[]).await, &[])).await;
        let page = browser.follow(page).await;
        app.wait(600);
        let page = browser.log_in(&page, "alice", crate::harness::PASSWORD).await;
        let answer = browser.submit(&page, &[("action", "allow")]).await;
        assert!(answer.param("code").is_some(), "{} {}", answer.location(), answer.body);
    })
    .await;
}

#[tokio::test]
async fn a_request_uri_of_another_client_or_a_changed_one_leads_nowhere() {
    each_database(async |app| {
        let party = party(&app).await;
        let other = Party::new(&app.app, &app.client("other").await).await;
        let uri = pushed(&party, &[]).await;
        let mut changed = uri.clone();
        changed.pop();
        for url in [open(&other, &uri, &[]), open(&party, &changed, &[])] {
            let answer = http::get(&app.app, &url).await;
            assert_eq!((answer.status, answer.location()), (400, ""), "{}", answer.body);
            assert_eq!(answer.text("error-code"), "request_uri_unknown");
        }
    })
    .await;
}

#[tokio::test]
async fn a_push_is_checked_as_the_authorization_endpoint_would() {
    each_database(async |app| {
        let party = party(&app).await;
        for (more, error) in [
            (vec![("redirect_uri", "https://evil.example/")], "invalid_request"),
            (vec![("redirect_uri", "")], "invalid_request"),
            (vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
            (vec![("code_challenge_method", "plain")], "invalid_request"),
            (vec![("response_type", "code id_token")], "unsupported_response_type"),
            (vec![("response_type", "")], "invalid_request"),
            (vec![("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
            (vec![("max_age", "soon")], "invalid_request"),
        ] {
            let answer = party.push(&more).await;
            assert_eq!(answer.error(), (400, error.to_owned()), "{more:?}");
        }
        let endpoint = party.path("pushed_authorization_request_endpoint");
        let wrong = [("client_id", "web"), ("client_secret", "wrong")];
        let answer = http::post(&app.app, &endpoint, &wrong).await;
        assert_eq!(answer.error(), (401, "invalid_client".to_owned()));
        let twice = http::post(&app.app, &endpoint, &[("state", "a"), ("state", "b")]).await;
        assert_eq!(twice.error(), (400, "invalid_request".to_owned()));
        assert_eq!(http::get(&app.app, &endpoint).await.status, 405);
        let long = "x".repeat(8000);
        let answer = party.push(&[("nonce", &long)]).await;
        assert_eq!(answer.error(), (400, "invalid_request".to_owned()));
    })
    .await;
}
