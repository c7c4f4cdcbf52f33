//! What is refused because of a client's own keys, its resources and its authorization details.

use keystead::domain::{Algorithm, Cause, KeyManagement};
use serde_json::json;

use super::newest;
use crate::harness::{Browser, Party, each_database, signer};

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
