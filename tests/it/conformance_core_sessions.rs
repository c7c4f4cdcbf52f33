//! The basic, implicit, hybrid and form post plans: who is signed in already, and for how long. Each
//! story names its module, and is told in each way of those plans.

use crate::harness::steps::{party, signed_in};
use crate::harness::{Browser, PASSWORD, Stage, Way, each_database, each_way};

/// Signs in again on the page that a request leads to.
async fn again(
    stage: &Stage,
    browser: &mut Browser,
    way: Way,
    more: &[(&str, &str)],
) -> Option<i64> {
    let page = browser.get(&stage.ask(way, more)).await;
    let page = browser.follow(page).await;
    assert!(page.has("password") && page.has("login-submit"), "{}", page.body);
    let answer = browser.log_in(&page, "alice", PASSWORD).await;
    stage.take(way, &answer, more).await.claims()["auth_time"].as_i64()
}

/// oidcc-prompt-login
#[tokio::test]
async fn prompt_login_asks_again_in_a_live_session_and_auth_time_moves() {
    each_way(&Way::all(), async |stage, way| {
        let (mut browser, first) = stage.signed_in(way, &[]).await;
        stage.wait(1);
        let second = again(stage, &mut browser, way, &[("prompt", "login")]).await;
        assert!(second > first.claims()["auth_time"].as_i64());
    })
    .await;
}

/// oidcc-prompt-none-not-logged-in
#[tokio::test]
async fn prompt_none_without_a_session_is_login_required_with_state_intact() {
    each_way(&Way::all(), async |stage, way| {
        let state = format!("{}-._~", "a1".repeat(62));
        let ask = stage.ask(way, &[("prompt", "none"), ("state", &state)]);
        let answer = stage.browser().get(&ask).await;
        let fields = stage.fields(way, &answer);
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
        assert_eq!((&*fields[0].1, &fields[2].1), ("login_required", &state));
    })
    .await;
}

/// oidcc-prompt-none-logged-in
#[tokio::test]
async fn prompt_none_with_a_session_is_silent_and_tells_the_same() {
    each_way(&Way::all(), async |stage, way| {
        let (mut browser, first) = stage.signed_in(way, &[]).await;
        stage.wait(5);
        let more = [("prompt", "none")];
        let answer = browser.get(&stage.ask(way, &more)).await;
        let second = stage.take(way, &answer, &more).await;
        for name in ["sub", "auth_time"] {
            assert_eq!(second.claims()[name], first.claims()[name], "{name}");
        }
    })
    .await;
}

/// oidcc-max-age-1
#[tokio::test]
async fn max_age_1_asks_again_after_two_seconds_and_auth_time_moves() {
    each_way(&Way::all(), async |stage, way| {
        let (mut browser, first) = stage.signed_in(way, &[]).await;
        stage.wait(2);
        let second = again(stage, &mut browser, way, &[("max_age", "1")]).await;
        assert!(second > first.claims()["auth_time"].as_i64());
    })
    .await;
}

/// oidcc-max-age-10000
#[tokio::test]
async fn max_age_10000_asks_nobody_and_keeps_auth_time() {
    each_way(&Way::all(), async |stage, way| {
        let (mut browser, first) = stage.signed_in(way, &[("max_age", "15000")]).await;
        stage.wait(10);
        let answer = browser.get(&stage.ask(way, &[("max_age", "10000")])).await;
        let second = stage.take(way, &answer, &[]).await;
        assert!(first.claims()["auth_time"].is_i64());
        assert_eq!(second.claims()["auth_time"], first.claims()["auth_time"]);
    })
    .await;
}

/// oidcc-id-token-hint
#[tokio::test]
async fn our_own_id_token_as_a_hint_with_prompt_none_succeeds_even_when_expired() {
    each_way(&Way::all(), async |stage, way| {
        let (mut browser, first) = stage.signed_in(way, &[]).await;
        stage.wait(7200);
        let more = [("prompt", "none"), ("id_token_hint", first.id_token())];
        let answer = browser.get(&stage.ask(way, &more)).await;
        let second = stage.take(way, &answer, &more).await;
        assert_eq!(second.claims()["sub"], first.claims()["sub"]);
    })
    .await;
}

#[tokio::test]
async fn prompt_none_needs_consent_to_be_remembered() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        browser.sign_in("alice").await;
        let answer = browser.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("consent_required"));
        party.sign_in(&mut browser, "alice", &[]).await;
        let wider = party.ask(&[("prompt", "none"), ("scope", "openid profile email groups")]);
        let answer = browser.get(&wider).await;
        assert_eq!(answer.param("error").as_deref(), Some("consent_required"));
    })
    .await;
}

#[tokio::test]
async fn a_hint_of_somebody_else_is_login_required() {
    each_database(async |app| {
        let (party, _, alice) = signed_in(&app, &[]).await;
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        party.sign_in(&mut bobs, "bob", &[]).await;
        let hint = alice.get("id_token");
        let answer = bobs.get(&party.ask(&[("prompt", "none"), ("id_token_hint", hint)])).await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
        let answer = bobs.get(&party.ask(&[("id_token_hint", "not.a.token")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
    })
    .await;
}
