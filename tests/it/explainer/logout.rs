//! Applications that could not be told that somebody signed out.

use keystead::app::AppState;
use keystead::directory::sessions;
use keystead::domain::{Actor, Cause};
use keystead::explain::Trouble;
use keystead::logout::deliver;

use super::{flush, told};
use crate::harness::{Browser, Listener, Party, TestApp, each_database};
use keystead::store::flows::{self, Filter};

const ALLOWED: [(&str, &str); 1] = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];

/// What is told of a sign-out that `web` should hear of at this address.
async fn trouble(app: &TestApp, node: &AppState, uri: &str) -> (String, Trouble) {
    let id = format!("web{}", app.registry().clients().len());
    let set = |client: &mut keystead::domain::Client| {
        client.settings.backchannel_logout_uri = Some(uri.to_owned());
    };
    let registered = app.client_with(&id, set).await;
    node.refresh_registry().await.unwrap();
    let party = Party::new(node, &registered).await;
    party.sign_in(&mut Browser::new(node), "alice", &[]).await;
    sessions::end_all(node, &Actor::CommandLine, "alice").await.unwrap();
    deliver(node).await.unwrap();
    flush(node).await;
    let found = app.read(async |conn| flows::list(conn, &Filter::default(), None, 100).await).await;
    let failed = found.into_iter().filter(|flow| flow.client_id.as_ref().unwrap().as_str() == id);
    let flow = failed.into_iter().find(|flow| flow.cause.is_some()).expect("a failed flow");
    let (_, story) = told(app, &flow.reference).await;
    (story.summary, story.trouble.unwrap())
}

#[tokio::test]
async fn each_reason_is_told_with_its_cause_and_the_way_out() {
    each_database(async |app| {
        app.user("alice").await;
        let listener = Listener::new().await;
        listener.answer(403);
        let node = app.another_node_with(&ALLOWED).await;
        let closed = {
            let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("http://{}/", free.local_addr().unwrap())
        };
        let in_the_clear = listener.url.replace("http:", "https:");
        for (uri, cause, fix) in [
            (listener.url.as_str(), Cause::LogoutNotAccepted, "keystead client update web"),
            (closed.as_str(), Cause::LogoutUnreachable, "`keystead logout retry "),
            (in_the_clear.as_str(), Cause::LogoutNotTrusted, "outbound.ca_file"),
            ("https://10.0.0.1/", Cause::LogoutAddressRefused, "outbound.allowed_networks"),
            ("http://web.example.com/", Cause::LogoutAddressRefused, "give an https address"),
        ] {
            let (summary, trouble) = trouble(&app, &node, uri).await;
            assert_eq!(trouble.cause, cause, "{uri}");
            assert!(trouble.fix.contains(fix), "{uri}: {}", trouble.fix);
            assert!(summary.contains("was not told that"), "{summary}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn being_told_late_is_told_too() {
    each_database(async |app| {
        app.user("alice").await;
        let listener = Listener::new().await;
        listener.answer(500);
        let node = app.another_node_with(&ALLOWED).await;
        trouble(&app, &node, &listener.url).await;
        listener.answer(200);
        let keystead::clock::Clock::Manual(now) = &node.clock else { panic!("no clock") };
        now.fetch_add(60_000, std::sync::atomic::Ordering::Relaxed);
        deliver(&node).await.unwrap();
        flush(&node).await;
        let found =
            app.read(async |conn| flows::list(conn, &Filter::default(), None, 100).await).await;
        let flow = found.into_iter().find(|flow| flow.cause.is_some()).unwrap();
        let (_, story) = told(&app, &flow.reference).await;
        assert!(story.summary.contains("was told late that alice signed out"), "{}", story.summary);
        assert_eq!(story.timeline.len(), 2, "{:#?}", story.timeline);
        node.db.close().await;
    })
    .await;
}
