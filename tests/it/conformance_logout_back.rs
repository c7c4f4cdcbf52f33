//! OpenID Connect Back-Channel Logout 1.0, as the OpenID Foundation's suite asks for it.

use std::collections::BTreeSet;

use keystead::app::AppState;
use keystead::clock::Clock;
use keystead::directory::{Force, credentials, sessions, users};
use keystead::domain::{Actor, Algorithm, Client, Role, Secret, Selector, SubMode};
use keystead::logout::deliver;
use keystead::store::sessions as rows;
use serde_json::{Value, json};

use crate::harness::steps::{claims_of, header_of};
use crate::harness::{Browser, Listener, Party, TestApp, each_database, http};

const ACTOR: Actor = Actor::CommandLine;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Where the listeners are.
const ALLOWED: [(&str, &str); 1] = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];

/// Alice and `web`, which wants to be told, at a node that may ask this machine.
async fn stage(app: &TestApp, change: impl FnOnce(&mut Client)) -> (AppState, Party, Listener) {
    let listener = Listener::new().await;
    app.user("alice").await;
    let registered = app
        .client_with("web", |client| {
            client.settings.backchannel_logout_uri = Some(listener.url.clone());
            change(client);
        })
        .await;
    let node = app.another_node_with(&ALLOWED).await;
    let party = Party::new(&node, &registered).await;
    (node, party, listener)
}

fn wait(node: &AppState, seconds: i64) {
    let Clock::Manual(now) = &node.clock else { panic!("no clock") };
    now.fetch_add(seconds * 1000, std::sync::atomic::Ordering::Relaxed);
}

fn bye(party: &Party, params: &[(&str, &str)]) -> String {
    format!("{}?{}", party.path("end_session_endpoint"), http::encode(params))
}

async fn only_session(node: &AppState) -> Selector {
    let mut conn = node.db.read().await.unwrap();
    let alice = keystead::directory::find::user(&mut conn, "alice").await.unwrap();
    rows::of_user(&mut conn, &alice.id).await.unwrap()[0].id
}

/// oidcc-backchannel-logout-discovery-endpoint-verification
#[tokio::test]
async fn discovery_tells_of_back_channel_logout_and_of_sid() {
    each_database(async |app| {
        let (node, party, _) = stage(&app, |_| ()).await;
        assert_eq!(party.metadata["backchannel_logout_supported"], true);
        assert_eq!(party.metadata["backchannel_logout_session_supported"], true);
        assert!(party.path("end_session_endpoint").starts_with('/'));
        node.db.close().await;
    })
    .await;
}

/// oidcc-backchannel-rp-initiated-logout
#[tokio::test]
async fn a_sign_out_posts_one_logout_token_and_then_redirects() {
    each_database(async |app| {
        for alg in Algorithm::ALL {
            let (node, party, listener) = stage(&app, |client| {
                client.settings.alg = alg;
                if alg == Algorithm::ES256 {
                    client.settings.sub = SubMode::Pairwise;
                }
            })
            .await;
            let mut browser = Browser::new(&node);
            let tokens = party.sign_in(&mut browser, "alice", &[]).await;
            let home = ("post_logout_redirect_uri", "https://web.example.com/");
            let hint = ("id_token_hint", tokens.get("id_token"));
            let answer = browser.get(&bye(&party, &[hint, home, ("state", "x")])).await;
            assert_eq!(answer.location(), "https://web.example.com/?state=x");
            deliver(&node).await.unwrap();
            let heard = listener.tokens();
            assert_eq!(heard.len(), 1);
            told_of(&party, &heard[0], &tokens.claims["sub"], &tokens.claims["sid"]).await;
            assert_eq!(header_of(&heard[0])["alg"], alg.as_str());
            let silent = browser.get(&party.ask(&[("prompt", "none")])).await;
            assert_eq!(silent.param("error").as_deref(), Some("login_required"));
            deliver(&node).await.unwrap();
            assert!(listener.tokens().is_empty(), "once");
            node.db.close().await;
            let actor = ACTOR;
            users::delete(&app, &actor, "alice", Force::No).await.unwrap();
            keystead::directory::clients::delete(&app, &actor, "web").await.unwrap();
        }
    })
    .await;
}

