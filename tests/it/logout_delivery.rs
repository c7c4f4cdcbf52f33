//! Telling clients of sign-outs: once, by whichever node comes first, after restarts too, and not for
//! ever.

use futures_util::future::join_all;
use keystead::app::AppState;
use keystead::clock::Clock;
use keystead::directory::logout_tokens::{self as tokens, Filter};
use keystead::directory::{clients, sessions};
use keystead::domain::{Actor, Delivery};
use keystead::logout::{ATTEMPTS, deliver};
use keystead::store::{events, logout_tokens};

use crate::harness::{Browser, Listener, Party, TestApp, each_database};

const ACTOR: Actor = Actor::CommandLine;
const ALLOWED: [(&str, &str); 1] = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];

fn wait(node: &AppState, seconds: i64) {
    let Clock::Manual(now) = &node.clock else { panic!("no clock") };
    now.fetch_add(seconds * 1000, std::sync::atomic::Ordering::Relaxed);
}

/// Two nodes, and an application that has yet to be told of a sign-out.
async fn signed_out(app: &TestApp) -> ([AppState; 2], Listener) {
    let listener = Listener::new().await;
    app.user("alice").await;
    let registered = app
        .client_with("web", |client| {
            client.settings.backchannel_logout_uri = Some(listener.url.clone());
        })
        .await;
    let nodes = [app.another_node_with(&ALLOWED).await, app.another_node_with(&ALLOWED).await];
    let party = Party::new(&nodes[0], &registered).await;
    party.sign_in(&mut Browser::new(&nodes[0]), "alice", &[]).await;
    sessions::end_all(&nodes[0], &ACTOR, "alice").await.unwrap();
    (nodes, listener)
}

async fn kinds(app: &TestApp) -> Vec<String> {
    let all = app
        .read(async |conn| events::list(conn, &events::Filter::default(), None, 100).await)
        .await;
    let told = all.into_iter().map(|event| event.kind);
    told.filter(|kind| kind.starts_with("logout_token")).rev().collect()
}

async fn close(nodes: [AppState; 2]) {
    for node in nodes {
        node.db.close().await;
    }
}

#[tokio::test]
async fn of_fifty_deliveries_on_two_nodes_one_tells_the_application() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        let race = (0..50).map(|n: usize| deliver(&nodes[n % 2]));
        for delivered in join_all(race).await {
            delivered.unwrap();
        }
        assert_eq!(listener.tokens().len(), 1);
        assert_eq!(kinds(&app).await, ["logout_token.delivered"]);
        close(nodes).await;
    })
    .await;
}

#[tokio::test]
async fn of_fifty_who_end_a_session_one_has_the_application_told() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        deliver(&nodes[0]).await.unwrap();
        assert_eq!(listener.tokens().len(), 1);
        let party = Party::new(
            &nodes[0],
            &crate::harness::Registered {
                client: nodes[0].registry().clients()[0].clone(),
                secret: None,
            },
        )
        .await;
        let mut browser = Browser::new(&nodes[0]);
        let answer = browser.authorize(&party.ask(&[]), "alice").await;
        assert!(answer.param("code").is_some());
        let page = browser.get("/logout").await;
        let race = (0..50).map(async |_| {
            let mut tab = Browser::new(&nodes[0]);
            tab.cookies = browser.cookies.clone();
            tab.submit(&page, &[]).await.has("logout-done")
        });
        assert!(join_all(race).await.into_iter().all(|done| done));
        deliver(&nodes[1]).await.unwrap();
        assert_eq!(listener.tokens().len(), 1);
        close(nodes).await;
    })
    .await;
}

