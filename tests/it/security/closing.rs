//! What was closed or revoked is closed at once, everywhere.

use std::time::Duration;

use keystead::app::AppState;
use keystead::directory::{Force, clients, users};
use keystead::domain::{AccessTokenFormat, Actor, Client, GrantType};

use crate::harness::http::{self, Answer};
use crate::harness::{Browser, PASSWORD, Party, Scene, each_database};

/// Everything a person's tokens open.
async fn all(party: &Party, access: &str, refresh: &str) -> [(u16, bool); 3] {
    let active = |answer: Answer| (answer.status, answer.json()["active"] == true);
    let about =
        async |token: &str| active(party.call("introspection_endpoint", &[("token", token)]).await);
    [(party.userinfo(access).await.status, false), about(access).await, about(refresh).await]
}

async fn close_client(app: &AppState) {
    let now = app.clock.now();
    let close = |web: &mut Client| web.disabled_at = Some(now);
    clients::update(app, &Actor::CommandLine, ("web", None), Force::No, close).await.unwrap();
}

const ALIVE: [(u16, bool); 3] = [(200, false), (200, true), (200, true)];
const DEAD: [(u16, bool); 3] = [(401, false), (200, false), (200, false)];

fn jwt(client: &mut Client) {
    client.settings.access_token = AccessTokenFormat::Jwt;
}

#[tokio::test]
async fn a_disabled_person_is_out_everywhere_at_once() {
    each_database(async |app| {
        for (id, change) in [("web", (|_| ()) as fn(&mut Client)), ("jwt", jwt)] {
            let name = format!("user-of-{id}");
            app.user(&name).await;
            let party = Party::new(&app.app, &app.client_with(id, change).await).await;
            let mut browser = Browser::new(&app.app);
            let scope = [("scope", "openid offline_access")];
            let tokens = party.sign_in(&mut browser, &name, &scope).await;
            let code = browser.authorize(&party.ask(&scope), &name).await.param("code").unwrap();
            let (access, refresh) = (tokens.get("access_token"), tokens.get("refresh_token"));
            assert_eq!(all(&party, access, refresh).await, ALIVE, "{id}");
            users::disable(&app.app, &Actor::CommandLine, &name, Force::Yes).await.unwrap();
            assert_eq!(all(&party, access, refresh).await, DEAD, "{id}");
            assert_eq!(party.refresh(refresh).await.error(), (400, "invalid_grant".into()));
            assert_eq!(party.exchange(&code).await.error(), (400, "invalid_grant".into()));
            assert!(!browser.get("/").await.has("current-user"));
            let silent = browser.get(&party.ask(&[("prompt", "none")])).await;
            assert_eq!(silent.param("error").as_deref(), Some("login_required"));
            let page = browser.get("/login").await;
            let refused = browser.log_in(&page, &name, PASSWORD).await;
            assert_eq!(refused.text("login-error"), "That name and password do not match.");
        }
    })
    .await;
}

#[tokio::test]
async fn a_disabled_client_is_out_everywhere_at_once() {
    each_database(async |app| {
        let grants = |web: &mut Client| web.settings.grant_types.push(GrantType::ClientCredentials);
        let mut scene = Scene::with(&app, grants).await;
        let scope = [("scope", "openid offline_access")];
        let tokens = scene.tokens(&scope).await;
        let other = Party::new(&app.app, &app.client("other").await).await;
        let code = scene.code().await;
        let waiting = scene.browser.get(&scene.party.ask(&[("prompt", "login")])).await;
        close_client(&app.app).await;
        let (access, refresh) = (tokens.get("access_token"), tokens.get("refresh_token"));
        assert_eq!(scene.party.userinfo(access).await.status, 401);
        for token in [access, refresh] {
            let answer = other.call("introspection_endpoint", &[("token", token)]).await;
            assert_eq!(answer.json()["active"], false);
        }
        let refused = (401, "invalid_client".to_owned());
        assert_eq!(scene.party.refresh(refresh).await.error(), refused);
        assert_eq!(scene.party.exchange(&code).await.error(), refused);
        let own = [("grant_type", "client_credentials")];
        assert_eq!(scene.party.call("token_endpoint", &own).await.error(), refused);
        let page = http::get(&app.app, &scene.party.ask(&[])).await;
        assert_eq!(page.text("error-code"), "client_disabled");
        let login = scene.browser.follow(waiting).await;
        let late = scene.browser.log_in(&login, "alice", PASSWORD).await;
        assert_eq!(late.text("error-code"), "request_expired", "no code for a closed client");
    })
    .await;
}

/// Asks again until the answer is as expected, for at most ten seconds.
async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn what_one_node_revokes_is_dead_on_the_other_within_its_second() {
    each_database(async |app| {
        for (id, change) in [("web", (|_| ()) as fn(&mut Client)), ("jwt", jwt)] {
            let name = format!("user-of-{id}");
            app.user(&name).await;
            let here = Party::new(&app.app, &app.client_with(id, change).await).await;
            let other: AppState = app.another_node().await;
            let there = Party { app: other.clone(), ..here.clone() };
            let mut browser = Browser::new(&app.app);
            let scope = [("scope", "openid offline_access"), ("prompt", "consent")];
            for kind in ["access_token", "refresh_token"] {
                let tokens = here.sign_in(&mut browser, &name, &scope).await;
                let access = tokens.get("access_token");
                assert_eq!(there.userinfo(access).await.status, 200, "remembered there now");
                let form = [("token", tokens.get(kind))];
                assert_eq!(here.call("revocation_endpoint", &form).await.status, 200);
                assert_eq!(here.userinfo(access).await.status, 401, "at once here");
                soon(kind, async || there.userinfo(access).await.status == 401).await;
                let refresh = there.refresh(tokens.get("refresh_token")).await;
                assert_eq!(refresh.status, if kind == "refresh_token" { 400 } else { 200 });
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_one_node_changes_of_a_client_the_other_sees_when_it_looks() {
    each_database(async |app| {
        let scene = Scene::new(&app).await;
        let other = app.another_node().await;
        assert_eq!(http::get(&other, &scene.party.ask(&[])).await.status, 303);
        close_client(&app.app).await;
        assert_eq!(http::get(&app.app, &scene.party.ask(&[])).await.status, 400, "at once here");
        other.refresh_registry().await.unwrap();
        let page = http::get(&other, &scene.party.ask(&[])).await;
        assert_eq!(page.text("error-code"), "client_disabled");
    })
    .await;
}
