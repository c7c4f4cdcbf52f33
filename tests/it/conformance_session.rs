//! OpenID Connect Session Management 1.0, as the OpenID Foundation's suite asks for it. What the frame
//! computes is computed here anew.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use keystead::app::AppState;
use sha2::{Digest, Sha256};

use crate::harness::{Browser, Party, TestApp, each_database, http};

const ON: [(&str, &str); 2] = [
    ("KEYSTEAD_OIDC__SESSION_MANAGEMENT", "true"),
    ("KEYSTEAD_OIDC__FRONT_CHANNEL_TOKENS", "true"),
];
const COOKIE: &str = "__Host-keystead-state";

async fn stage(app: &TestApp) -> (AppState, Party) {
    app.user("alice").await;
    let registered = app
        .client_with("web", |client| {
            client.settings.response_types = keystead::domain::ResponseType::ALL.to_vec();
        })
        .await;
    let node = app.another_node_with(&ON).await;
    let party = Party::new(&node, &registered).await;
    (node, party)
}

/// What the frame says to a page of the client that sends this (ibid. 3.3).
fn frame_says(
    browser: &Browser,
    origin: &str,
    client_id: &str,
    session_state: &str,
) -> &'static str {
    let state = browser.cookies.get(COOKIE).map_or("", String::as_str);
    let (_, salt) = session_state.split_once('.').expect("a salt");
    let text = format!("{client_id} {origin} {state} {salt}");
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text));
    if session_state == format!("{hash}.{salt}") { "unchanged" } else { "changed" }
}

/// oidcc-session-management-discovery-endpoint-verification
#[tokio::test]
async fn discovery_names_the_frame_only_where_it_is_served() {
    each_database(async |app| {
        let (node, party) = stage(&app).await;
        let page = http::get(&node, &party.path("check_session_iframe")).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.body.contains("/static/check_session.js"), "{}", page.body);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self'"), "{policy}");
        assert!(!policy.contains("frame-ancestors") && page.header("x-frame-options").is_empty());
        assert!(!page.body.contains("<script>"), "no script inside it");
        assert!(party.path("end_session_endpoint").starts_with('/'));
        let off = http::get(&app.app, "/.well-known/openid-configuration").await.json();
        assert!(off.get("check_session_iframe").is_none());
        assert_eq!(http::get(&app.app, "/oauth2/check-session").await.status, 404);
        node.db.close().await;
    })
    .await;
}

/// oidcc-session-management-rp-initiated-logout
#[tokio::test]
async fn session_state_stands_in_every_answer_and_changes_with_the_sign_out() {
    each_database(async |app| {
        let (node, party) = stage(&app).await;
        let mut browser = Browser::new(&node);
        let answer = browser.authorize(&party.ask(&[]), "alice").await;
        let state = answer.param("session_state").unwrap();
        let says = |browser: &Browser, state: &str| {
            frame_says(browser, "https://web.example.com", "web", state)
        };
        assert_eq!(says(&browser, &state), "unchanged");
        assert_eq!(frame_says(&browser, "https://evil.example", "web", &state), "changed");
        assert_eq!(frame_says(&browser, "https://web.example.com", "wiki", &state), "changed");
        for kind in ["code id_token", "id_token token", "id_token"] {
            let answer = browser.get(&party.ask(&[("response_type", kind)])).await;
            let own = answer.fragment("session_state").unwrap();
            assert_eq!(says(&browser, &own), "unchanged", "{kind}");
            assert_ne!(own, state, "each with a salt of its own");
        }
        let again = browser.authorize(&party.ask(&[("prompt", "login")]), "alice").await;
        assert_eq!(says(&browser, &state), "unchanged", "the same person in the same session");
        let tokens = party.redeem(&again).await;
        let hint = [("id_token_hint", tokens.get("id_token"))];
        let bye = format!("{}?{}", party.path("end_session_endpoint"), http::encode(&hint));
        assert!(browser.get(&bye).await.has("logout-done"));
        assert_eq!(says(&browser, &state), "changed");
        let next = browser.authorize(&party.ask(&[]), "alice").await;
        assert_eq!(says(&browser, &state), "changed", "another session is not the one before");
        assert_eq!(says(&browser, &next.param("session_state").unwrap()), "unchanged");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_cookie_that_scripts_read_opens_nothing() {
    each_database(async |app| {
        let (node, party) = stage(&app).await;
        let mut browser = Browser::new(&node);
        browser.authorize(&party.ask(&[]), "alice").await;
        let state = browser.cookies[COOKIE].clone();
        assert!(http::entropy(&state) > 100.0, "{state}");
        let mut thief = Browser::new(&node);
        for (name, value) in &browser.cookies {
            assert!(name == COOKIE || *value != state);
        }
        for name in [COOKIE, "__Host-keystead"] {
            thief.cookies.insert(name.to_owned(), state.clone());
        }
        let answer = thief.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn where_it_is_off_nothing_of_it_is_seen() {
    each_database(async |app| {
        app.user("alice").await;
        let party = crate::harness::steps::party(&app).await;
        let mut browser = Browser::new(&app.app);
        let answer = browser.authorize(&party.ask(&[]), "alice").await;
        assert!(answer.param("session_state").is_none());
        assert!(!browser.cookies.contains_key(COOKIE));
    })
    .await;
}
