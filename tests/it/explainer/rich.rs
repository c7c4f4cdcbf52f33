//! What is refused because of a client's own keys, its resources and its authorization details.

use keystead::domain::{Algorithm, Cause, KeyManagement};
use serde_json::json;

use super::{compared, newest};
use crate::harness::http::Answer;
use crate::harness::{Browser, Party, VERIFIER, each_database, signer};

#[tokio::test]
async fn a_client_without_a_key_to_encrypt_to_is_told_of() {
    each_database(async |app| {
        app.user("alice").await;
        let signing = signer::keys(Algorithm::ES256);
        let registered = app
            .client_with("web", |client| {
                client.settings.jwks = json!({ "keys": [signing.public] }).as_object().cloned();
                client.settings.id_token_encrypted_response_alg = Some(KeyManagement::EcdhEs);
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        let answer = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await;
        party.exchange(&answer.param("code").unwrap()).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::EncryptionKeyMissing);
        assert!(trouble.fix.contains("--id-token-encrypted-response-alg none"), "{}", trouble.fix);
    })
    .await;
}

#[tokio::test]
async fn a_resource_that_is_not_on_the_list_is_told_with_the_command() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app
            .client_with("web", |client| {
                client.settings.resources = vec!["https://a.example/".into(), "urn:b".into()];
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        Browser::new(&app.app).get(&party.ask(&[("resource", "https://c.example/")])).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ResourceNotAllowed);
        assert_eq!(compared(&trouble), "resource: https://c.example/ / https://a.example/, urn:b");
        assert!(trouble.fix.contains("--resource URI"), "{}", trouble.fix);
        app.wait(1);
        let ask = party.ask(&[("resource", "https://a.example/")]);
        let answer = Browser::new(&app.app).authorize(&ask, "alice").await;
        redeem(&party, &answer, ("resource", "urn:b")).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ResourceExceeded);
        assert_eq!(compared(&trouble), "resource: urn:b / https://a.example/");
    })
    .await;
}

#[tokio::test]
async fn authorization_details_that_are_refused_are_told_with_the_reason() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app
            .client_with("web", |client| {
                client.settings.authorization_details_types = vec!["account".into()];
            })
            .await;
        let party = Party::new(&app.app, &registered).await;
        let ask = |text: &str| party.ask(&[("authorization_details", text)]);
        Browser::new(&app.app).get(&ask("{}")).await;
        assert_eq!(newest(&app).await.cause, Cause::AuthorizationDetailsMalformed);
        app.wait(1);
        Browser::new(&app.app).get(&ask(r#"[{"type":"payment"}]"#)).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::AuthorizationDetailsType);
        assert_eq!(compared(&trouble), "type: payment / account");
        app.wait(1);
        let url = ask(r#"[{"type":"account"}]"#);
        let answer = Browser::new(&app.app).authorize(&url, "alice").await;
        let more = r#"[{"type":"account","actions":["write"]}]"#;
        redeem(&party, &answer, ("authorization_details", more)).await;
        assert_eq!(newest(&app).await.cause, Cause::AuthorizationDetailsExceeded);
    })
    .await;
}

/// Redeems the code of an answer, with one more parameter.
async fn redeem(party: &Party, answer: &Answer, more: (&str, &str)) {
    let code = answer.param("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", party.redirect_uri.as_str()),
        ("code_verifier", VERIFIER),
        more,
    ];
    party.call("token_endpoint", &form).await;
}
