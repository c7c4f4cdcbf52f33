//! Nobody is sent, and no code goes, where nobody registered.

use keystead::domain::Client;

use crate::harness::http::{self, encode};
use crate::harness::{Browser, PASSWORD, Party, Scene, each_database};

/// Addresses that have fooled servers before.
const ELSEWHERE: [&str; 14] = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example\n",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "/x\r\nLocation: https://evil.example",
    "https:evil.example",
];

/// Whether a browser on our page that is sent to `location` stays here.
fn stays_here(location: &str) -> bool {
    let here = url::Url::parse("https://id.example.com/login").unwrap();
    here.join(location).is_ok_and(|to| to.origin() == here.origin())
}

#[tokio::test]
async fn next_leads_to_a_path_of_our_own_or_to_the_front_page() {
    each_database(async |app| {
        app.user("alice").await;
        for next in ELSEWHERE {
            let mut browser = Browser::new(&app.app);
            let page = browser.get(&format!("/login?{}", encode(&[("next", next)]))).await;
            let mut form = page.inputs();
            for (name, value) in [("username", "alice"), ("password", PASSWORD)] {
                form.retain(|(other, _)| other != name);
                form.push((name.to_owned(), value.to_owned()));
            }
            let form: Vec<(&str, &str)> =
                form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let answer = browser.post("/login", &form).await;
            assert_eq!(answer.status, 303, "{next:?}");
            assert!(stays_here(answer.location()), "{next:?} led to {}", answer.location());
            let again = browser.get(&format!("/login?{}", encode(&[("next", next)]))).await;
            assert!(stays_here(again.location()), "{next:?} led to {}", again.location());
        }
    })
    .await;
}

#[tokio::test]
async fn no_parameter_of_any_page_chooses_where_to_go() {
    each_database(async |app| {
        app.client("web").await;
        for evil in ELSEWHERE {
            for path in ["/", "/login", "/logout", "/consent", "/setup", "/oauth2/end-session"] {
                for name in ["next", "rd", "redirect", "return_to", "resume", "state", "url"] {
                    let asked = format!("{path}?{}", encode(&[(name, evil)]));
                    let answer = http::get(&app.app, &asked).await;
                    assert!(stays_here(answer.location()), "{asked} led to {}", answer.location());
                }
            }
            let sent = [("client_id", "web"), ("post_logout_redirect_uri", evil), ("state", evil)];
            let answer =
                http::get(&app.app, &format!("/oauth2/end-session?{}", encode(&sent))).await;
            assert_eq!((answer.status, answer.location()), (400, ""), "{evil}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_paths_of_other_providers_lead_nowhere_else_either() {
    each_database(async |app| {
        for path in [
            "//evil.example/",
            "/application/o/%2F%2Fevil.example",
            "/%5Cevil.example",
            "//evil.example/%2e%2e",
        ] {
            let answer = http::get(&app.app, path).await;
            assert!(stays_here(answer.location()), "{path} led to {}", answer.location());
        }
    })
    .await;
}

#[tokio::test]
async fn a_loopback_client_may_choose_its_port_and_nothing_else() {
    each_database(async |app| {
        let loopback = |client: &mut Client| {
            client.public = true;
            client.redirect_uris = vec!["http://127.0.0.1/callback".into()];
        };
        let native = app.client_with("native", loopback).await;
        let party = Party::new(&app.app, &native).await;
        for (uri, accepted) in [
            ("http://127.0.0.1:49152/callback", true),
            ("http://127.0.0.1:49152/callback/x", false),
            ("http://127.0.0.1.evil.example/callback", false),
            ("http://127.0.0.1@evil.example/callback", false),
            ("http://localhost:49152/callback", false),
            ("https://127.0.0.1:49152/callback", false),
        ] {
            let answer = http::get(&app.app, &party.ask(&[("redirect_uri", uri)])).await;
            assert_eq!(answer.status == 303, accepted, "{uri}");
        }
    })
    .await;
}

#[tokio::test]
async fn state_and_the_query_of_a_redirect_uri_cannot_add_a_header_or_a_parameter() {
    each_database(async |app| {
        let keeps_query = |client: &mut Client| {
            client.redirect_uris =
                vec!["https://web.example.com/callback?tenant=1&x=%0d%0a".into()];
        };
        let mut scene = Scene::with(&app, keeps_query).await;
        let state = "s\r\nSet-Cookie: a=b&code=forged&iss=https://evil.example#";
        let answer = scene.ask(&[("state", state)]).await;
        assert!(
            answer
                .location()
                .starts_with("https://web.example.com/callback?tenant=1&x=%0d%0a&code=")
        );
        assert!(answer.headers.get("set-cookie").is_none());
        assert_eq!(answer.param("state").as_deref(), Some(state));
        let codes = answer.location().matches("code=").count();
        assert_eq!(codes, 1, "the forged one stays inside state: {}", answer.location());
        let refused =
            scene.browser.get(&scene.party.ask(&[("state", state), ("max_age", "x")])).await;
        assert_eq!(refused.param("state").as_deref(), Some(state));
        assert!(!refused.location().contains(['\r', '\n', '#']));
    })
    .await;
}

#[tokio::test]
async fn the_answer_names_the_issuer_of_the_layout_the_request_came_by() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        assert_eq!(scene.ask(&[]).await.param("iss").as_deref(), Some("https://id.example.com"));
        let registered = app.client("wiki").await;
        let path = "/application/o/wiki/.well-known/openid-configuration";
        let wiki = Party::at(&app.app, &registered, path).await;
        let answer = scene.browser.authorize(&wiki.ask(&[]), "alice").await;
        let issuer = "https://id.example.com/application/o/wiki/";
        assert_eq!(answer.param("iss").as_deref(), Some(issuer));
        assert_eq!(wiki.redeem(&answer).await.claims["iss"], issuer);
    })
    .await;
}

#[tokio::test]
async fn consent_and_sign_in_count_only_in_the_browser_they_were_given_in() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        bobs.sign_in("bob").await;
        // Alice consents, and hands the address she is sent to next to Bob.
        let page = scene.browser.get(&scene.party.ask(&[("prompt", "login")])).await;
        let page = scene.browser.follow(page).await;
        let consent = scene.browser.log_in(&page, "alice", PASSWORD).await;
        let mut form = consent.inputs();
        form.push(("action".into(), "allow".into()));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let allowed = scene.browser.post("/consent", &form).await;
        let next = allowed.location().to_owned();
        assert!(next.starts_with("/oauth2/authorize?resume="), "{next}");
        let page = bobs.get(&next).await;
        let page = bobs.follow(page).await;
        assert!(page.has("login-submit"), "prompt=login holds for Bob, too: {}", page.location());
        let page = bobs.log_in(&page, "bob", PASSWORD).await;
        assert!(page.has("consent-allow"), "nobody consents for Bob: {}", page.location());
    })
    .await;
}