/// Looks at a logout token as section 2.6 of the specification says.
async fn told_of(party: &Party, token: &str, sub: &Value, sid: &Value) {
    assert_eq!(header_of(token)["typ"], "logout+jwt");
    let claims = party.verify_answer(token).await;
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
    assert_eq!((&claims["sub"], &claims["sid"]), (sub, sid));
    assert_eq!(claims["events"], json!({ EVENT: {} }));
    let (now, time) = (party.app.clock.now().0, |name: &str| claims[name].as_i64().unwrap());
    assert!(time("iat") <= now && now < time("exp") && time("exp") - time("iat") <= 150);
    assert!(claims["jti"].as_str().unwrap().len() > 20);
}

#[tokio::test]
async fn every_way_to_end_a_session_is_told_of() {
    each_database(async |app| {
        let (node, party, listener) = stage(&app, |_| ()).await;
        let password = Secret::sent(crate::harness::PASSWORD);
        for way in [
            "page",
            "one",
            "several",
            "all",
            "elsewhere",
            "password",
            "role",
            "another",
            "disable",
            "delete",
        ] {
            let mut browser = Browser::new(&node);
            let tokens = party.sign_in(&mut browser, "alice", &[]).await;
            let id = only_session(&node).await;
            match way {
                "page" => {
                    let page = browser.get("/logout").await;
                    assert!(browser.submit(&page, &[]).await.has("logout-done"));
                }
                "one" => drop(sessions::end(&node, &ACTOR, "alice", id).await.unwrap()),
                "several" => {
                    assert_eq!(sessions::end_several(&node, &ACTOR, &[id]).await.unwrap(), (1, 1));
                }
                "all" => drop(sessions::end_all(&node, &ACTOR, "alice").await.unwrap()),
                "elsewhere" => {
                    Browser::new(&node).sign_in("alice").await;
                    let here = only_session(&node).await;
                    assert_ne!(here, id);
                    sessions::end_others(&node, &ACTOR, "alice", here).await.unwrap();
                }
                "password" => drop(
                    credentials::set_password(&node, &ACTOR, "alice", &password).await.unwrap(),
                ),
                "role" => {
                    let role = Some(Some(Role::Auditor));
                    let change = users::UserChange { role, ..Default::default() };
                    users::update(&node, &ACTOR, "alice", change, Force::No).await.unwrap();
                }
                "another" => {
                    app.user("bob").await;
                    let page = browser.get("/login?again=1&other=1").await;
                    browser.log_in(&page, "bob", crate::harness::PASSWORD).await;
                }
                "disable" => {
                    users::disable(&node, &ACTOR, "alice", Force::No).await.unwrap();
                    deliver(&node).await.unwrap();
                    users::enable(&node, &ACTOR, "alice").await.unwrap();
                }
                _ => drop(users::delete(&node, &ACTOR, "alice", Force::No).await.unwrap()),
            }
            deliver(&node).await.unwrap();
            let heard = listener.tokens();
            assert_eq!(heard.len(), 1, "{way}");
            let claims = party.verify_answer(&heard[0]).await;
            assert_eq!(claims["sub"], tokens.claims["sub"], "{way}");
            let sid = claims.get("sid");
            assert!(sid.is_none_or(|sid| *sid == tokens.claims["sid"]), "{way}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_in_the_same_browser_ends_nothing() {
    each_database(async |app| {
        let (node, party, listener) = stage(&app, |_| ()).await;
        let mut browser = Browser::new(&node);
        let first = party.sign_in(&mut browser, "alice", &[]).await;
        let again = browser.authorize(&party.ask(&[("prompt", "login")]), "alice").await;
        let again = party.redeem(&again).await;
        assert_eq!(first.claims["sid"], again.claims["sid"]);
        deliver(&node).await.unwrap();
        assert!(listener.tokens().is_empty());
        browser.get(&bye(&party, &[("id_token_hint", again.get("id_token"))])).await;
        deliver(&node).await.unwrap();
        assert_eq!(listener.tokens().len(), 1, "one client, one session, one token");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn only_clients_of_that_session_are_told() {
    each_database(async |app| {
        let wiki = Listener::new().await;
        app.client_with("wiki", |client| {
            client.settings.backchannel_logout_uri = Some(wiki.url.clone());
        })
        .await;
        app.client("quiet").await;
        let (node, party, web) = stage(&app, |_| ()).await;
        let (mut here, mut there) = (Browser::new(&node), Browser::new(&node));
        let tokens = party.sign_in(&mut here, "alice", &[]).await;
        let quiet = node.registry().client(&keystead::domain::ClientId("quiet".into())).unwrap();
        let quiet = crate::harness::Registered { client: quiet, secret: None };
        let quiet = Party { secret: None, ..Party::new(&node, &quiet).await };
        here.authorize(&quiet.ask(&[]), "alice").await;
        there.sign_in("alice").await;
        let hint = ("id_token_hint", tokens.get("id_token"));
        here.get(&bye(&party, &[hint])).await;
        deliver(&node).await.unwrap();
        assert_eq!((web.tokens().len(), wiki.tokens().len()), (1, 0));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn where_all_sessions_end_a_client_is_told_of_each_only_if_it_must() {
    each_database(async |app| {
        for (required, told) in [(false, 1), (true, 2)] {
            let must = |client: &mut Client| {
                client.settings.backchannel_logout_session_required = required;
            };
            let (node, party, listener) = stage(&app, must).await;
            let mut sids = BTreeSet::new();
            for _ in 0..2 {
                let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
                sids.insert(tokens.claims["sid"].as_str().unwrap().to_owned());
            }
            users::disable(&node, &ACTOR, "alice", Force::No).await.unwrap();
            deliver(&node).await.unwrap();
            let heard: Vec<Value> =
                listener.tokens().iter().map(|token| claims_of(token)).collect();
            assert_eq!(heard.len(), told);
            let named =
                heard.iter().filter_map(|claims| Some(claims.get("sid")?.as_str()?.to_owned()));
            let named: BTreeSet<String> = named.collect();
            assert_eq!(named, if required { sids } else { BTreeSet::new() });
            node.db.close().await;
            users::delete(&app, &ACTOR, "alice", Force::No).await.unwrap();
            keystead::directory::clients::delete(&app, &ACTOR, "web").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn iss_is_that_of_the_layout_on_which_the_person_signed_in() {
    each_database(async |app| {
        let (node, party, listener) = stage(&app, |_| ()).await;
        let client = node.registry().client(&keystead::domain::ClientId("web".into())).unwrap();
        let secret = party.secret.clone().map(Secret::sent);
        let registered = crate::harness::Registered { client, secret };
        let metadata = "/application/o/web/.well-known/openid-configuration";
        let party = Party::at(&node, &registered, metadata).await;
        party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        sessions::end_all(&node, &ACTOR, "alice").await.unwrap();
        deliver(&node).await.unwrap();
        let claims = party.verify_answer(&listener.tokens()[0]).await;
        assert_eq!(claims["iss"], "https://id.example.com/application/o/web/");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_end_unless_they_were_to_outlive_the_session() {
    each_database(async |app| {
        let (node, party, _) = stage(&app, |_| ()).await;
        let mut browser = Browser::new(&node);
        let long =
            party.sign_in(&mut browser, "alice", &[("scope", "openid offline_access")]).await;
        let short = party.sign_in(&mut browser, "alice", &[("scope", "openid")]).await;
        browser.get(&bye(&party, &[("id_token_hint", long.get("id_token"))])).await;
        assert_eq!(party.refresh(long.get("refresh_token")).await.status, 200);
        if let Some(token) = short.answer["refresh_token"].as_str() {
            assert_eq!(party.refresh(token).await.error(), (400, "invalid_grant".into()));
        }
        assert_eq!(party.userinfo(short.get("access_token")).await.status, 401);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_that_answers_late_is_told_late_with_a_token_of_its_own() {
    each_database(async |app| {
        let (node, party, listener) = stage(&app, |_| ()).await;
        party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        sessions::end_all(&node, &ACTOR, "alice").await.unwrap();
        let mut seen = BTreeSet::new();
        for status in [500, 400, 302, 204] {
            listener.answer(status);
            deliver(&node).await.unwrap();
            let heard = listener.tokens();
            assert_eq!(heard.len(), 1, "{status}");
            let claims = party.verify_answer(&heard[0]).await;
            assert!(claims["exp"].as_i64().unwrap() > node.clock.now().0);
            assert!(seen.insert(claims["jti"].to_string()), "a new one for each attempt");
            deliver(&node).await.unwrap();
            assert!(listener.tokens().is_empty(), "not at once again");
            wait(&node, 100);
        }
        deliver(&node).await.unwrap();
        assert!(listener.tokens().is_empty(), "204 is as good as 200");
        node.db.close().await;
    })
    .await;
}
