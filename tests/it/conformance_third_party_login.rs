//! The OpenID Foundation's plan for logins that a third party begins (OpenID Connect Core 4).

use axum::http::Method;
use serde_json::json;

use crate::harness::registrar::{metadata, open_node, own, register, registered};
use crate::harness::{Browser, each_database};

/// oidcc-3rd_party-init-login
#[tokio::test]
async fn initiate_login_uri_comes_back_when_it_is_registered_and_read() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let uri = "https://party.example.com/login";
        let told = registered(&node, &json!({ "initiate_login_uri": uri })).await;
        assert_eq!(told["initiate_login_uri"], uri);
        let read = own(&node, Method::GET, &told, None).await;
        assert_eq!((read.status, read.header("content-type")), (200, "application/json"));
        assert_eq!(read.json()["initiate_login_uri"], uri);
        node.db.close().await;
    })
    .await;
}

/// oidcc-3rd_party-init-login-nohttps
#[tokio::test]
async fn initiate_login_uri_without_https_is_refused() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let more = json!({ "initiate_login_uri": "http://party.example.com/login" });
        let answer = register(&node, None, &metadata(&more)).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_portal_begins_a_sign_in_there_and_says_who_asks() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let more = json!({
            "initiate_login_uri": "https://party.example.com/login",
            "client_uri": "https://party.example.com/",
        });
        registered(&node, &more).await;
        let mut browser = Browser::new(&node);
        browser.sign_in("alice").await;
        let page = browser.get("/").await;
        let begun = "https://party.example.com/login?iss=https%3A%2F%2Fid.example.com&#38;\
                     target_link_uri=https%3A%2F%2Fparty.example.com%2F";
        assert!(page.body.contains(begun), "{}", page.body);
        node.db.close().await;
    })
    .await;
}
