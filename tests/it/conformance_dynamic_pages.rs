//! The OpenID Foundation's dynamic plan: the addresses that clients register, and what people see of
//! them. Each story names its module.

use std::sync::{Arc, Mutex};

use keystead::app::AppState;
use keystead::domain::{Algorithm, Cause};
use serde_json::{Value, json};

use crate::harness::http::Answer;
use crate::harness::registrar::{metadata, open_node, register, signing_party};
use crate::harness::signer::keys;
use crate::harness::tls::serve_https;
use crate::harness::{Browser, Party, TestApp, each_database};

/// A node, and a client that registered this with it.
async fn stage(app: &TestApp, more: &Value) -> (AppState, Party) {
    app.user("alice").await;
    let node = open_node(app).await;
    let keys = Arc::new(keys(Algorithm::ES256));
    let party = signing_party(&node, &keys, more).await;
    (node, party)
}

#[track_caller]
fn is_page(answer: &Answer, cause: Cause) {
    assert_eq!((answer.status, answer.location()), (400, ""));
    assert_eq!(answer.text("error-code"), cause.code());
}

/// oidcc-ensure-redirect-uri-in-authorization-request
#[tokio::test]
async fn of_several_redirect_uris_one_must_be_named() {
    each_database(async |app| {
        let uris = ["https://party.example.com/cb", "https://party.example.com/other"];
        let (node, party) = stage(&app, &json!({ "redirect_uris": uris })).await;
        let page = Browser::new(&node).get(&party.ask(&[("redirect_uri", "")])).await;
        is_page(&page, Cause::RedirectUriMissing);
        node.db.close().await;
    })
    .await;
}

const QUERY: &str = "https://party.example.com/cb?bar=foo";

/// Asks with this redirect URI where only that of `QUERY` is registered.
async fn misses(uri: &str) {
    each_database(async |app| {
        let (node, party) = stage(&app, &json!({ "redirect_uris": [QUERY] })).await;
        let page = Browser::new(&node).get(&party.ask(&[("redirect_uri", uri)])).await;
        is_page(&page, Cause::RedirectUriMismatch);
        node.db.close().await;
    })
    .await;
}

/// oidcc-redirect-uri-query-OK
#[tokio::test]
async fn the_query_of_a_registered_redirect_uri_survives() {
    each_database(async |app| {
        let (node, party) = stage(&app, &json!({ "redirect_uris": [QUERY] })).await;
        let answer = Browser::new(&node).authorize(&party.ask(&[]), "alice").await;
        assert!(answer.location().starts_with(&format!("{QUERY}&")), "{}", answer.location());
        party.redeem(&answer).await;
        node.db.close().await;
    })
    .await;
}

/// oidcc-redirect-uri-query-mismatch
#[tokio::test]
async fn another_query_than_the_registered_one_gets_a_page() {
    misses("https://party.example.com/cb?bar=other").await;
}

/// oidcc-redirect-uri-query-added
#[tokio::test]
async fn a_query_beyond_the_registered_one_gets_a_page() {
    misses("https://party.example.com/cb?bar=foo&x=1").await;
    misses("https://party.example.com/cb").await;
}

/// oidcc-redirect-uri-regfrag
#[tokio::test]
async fn a_redirect_uri_with_a_fragment_is_not_registered() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let bad = metadata(&json!({ "redirect_uris": ["https://party.example.com/cb#foobar"] }));
        let answer = register(&node, None, &bad).await;
        assert_eq!(answer.error(), (400, "invalid_redirect_uri".to_owned()));
        assert_eq!(answer.header("content-type"), "application/json");
        node.db.close().await;
    })
    .await;
}

/// What the login page says of a client that registered this.
async fn shown(member: &str, uri: &str, tag: &str) {
    each_database(async |app| {
        let (node, party) = stage(&app, &json!({ member: uri })).await;
        let mut browser = Browser::new(&node);
        let page = browser.get(&party.ask(&[])).await;
        let page = browser.follow(page).await;
        assert!(page.has("login-submit"), "before anybody signed in: {}", page.body);
        assert!(page.body.contains(&format!("{tag}=\"{uri}\"")), "{}", page.body);
        // Logos come straight from the client, over https; scripts and styles never do.
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        assert!(policy.contains("img-src 'self' https: data:"), "{policy}");
        node.db.close().await;
    })
    .await;
}

/// oidcc-registration-logo-uri
#[tokio::test]
async fn the_login_page_shows_the_logo_of_the_client() {
    shown("logo_uri", "https://party.example.com/logo.png", "src").await;
}

/// oidcc-registration-policy-uri
#[tokio::test]
async fn the_login_page_links_to_the_policy_of_the_client() {
    shown("policy_uri", "https://party.example.com/policy", "href").await;
}

/// oidcc-registration-tos-uri
#[tokio::test]
async fn the_login_page_links_to_the_terms_of_the_client() {
    shown("tos_uri", "https://party.example.com/tos", "href").await;
}

/// oidcc-registration-sector-uri
#[tokio::test]
async fn a_sector_is_fetched_and_names_people_by_its_host() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let keys = Arc::new(keys(Algorithm::ES256));
        let hosts = ["https://one.example.com/cb", "https://two.example.com/cb"];
        let listed = Arc::new(Mutex::new(json!(hosts).to_string()));
        let sector = serve_https(&listed).await;
        let mut subs = Vec::new();
        for uri in hosts {
            let more = json!({
                "redirect_uris": [uri], "subject_type": "pairwise", "sector_identifier_uri": sector,
            });
            let party = signing_party(&node, &keys, &more).await;
            let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
            subs.push(tokens.claims["sub"].clone());
        }
        assert_eq!(subs[0], subs[1], "one sector");
        let alone = json!({ "redirect_uris": [hosts[0]], "subject_type": "pairwise" });
        let party = signing_party(&node, &keys, &alone).await;
        let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        assert_ne!(tokens.claims["sub"], subs[0], "another sector");
        node.db.close().await;
    })
    .await;
}

/// oidcc-registration-sector-bad
#[tokio::test]
async fn a_sector_that_does_not_list_a_redirect_uri_is_refused() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let listed = Arc::new(Mutex::new("[\"https://other.example.com/cb\"]".to_owned()));
        let sector = serve_https(&listed).await;
        for uri in [sector.as_str(), "https://10.0.0.1/sector", "https://nowhere.invalid/"] {
            let more = json!({ "subject_type": "pairwise", "sector_identifier_uri": uri });
            let answer = register(&node, None, &metadata(&more)).await;
            assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()), "{uri}");
        }
        node.db.close().await;
    })
    .await;
}
