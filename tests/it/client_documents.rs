//! Clients whose id is the address of a document about them.

use std::sync::{Arc, Mutex};

use keystead::app::AppState;
use keystead::clock::Clock;
use keystead::domain::ClientId;
use serde_json::json;

use crate::admin::Visitor;
use crate::harness::tls::{allowed, serve_https};
use crate::harness::{Browser, Party, TestApp, each_database, http};

async fn node(app: &TestApp) -> AppState {
    let settings = [
        ("KEYSTEAD_OIDC__CLIENT_ID_DOCUMENTS", "true"),
        ("KEYSTEAD_OIDC__REGISTRATION_GROUP", "everyone"),
    ];
    app.another_node_with(&[settings.as_slice(), &allowed()].concat()).await
}

async fn party(node: &AppState, id: &str) -> Party {
    Party {
        app: node.clone(),
        id: id.to_owned(),
        secret: None,
        redirect_uri: "https://party.example.com/callback".to_owned(),
        metadata: http::get(node, "/.well-known/openid-configuration").await.json(),
        pkce: true,
        signs: None,
    }
}

fn document(id: &str, name: &str) -> String {
    let redirect_uris = ["https://party.example.com/callback"];
    json!({ "client_id": id, "client_name": name, "redirect_uris": redirect_uris }).to_string()
}

#[tokio::test]
async fn somebody_signs_in_to_a_client_that_nobody_registered() {
    each_database(async |app| {
        app.user("alice").await;
        let node = node(&app).await;
        let served = Arc::new(Mutex::new(String::new()));
        let id = serve_https(&served).await;
        *served.lock().unwrap() = document(&id, "Documented");
        let party = party(&node, &id).await;
        assert_eq!(party.metadata["client_id_metadata_document_supported"], true);
        let mut browser = Browser::new(&node);
        let tokens = party.sign_in(&mut browser, "alice", &[]).await;
        assert_eq!(tokens.claims["aud"], id.as_str());
        let named = || node.registry().client(&ClientId(id.clone())).unwrap().name.clone();
        assert_eq!(named(), "Documented");
        // It is looked at again after an hour, and believed while it is no good.
        let Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        for (seconds, document, expected) in [
            (60, document(&id, "Renamed"), "Documented"),
            (3600, document(&id, "Renamed"), "Renamed"),
            (3600, "gone".to_owned(), "Renamed"),
        ] {
            *served.lock().unwrap() = document;
            clock.fetch_add(seconds * 1000, std::sync::atomic::Ordering::Relaxed);
            let answer = browser.get(&party.ask(&[])).await;
            assert!([302, 303].contains(&answer.status), "{}", answer.body);
            assert_eq!(named(), expected);
        }
        app.refresh_registry().await.unwrap();
        let mut root = Visitor::root(&app).await;
        let list = root.get("/admin/applications?origin=itself").await;
        let link = list.body.split("href=\"").find(|rest| rest.contains("127.0.0.1%3A")).unwrap();
        let page = root.get(link.split('"').next().unwrap()).await;
        assert!(page.status == 200 && page.has("registered"), "{}", page.body);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_document_that_is_no_good_or_not_wanted_makes_no_client() {
    each_database(async |app| {
        let served = Arc::new(Mutex::new(String::new()));
        let id = serve_https(&served).await;
        *served.lock().unwrap() = document("https://other.example.com/client", "Other");
        let on = node(&app).await;
        for (node, code) in [(&on, "client_document_refused"), (&app.app, "unknown_client")] {
            let party = party(node, &id).await;
            let page = Browser::new(node).get(&party.ask(&[])).await;
            assert_eq!((page.status, page.text("error-code").as_str()), (400, code));
        }
        let form = [("grant_type", "authorization_code"), ("client_id", id.as_str())];
        let answer = http::post(&on, "/oauth2/token", &form).await;
        assert_eq!(answer.error(), (401, "invalid_client".to_owned()));
        on.db.close().await;
    })
    .await;
}