#[tokio::test]
async fn what_one_node_had_no_time_for_another_does() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        // The first takes it, and dies.
        let now = nodes[0].clock.now();
        let due = app.read(async |conn| logout_tokens::due(conn, now, 9).await).await;
        let lost =
            app.write(async |tx| logout_tokens::take(tx, due[0], (now, now + 60)).await).await;
        deliver(&nodes[1]).await.unwrap();
        assert!(listener.tokens().is_empty(), "not while it may be at it");
        wait(&nodes[1], 61);
        deliver(&nodes[1]).await.unwrap();
        assert_eq!(listener.tokens().len(), 1);
        // What the first thought of it in the end counts for nothing.
        let attempt =
            logout_tokens::Attempt { problem: None, answered: None, due_at: now, done_at: None };
        let lost = lost.unwrap();
        let settled = app.write(async |tx| logout_tokens::settle(tx, &lost, &attempt).await).await;
        assert!(!settled);
        close(nodes).await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        close(nodes).await;
        let fresh = app.another_node_with(&ALLOWED).await;
        deliver(&fresh).await.unwrap();
        assert_eq!(listener.tokens().len(), 1);
        fresh.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_that_never_answers_is_given_up_and_told_again_by_hand() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        let node = &nodes[0];
        listener.answer(503);
        for _ in 0..ATTEMPTS + 3 {
            deliver(node).await.unwrap();
            wait(node, 86_400);
        }
        assert_eq!(listener.tokens().len() as i64, ATTEMPTS);
        let told = kinds(&app).await;
        assert_eq!(told.len() as i64, ATTEMPTS);
        assert_eq!(
            (told[0].as_str(), told[7].as_str()),
            ("logout_token.failed", "logout_token.given_up")
        );
        let failed = Filter { failed: true, ..Filter::default() };
        let found = tokens::list(node, &failed, 9).await.unwrap().remove(0);
        assert_eq!(found.delivery(), Delivery::GivenUp);
        assert_eq!(tokens::problem(&found), "Logout token not accepted");
        assert!(found.answered.as_deref().unwrap().ends_with("answers 503"), "{found:?}");
        listener.answer(200);
        let retried = tokens::retry(node, &ACTOR, found.flow.as_str()).await.unwrap();
        assert!(retried.changed && retried.value.client_id.as_str() == "web");
        deliver(node).await.unwrap();
        assert_eq!(listener.tokens().len(), 1);
        assert!(tokens::list(node, &failed, 9).await.unwrap().is_empty());
        let again = tokens::retry(node, &ACTOR, found.flow.as_str()).await.unwrap();
        assert!(!again.changed, "it was told");
        assert!(tokens::retry(node, &ACTOR, "K7QF-2M9X").await.is_err());
        close(nodes).await;
    })
    .await;
}

#[tokio::test]
async fn an_application_that_wants_to_know_no_more_is_not_told() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        let node = &nodes[0];
        let forget = |client: &mut keystead::domain::Client| {
            client.settings.0.backchannel_logout_uri = None;
        };
        let unchanged = keystead::directory::Force::No;
        clients::update(node, &ACTOR, ("web", None), unchanged, forget).await.unwrap();
        deliver(node).await.unwrap();
        assert!(listener.tokens().is_empty());
        assert!(tokens::list(node, &Filter::default(), 9).await.unwrap().is_empty());
        close(nodes).await;
    })
    .await;
}

#[tokio::test]
async fn the_command_line_and_the_console_tell_how_it_went() {
    each_database(async |app| {
        let (nodes, listener) = signed_out(&app).await;
        listener.answer(404);
        deliver(&nodes[0]).await.unwrap();
        let found = tokens::list(&nodes[0], &Filter::default(), 9).await.unwrap().remove(0);
        let view = serde_json::json!(tokens::LogoutTokenView::from(&found));
        assert_eq!(view["delivery"], "waiting");
        assert_eq!(
            (&view["attempts"], &view["problem"]),
            (&1.into(), &"logout_not_accepted".into())
        );
        let mut root = crate::admin::Visitor::root(&app).await;
        let page = root.get("/admin/applications/web/activity").await;
        assert!(page.has("sign-outs"), "{}", page.body);
        assert!(page.body.contains("Logout token not accepted"), "{}", page.body);
        assert!(page.body.contains(found.flow.as_str()));
        close(nodes).await;
    })
    .await;
}
