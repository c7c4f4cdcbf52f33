//! The secret key can be replaced, and nothing that anybody holds stops working.

use keystead::directory::{clients, keys, secret_key, secrets};
use keystead::domain::{AccessTokenFormat, Actor, Algorithm, Client, SubMode};
use keystead::explain::chain::{self, Verdict};
use keystead::store::events::{self, Filter};

use crate::harness::{Browser, Party, SECRET_KEY, Scene, TestApp, each_database};

const NEXT: [u8; 32] = [8; 32];
const ACTOR: Actor = Actor::CommandLine;

/// A client that knows people by pairwise subjects and gets JWTs.
fn pairwise(client: &mut Client) {
    client.settings.sub = SubMode::Pairwise;
    client.settings.access_token = AccessTokenFormat::Jwt;
}

async fn intact(app: &TestApp) -> i64 {
    match chain::verify(app).await.unwrap() {
        Verdict::Intact { lines } => lines,
        broken @ Verdict::Broken { .. } => panic!("{broken:?}"),
    }
}

#[tokio::test]
async fn what_people_and_applications_hold_outlives_the_secret_key() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, pairwise).await;
        let before = scene.tokens(&[("scope", "openid offline_access")]).await;
        let (_, secret) = secrets::show(&app.app, &ACTOR, "web").await.unwrap();
        app.wait(120);
        chain::extend(&app).await.unwrap();
        let lines = intact(&app).await;
        assert!(lines > 2);

        let mut key = SECRET_KEY;
        for next in [NEXT, [9; 32]] {
            let old = app.node_with_key(&key).await.unwrap();
            let replaced = secret_key::replace(&old.app, &ACTOR, &next).await.unwrap();
            assert!(replaced.notes.is_empty(), "{:?}", replaced.notes);
            assert_eq!(replaced.value.client_secrets, 1);
            assert_eq!(replaced.value.signing_keys, app.registry().keys().len());
            let refused = app.node_with_key(&key).await.err().unwrap().to_string();
            assert!(refused.starts_with("the secret key is not the one"), "{refused}");
            key = next;
        }
        let node = app.node_with_key(&key).await.unwrap();
        node.wait(200);
        let (_, shown) = secrets::show(&node.app, &ACTOR, "web").await.unwrap();
        assert_eq!(shown.expose(), secret.expose());
        scene.party.app = node.app.clone();
        let token = before.get("access_token");
        assert_eq!(scene.party.userinfo(token).await.json()["sub"], before.claims["sub"]);
        let refreshed = scene.party.refresh(before.get("refresh_token")).await.json();
        let claims = scene.party.verify(refreshed["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["sub"], before.claims["sub"], "pairwise, and the same");
        scene.browser.app = node.app.clone();
        let again = scene.tokens(&[]).await;
        assert_eq!(again.claims["sub"], before.claims["sub"]);

        node.wait(120);
        chain::extend(&node).await.unwrap();
        assert!(intact(&node).await > lines);
        let log = node.read(async |c| events::list(c, &Filter::default(), None, 99).await).await;
        let told = log.iter().filter(|event| event.kind == "secret_key.replaced");
        assert_eq!(told.count(), 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_holds_the_former_key_changes_nothing_any_more() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        secret_key::replace(&app.app, &ACTOR, &NEXT).await.unwrap();
        // It answers: keys that it has read go on signing.
        scene.tokens(&[]).await;
        let told = "the secret key was replaced while this process ran; restart it";
        let new = clients::NewClient { id: "wiki".into(), ..clients::NewClient::default() };
        let created = clients::create(&app.app, &ACTOR, new).await.err().unwrap().to_string();
        assert!(created.starts_with(told), "{created}");
        let rotated = keys::rotate(&app, &ACTOR, Algorithm::RS256.into(), keys::Pace::AtOnce).await;
        assert!(rotated.err().unwrap().to_string().starts_with(told));
        let shown = secrets::show(&app.app, &ACTOR, "web").await.err().unwrap().to_string();
        assert!(shown.starts_with(told), "{shown}");
        // Nor does it link the log with a key that nobody checks it with.
        app.wait(120);
        chain::extend(&app).await.unwrap();
        let node = app.node_with_key(&NEXT).await.unwrap();
        assert_eq!(intact(&node).await, 0);
        node.wait(300);
        chain::extend(&node).await.unwrap();
        assert!(intact(&node).await > 0);
    })
    .await;
}

#[tokio::test]
async fn the_key_in_use_is_no_new_key() {
    each_database(async |app| {
        let error = secret_key::replace(&app.app, &ACTOR, &SECRET_KEY).await.unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with("'(hidden)' cannot be the new secret key: it is the one in use"));
        app.node_with_key(&SECRET_KEY).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_log_that_was_changed_is_not_made_whole_by_another_key() {
    for change in [
        "update events set actor = 'mallory' where id = (select min(id) from events)",
        "update events set actor = 'mallory' where id = (select max(id) from events)",
        "delete from events where id = (select max(id) from events)",
    ] {
        each_database(async |app| {
            app.user("alice").await;
            for _ in 0..3 {
                app.wait(1);
                Browser::new(&app.app).sign_in("alice").await;
            }
            app.wait(120);
            chain::extend(&app).await.unwrap();
            app.sql(change).await;
            let replaced = secret_key::replace(&app.app, &ACTOR, &NEXT).await.unwrap();
            assert_eq!(replaced.notes.len(), 1, "{change}");
            let node = app.node_with_key(&NEXT).await.unwrap();
            let found = chain::verify(&node).await.unwrap();
            assert!(matches!(found, Verdict::Broken { .. }), "{change}: {found:?}");
            let registered = node.client("after").await;
            Party::new(&node.app, &registered).await;
        })
        .await;
    }
}
