//! What is refused of pushed requests, and of those that ask for tokens through the browser.

use keystead::domain::{
    Algorithm, Cause, KeyManagement, PushedRequests, ResponseType, SignedRequests,
};

use super::{compared, newest, of_page, web};
use crate::harness::{Browser, Party, each_database, http, signer};

async fn open(party: &Party, client: &str) -> String {
    let pushed = party.push(&[]).await.json();
    let uri = pushed["request_uri"].as_str().unwrap();
    let asked = http::encode(&[("client_id", client), ("request_uri", uri)]);
    format!("{}?{asked}", party.path("authorization_endpoint"))
}

#[tokio::test]
async fn a_pushed_request_that_is_old_used_or_unknown_is_told_so() {
    each_database(async |app| {
        app.user("alice").await;
        app.client("wiki").await;
        let party = web(&app).await;
        let page = http::get(&app.app, &open(&party, "wiki").await).await;
        let trouble = of_page(&app, &page).await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::RequestUriUnknown);
        assert!(trouble.meaning.contains("given to another client"), "{}", trouble.meaning);
        app.wait(1);
        let used = open(&party, "web").await;
        let mut browser = Browser::new(&app.app);
        browser.authorize(&used, "alice").await;
        browser.get(&used).await;
        assert_eq!(newest(&app).await.cause, Cause::RequestUriUsed);
        app.wait(1);
        let old = open(&party, "web").await;
        app.wait(61);
        browser.get(&old).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::RequestUriExpired);
        assert!(trouble.meaning.starts_with("The browser came with a pushed request more than"));
    })
    .await;
}

#[tokio::test]
async fn a_request_that_had_to_be_pushed_is_told_with_the_switch() {
    each_database(async |app| {
        let registered = app
            .client_with("web", |client| {
                client.settings.pushed_requests = PushedRequests::Required;
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        http::get(&app.app, &party.ask(&[])).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::PushedRequestRequired);
        assert!(trouble.fix.contains("--pushed-requests optional"), "{}", trouble.fix);
    })
    .await;
}

#[tokio::test]
async fn tokens_through_the_browser_are_told_beside_what_is_allowed() {
    each_database(async |app| {
        let kinds = vec![ResponseType::Code, ResponseType::CodeIdToken];
        let registered = app.client_with("web", |c| c.settings.response_types = kinds).await;
        let served = [("KEYSTEAD_OIDC__FRONT_CHANNEL_TOKENS", "true")];
        let node = app.another_node_with(&served).await;
        let party = Party::new(&node, &registered).await;
        http::get(&node, &party.ask(&[("response_type", "code token")])).await;
        node.flows.flush(&node.db).await.unwrap();
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ResponseTypeNotAllowed);
        assert_eq!(compared(&trouble), "response_type: code token / code or code id_token");
        http::get(&node, &party.ask(&[("response_type", "code id_token"), ("nonce", "")])).await;
        node.flows.flush(&node.db).await.unwrap();
        let causes: Vec<_> =
            super::all(&app).await.into_iter().filter_map(|flow| flow.cause).collect();
        assert!(causes.contains(&Cause::NonceMissing.code().to_owned()), "{causes:?}");
    })
    .await;
}

#[tokio::test]
async fn a_signed_request_that_cannot_be_trusted_is_told_so() {
    each_database(async |app| {
        let own = signer::keys(Algorithm::ES256);
        let set = signer::set(&[&own]);
        let uri = "https://10.0.0.1/request";
        let registered = app
            .client_with("web", |client| {
                client.settings.jwks = Some(set);
                client.settings.request_uris = vec![uri.to_owned()];
                client.settings.signed_requests = SignedRequests::Required;
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        for (sent, cause) in [
            (("request", "e30.e30.x"), Cause::RequestObjectInvalid),
            (("request_uri", uri), Cause::RequestUriUnreachable),
            (("display", "page"), Cause::SignedRequestRequired),
        ] {
            app.wait(1);
            http::get(&app.app, &party.ask(&[sent])).await;
            let trouble = newest(&app).await;
            assert_eq!(trouble.cause, cause, "{sent:?}");
            assert!(trouble.meaning.starts_with("The "), "{}", trouble.meaning);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_cannot_be_read_or_that_everybody_can_read_is_told_so() {
    each_database(async |app| {
        let own = signer::keys(Algorithm::ES256);
        let set = signer::set(&[&own]);
        let registered = app
            .client_with("web", |client| {
                client.settings.jwks = Some(set);
                client.settings.request_object_encryption_alg = Some(KeyManagement::EcdhEs);
                client.settings.signed_requests = SignedRequests::Encrypted;
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        for (request, cause) in [
            ("e30....x", Cause::RequestObjectUnreadable),
            ("e30.e30.x", Cause::EncryptedRequestRequired),
        ] {
            app.wait(1);
            http::get(&app.app, &party.ask(&[("request", request)])).await;
            let trouble = newest(&app).await;
            assert_eq!(trouble.cause, cause);
            assert!(trouble.fix.contains("keystead client update"), "{}", trouble.fix);
        }
    })
    .await;
}
