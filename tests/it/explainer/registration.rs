//! What is refused of clients that register themselves, and what an administrator reads of it.

use axum::http::Method;
use keystead::directory::{Force, clients};
use keystead::domain::{Actor, Cause};
use serde_json::{Value, json};

use super::newest;
use crate::harness::registrar::{closed_node, metadata, open_node, own, register, registered};
use crate::harness::{TestApp, each_database};

async fn cause(app: &TestApp, node: &keystead::app::AppState) -> Cause {
    super::flush(node).await;
    app.wait(1);
    newest(app).await.cause
}

#[tokio::test]
async fn who_may_not_register_is_told_with_the_way_out() {
    each_database(async |app| {
        register(&app.app, None, &metadata(&json!({}))).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::RegistrationOff);
        assert!(trouble.fix.contains("oidc.registration"), "{}", trouble.fix);
        let node = closed_node(&app).await;
        register(&node, Some("ksi_x"), &metadata(&json!({}))).await;
        assert_eq!(cause(&app, &node).await, Cause::RegistrationTokenRefused);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn each_refusal_of_metadata_is_told_with_its_cause() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let sector = json!({
            "subject_type": "pairwise", "sector_identifier_uri": "https://10.0.0.1/sector",
        });
        for (more, expected) in [
            (json!({ "jwks_uri": 7 }), Cause::ClientMetadataInvalid),
            (
                json!({ "redirect_uris": ["https://a.example/#x"] }),
                Cause::RedirectUriNotRegistrable,
            ),
            (sector, Cause::SectorIdentifierInvalid),
            (json!({ "software_statement": "x" }), Cause::SoftwareStatementInvalid),
            // {"iss":"https://i.example"}
            (
                json!({ "software_statement": "e30.eyJpc3MiOiJodHRwczovL2kuZXhhbXBsZSJ9.x" }),
                Cause::SoftwareStatementUnapproved,
            ),
        ] {
            step(&node);
            register(&node, None, &metadata(&more)).await;
            assert_eq!(cause(&app, &node).await, expected, "{more}");
        }
        node.db.close().await;
    })
    .await;
}

/// Flows of one moment have no order.
fn step(node: &keystead::app::AppState) {
    let keystead::clock::Clock::Manual(clock) = &node.clock else { panic!("no clock") };
    clock.fetch_add(1000, std::sync::atomic::Ordering::Relaxed);
}

#[tokio::test]
async fn a_client_that_may_not_change_itself_is_told_why() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let told = registered(&node, &json!({})).await;
        let mut stranger = told.clone();
        stranger["registration_access_token"] = json!("ksr_x");
        own(&node, Method::GET, &stranger, None).await;
        assert_eq!(cause(&app, &node).await, Cause::RegistrationAccessRefused);
        let id = told["client_id"].as_str().unwrap();
        let trust = |client: &mut keystead::domain::Client| client.trusted = true;
        clients::update(&node, &Actor::CommandLine, (id, None), Force::No, trust).await.unwrap();
        step(&node);
        own(&node, Method::DELETE, &told, None).await;
        assert_eq!(cause(&app, &node).await, Cause::RegistrationKept);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_limit_of_registrations_is_told_with_the_setting() {
    each_database(async |app| {
        let settings =
            [("KEYSTEAD_OIDC__REGISTRATION", "open"), ("KEYSTEAD_OIDC__REGISTRATION_LIMIT", "1")];
        let node = app.another_node_with(&settings).await;
        let _: Value = registered(&node, &json!({})).await;
        register(&node, None, &metadata(&json!({}))).await;
        assert_eq!(cause(&app, &node).await, Cause::RegistrationLimit);
        assert!(newest(&app).await.fix.contains("oidc.registration_limit"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_document_that_cannot_be_fetched_is_told() {
    each_database(async |app| {
        let node = app.another_node_with(&[("KEYSTEAD_OIDC__CLIENT_ID_DOCUMENTS", "true")]).await;
        let ask = "/oauth2/authorize?client_id=https%3A%2F%2F10.0.0.1%2Fclient&response_type=code";
        crate::harness::http::get(&node, ask).await;
        assert_eq!(cause(&app, &node).await, Cause::ClientDocumentRefused);
        node.db.close().await;
    })
    .await;
}
