//! No other site can press a button here.

use std::collections::BTreeSet;

use keystead::store::users;

use crate::harness::http::{self, encode};
use crate::harness::{Browser, PASSWORD, Scene, each_database};

#[test]
fn every_form_carries_the_token_and_is_one_that_the_stories_know() {
    let known = [
        "/login",
        "/consent",
        "/logout",
        "/setup",
        "/invite",
        "/recover",
        "/device",
        "/account/security",
        "/account/connections",
        "/account/profile",
        "/approvals",
    ];
    let mut found = BTreeSet::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    for folder in ["signin", "account", "setup"] {
        for file in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
            let html = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for form in html.split("<form").skip(1) {
                let form = form.split("</form>").next().unwrap();
                if form.contains("method=\"get\"") {
                    continue; // A search changes nothing.
                }
                let action = form.split_once("action=\"").unwrap().1;
                let action = action.split('>').next().unwrap();
                if action.starts_with("{{") {
                    continue; // The page that posts to a client, which must not see our token.
                }
                assert!(form.contains("name=\"csrf\" value=\"{{ page.csrf }}\""), "{form}");
                let paths = known.iter().filter(|path| action.contains(*path));
                let paths: Vec<&str> = paths.copied().collect();
                assert!(!paths.is_empty(), "a form to {action} that no story knows");
                found.extend(paths);
            }
        }
    }
    assert_eq!(found, BTreeSet::from(known));
}

#[tokio::test]
async fn another_site_cannot_sign_a_person_in_or_out_or_consent_for_them() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        app.user("mallory").await;
        let filled = [("username", "mallory"), ("password", PASSWORD), ("action", "login")];
        let mut fresh = Browser::new(&app.app);
        fresh.get("/login").await;
        assert_eq!(fresh.post("/login", &filled).await.status, 400);
        assert!(!fresh.get("/").await.has("current-user"), "signed in as somebody else");

        let login = scene.browser.get(&scene.party.ask(&[])).await;
        let login = scene.browser.follow(login).await;
        let consent = scene.browser.log_in(&login, "alice", PASSWORD).await;
        let resume = consent.inputs().into_iter().find(|(name, _)| name == "resume").unwrap().1;
        let mut mallory = Browser::new(&app.app);
        let page = mallory.get("/login").await;
        let hers = page.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        for csrf in ["", hers.as_str()] {
            let form = [("csrf", csrf), ("resume", resume.as_str()), ("action", "allow")];
            assert_eq!(scene.browser.post("/consent", &form).await.status, 400);
            assert_eq!(scene.browser.post("/logout", &[("csrf", csrf)]).await.status, 400);
        }
        let again = scene.browser.get(&scene.party.ask(&[])).await;
        let again = scene.browser.follow(again).await;
        assert!(again.has("consent-allow"), "signed in still, and nothing was consented");
    })
    .await;
}

#[tokio::test]
async fn a_link_alone_signs_nobody_out() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        let bob = scene.party.sign_in(&mut bobs, "bob", &[]).await;
        scene.tokens(&[]).await;
        let others_hint = encode(&[("id_token_hint", bob.get("id_token"))]);
        for link in ["", "client_id=web", "state=x", others_hint.as_str()] {
            let path = format!("/oauth2/end-session?{link}");
            let asked = scene.browser.get(&path).await;
            assert!(asked.has("logout-confirm"), "{link}: {}", asked.body);
            assert!(scene.browser.get("/").await.has("current-user"), "{link}");
        }
        assert!(scene.browser.get("/logout").await.has("logout-confirm"));
        assert!(scene.browser.get("/").await.has("current-user"));
    })
    .await;
}

#[tokio::test]
async fn a_set_up_link_makes_nobody_without_its_form() {
    each_database(async |app| {
        let link =
            keystead::directory::links::setup_link(&app.app, &keystead::domain::Actor::System)
                .await
                .unwrap()
                .url;
        let token = link.split_once("token=").unwrap().1;
        let form = [
            ("token", token),
            ("username", "mallory"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        assert_eq!(http::post(&app.app, "/setup", &form).await.status, 400);
        assert_eq!(app.read(async |conn| users::count(conn).await).await, 0);
        let query = format!("/setup?{}", encode(&form));
        assert_eq!(http::get(&app.app, &query).await.status, 200);
        assert_eq!(app.read(async |conn| users::count(conn).await).await, 0);
    })
    .await;
}
