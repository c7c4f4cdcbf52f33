//! Text that somebody chose stays text on every page.

use keystead::domain::Client;
use keystead::store::users;

use crate::harness::http::Answer;
use crate::harness::{PASSWORD, Scene, TestApp, each_database};

const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{123456*7}}";

#[track_caller]
fn is_harmless(answer: &Answer, what: &str) {
    for live in ["<script>alert", "<img src=x", "\"'>", "864192"] {
        assert!(!answer.body.contains(live), "{live} on {what}: {}", answer.body);
    }
}

#[track_caller]
fn shows(answer: &Answer, what: &str) {
    is_harmless(answer, what);
    assert!(
        answer.body.contains("&#60;script&#62;alert(1)"),
        "nothing shown: {what} {}",
        answer.body
    );
}

async fn hostile(app: &TestApp) -> Scene {
    let change = |web: &mut Client| {
        web.name = EVIL.to_owned();
        web.settings.contact = Some(EVIL.to_owned());
        web.settings.logo_uri = Some(format!("https://web.example.com/{EVIL}"));
        web.settings.launch_url = Some(format!("https://web.example.com/{EVIL}"));
        web.settings.policy_uri = Some(format!("https://web.example.com/{EVIL}"));
    };
    let scene = Scene::with(app, change).await;
    let alice = keystead::domain::Username::parse("alice").unwrap();
    let mut user =
        app.read(async |conn| users::find_by_username(conn, &alice).await).await.unwrap();
    user.display_name = Some(EVIL.to_owned());
    user.given_name = Some(EVIL.to_owned());
    app.write(async |tx| users::update(tx, &user).await).await;
    let quoted = EVIL.replace('\'', "''");
    app.sql(&format!("update scopes set sentence = '{quoted}' where name = 'profile'")).await;
    app.sql("update registry_version set version = version + 1").await;
    app.refresh_registry().await.unwrap();
    scene
}

#[tokio::test]
async fn names_of_clients_people_and_scopes_are_shown_as_they_are() {
    each_database(async |app| {
        let mut scene = hostile(&app).await;
        let login = scene.browser.get(&scene.party.ask(&[("login_hint", EVIL)])).await;
        let login = scene.browser.follow(login).await;
        shows(&login, "the login page");
        assert!(login.inputs().contains(&("username".into(), EVIL.into())), "kept as typed");
        let wrong = scene.browser.log_in(&login, EVIL, "wrong").await;
        shows(&wrong, "the login page after a wrong name");
        let consent = scene.browser.log_in(&login, "alice", PASSWORD).await;
        assert!(consent.has("consent-allow"));
        shows(&consent, "the consent page");
        assert!(consent.body.matches("&#60;script&#62;").count() > 5, "{}", consent.body);
        scene.browser.submit(&consent, &[("action", "allow")]).await;
        shows(&scene.browser.get("/").await, "the front page");
        shows(&scene.browser.get("/logout").await, "the sign-out page");
        let confirm = scene.browser.get("/oauth2/end-session?client_id=web").await;
        shows(&confirm, "the sign-out page of a client");
        let done = scene.browser.submit(&confirm, &[("action", "logout")]).await;
        assert!(done.has("logout-done"));
        shows(&done, "the signed-out page");
    })
    .await;
}

#[tokio::test]
async fn a_page_about_missing_access_escapes_whom_to_ask() {
    each_database(async |app| {
        let mut scene = hostile(&app).await;
        app.sql("delete from scope_maps").await;
        app.sql("update registry_version set version = version + 1").await;
        app.refresh_registry().await.unwrap();
        let page = scene.ask(&[]).await;
        assert_eq!((page.status, page.text("error-code").as_str()), (403, "no_scope_map"));
        shows(&page, "the page about missing access");
    })
    .await;
}

#[tokio::test]
async fn what_comes_in_an_address_or_a_form_stays_inert() {
    each_database(async |app| {
        let mut scene = hostile(&app).await;
        for name in
            ["client_id", "redirect_uri", "state", "response_type", "prompt", "scope", "resume"]
        {
            let answer = scene.browser.get(&scene.party.ask(&[(name, EVIL)])).await;
            is_harmless(&answer, name);
            let posted = scene.ask(&[(name, EVIL), ("response_mode", "form_post")]).await;
            is_harmless(&posted, name);
        }
        for path in [
            "/login",
            "/consent",
            "/setup",
            "/invite",
            "/recover",
            "/oauth2/end-session",
            "/nothing",
        ] {
            for name in ["next", "resume", "token", "state", "id_token_hint", "username"] {
                let query = crate::harness::http::encode(&[(name, EVIL)]);
                is_harmless(&scene.browser.get(&format!("{path}?{query}")).await, path);
            }
        }
        let setup =
            keystead::directory::links::setup_link(&app.app, &keystead::domain::Actor::System)
                .await
                .unwrap()
                .url;
        let form = scene.browser.get(setup.strip_prefix("https://id.example.com").unwrap()).await;
        for field in ["username", "email", "display_name", "token"] {
            let filled = [("username", "root"), ("password", "x"), ("password_again", "y")];
            let filled = [&filled[1..], &[(field, EVIL)]].concat();
            is_harmless(&scene.browser.submit(&form, &filled).await, field);
            let long = [("password", PASSWORD), ("password_again", PASSWORD), (field, EVIL)];
            is_harmless(&scene.browser.submit(&form, &long).await, field);
        }
    })
    .await;
}
