//! Browser sessions: a fresh one at each sign-in, and an end to each.

use keystead::directory::credentials;
use keystead::domain::{Actor, Secret};

use crate::harness::http::Answer;
use crate::harness::{Browser, PASSWORD, Scene, TestApp, each_database};

const COOKIE: &str = "__Host-keystead";

fn cookie(browser: &Browser) -> String {
    browser.cookies.get(COOKIE).cloned().unwrap_or_default()
}

/// Whether the browser is signed in, asked without moving its own cookies.
async fn is_live(app: &TestApp, session: &str) -> bool {
    let mut thief = Browser::new(&app.app);
    thief.cookies.insert(COOKIE.into(), session.into());
    thief.get("/").await.has("current-user")
}

async fn sign_in_remembered(app: &TestApp) -> Browser {
    let mut browser = Browser::new(&app.app);
    let page = browser.get("/login").await;
    let filled =
        [("username", "alice"), ("password", PASSWORD), ("remember", "1"), ("action", "login")];
    let home: Answer = browser.submit(&page, &filled).await;
    assert!(home.has("current-user"), "{}", home.body);
    browser
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap()
}

#[tokio::test]
async fn a_cookie_from_before_the_sign_in_opens_nothing() {
    each_database(async |app| {
        app.user("alice").await;
        app.user("mallory").await;
        let mut mallory = Browser::new(&app.app);
        mallory.sign_in("mallory").await;
        let planted = cookie(&mallory);
        for planted in ["", "x", &"A".repeat(54), planted.as_str()] {
            let mut browser = Browser::new(&app.app);
            browser.cookies.insert(COOKIE.into(), planted.into());
            let page = browser.get("/oauth2/authorize").await;
            assert_eq!(page.status, 400, "planting breaks nothing");
            let page = browser.get("/login").await;
            let page = if page.status == 303 {
                // Mallory's session: she is signed out first, as from the portal.
                let confirm = browser.get("/logout").await;
                browser.submit(&confirm, &[("action", "logout")]).await;
                browser.get("/login").await
            } else {
                page
            };
            browser.log_in(&page, "alice", PASSWORD).await;
            assert_ne!(cookie(&browser), planted);
            assert!(is_live(&app, &cookie(&browser)).await);
        }
        assert!(!is_live(&app, &planted).await);
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_replaces_the_session_and_as_somebody_else_ends_what_it_gave() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        app.user("bob").await;
        let tokens = scene.tokens(&[]).await;
        let first = cookie(&scene.browser);
        let page = scene.browser.get(&scene.party.ask(&[("prompt", "login")])).await;
        let page = scene.browser.follow(page).await;
        scene.browser.log_in(&page, "alice", PASSWORD).await;
        let second = cookie(&scene.browser);
        assert_ne!(first, second);
        assert!(!is_live(&app, &first).await && is_live(&app, &second).await);
        assert_eq!(scene.party.userinfo(tokens.get("access_token")).await.status, 200);

        let tokens = scene.tokens(&[]).await;
        let page = scene.browser.get(&scene.party.ask(&[("prompt", "login")])).await;
        let page = scene.browser.follow(page).await;
        assert_eq!(scene.party.userinfo(tokens.get("access_token")).await.status, 200);
        scene.browser.log_in(&page, "bob", PASSWORD).await;
        assert!(!is_live(&app, &second).await);
        assert_eq!(scene.party.userinfo(tokens.get("access_token")).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_idles_or_grows_old() {
    each_database(async |app| {
        app.user("alice").await;
        let (idle, absolute) =
            (seconds(app.config.session.idle), seconds(app.config.session.absolute));
        assert!(idle > 0 && absolute > idle);
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        app.wait(idle - 1);
        assert!(browser.get("/").await.has("current-user"));
        app.wait(idle - 1);
        assert!(browser.get("/").await.has("current-user"), "use keeps it alive");
        app.wait(idle);
        assert!(!browser.get("/").await.has("current-user"), "idle for too long");

        browser.sign_in("alice").await;
        let mut age = 0;
        while age + idle / 2 < absolute {
            app.wait(idle / 2);
            age += idle / 2;
            assert!(browser.get("/").await.has("current-user"), "after {age} s");
        }
        app.wait(absolute - age);
        assert!(!browser.get("/").await.has("current-user"), "too old, though in use");
    })
    .await;
}

#[tokio::test]
async fn a_remembered_session_may_idle_but_not_for_ever() {
    each_database(async |app| {
        app.user("alice").await;
        let life = seconds(app.config.session.remember);
        let mut browser = sign_in_remembered(&app).await;
        app.wait(life - 1);
        assert!(browser.get("/").await.has("current-user"));
        app.wait(1);
        assert!(!browser.get("/").await.has("current-user"));
    })
    .await;
}

#[tokio::test]
async fn signing_out_and_a_new_password_end_sessions_on_every_node() {
    each_database(async |app| {
        app.user("alice").await;
        let other = app.another_node().await;
        let mut browser = Browser::new(&app.app);
        let mut phone = Browser::new(&app.app);
        browser.sign_in("alice").await;
        phone.sign_in("alice").await;
        let stolen = cookie(&browser);
        let confirm = browser.get("/logout").await;
        let done = browser.submit(&confirm, &[("action", "logout")]).await;
        assert!(done.has("logout-done"));
        assert_eq!(cookie(&browser), "");
        for node in [&app.app, &other] {
            let mut thief = Browser::new(node);
            thief.cookies.insert(COOKIE.into(), stolen.clone());
            assert!(!thief.get("/").await.has("current-user"));
        }
        assert!(phone.get("/").await.has("current-user"), "the other device stays");
        let new = Secret::sent("a red kettle sings at noon");
        credentials::set_password(&app.app, &Actor::CommandLine, "alice", &new).await.unwrap();
        phone.app = other;
        assert!(!phone.get("/").await.has("current-user"));
    })
    .await;
}
