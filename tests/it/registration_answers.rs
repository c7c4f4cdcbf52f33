//! How clients that register themselves are answered and told: what they ask for comes back, and
//! counts.

use axum::http::Method;
use keystead::domain::{Algorithm, Bounds, KeyAlgorithm};
use keystead::jose::NewKey;
use serde_json::{Value, json};

use crate::harness::registrar::{metadata, open_node, own, party, register, registered, token};
use crate::harness::steps::header_of;
use crate::harness::{Browser, each_database};

/// A set with a key to sign with and one to encrypt to.
fn keys() -> Value {
    let public = [KeyAlgorithm::from(Algorithm::ES256), KeyAlgorithm::RsaOaep256]
        .map(|alg| Value::Object(NewKey::generate(alg).unwrap().public));
    json!({ "keys": public })
}

fn everything() -> Value {
    json!({
        "jwks": keys(),
        "userinfo_signed_response_alg": "RS256",
        "introspection_signed_response_alg": "ES256",
        "id_token_encrypted_response_alg": "RSA-OAEP-256",
        "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_encrypted_response_alg": "RSA-OAEP-256",
        "request_object_encryption_alg": "ECDH-ES+A128KW",
        "request_object_encryption_enc": "A128CBC-HS256",
        "dpop_bound_access_tokens": true,
        "backchannel_logout_uri": "https://party.example.com/back",
        "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://party.example.com/front",
        "frontchannel_logout_session_required": true,
    })
}

#[tokio::test]
async fn what_a_client_asks_to_be_answered_with_comes_back_and_is_kept() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let all = everything();
        let told = registered(&node, &all).await;
        let read = own(&node, Method::GET, &told, None).await.json();
        for (name, value) in all.as_object().unwrap() {
            assert_eq!((&told[name], &read[name]), (value, value), "{name}");
        }
        let less = json!({ "client_id": told["client_id"] });
        let answer = own(&node, Method::PUT, &told, Some(&metadata(&less))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        for name in
            all.as_object().unwrap().keys().filter(|name| *name != "dpop_bound_access_tokens")
        {
            assert_eq!(answer.json().get(name), None, "{name}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn userinfo_rs256_is_signed_for_a_client_that_registered_for_it() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let told = registered(&node, &json!({ "userinfo_signed_response_alg": "RS256" })).await;
        let party = party(&node, &told).await;
        let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        let answer = party.userinfo(tokens.get("access_token")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwt"));
        assert_eq!(header_of(&answer.body)["alg"], "RS256");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_served_or_does_not_fit_is_refused_by_its_name() {
    each_database(async |app| {
        let node = open_node(&app).await;
        for (name, wrong) in [
            ("userinfo_signed_response_alg", json!("HS256")),
            ("userinfo_signed_response_alg", json!("none")),
            ("introspection_signed_response_alg", json!(7)),
            ("id_token_encrypted_response_alg", json!("RSA1_5")),
            ("id_token_encrypted_response_enc", json!("A128GCM")),
            ("userinfo_encrypted_response_enc", json!("A256GCM")),
            ("request_object_encryption_alg", json!("dir")),
            ("request_object_encryption_enc", json!("A256GCM")),
            ("dpop_bound_access_tokens", json!("yes")),
            ("backchannel_logout_uri", json!("http://party.example.com/back")),
            ("frontchannel_logout_uri", json!("https://other.example.com/front")),
            ("frontchannel_logout_uri", json!("https://party.example.com:8443/front")),
        ] {
            let answer = register(&node, None, &metadata(&json!({ name: wrong }))).await;
            let refused = (400, "invalid_client_metadata".to_owned());
            assert_eq!(answer.error(), refused, "{name} {wrong}");
        }
        let keyless = json!({ "id_token_encrypted_response_alg": "RSA-OAEP-256" });
        let answer = register(&node, None, &metadata(&keyless)).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()), "no key");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn sign_outs_are_told_within_the_hosts_of_the_token() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let hosts = vec!["party.example.com".to_owned()];
        let bounds = Bounds { redirect_hosts: hosts, ..Bounds::default() };
        let token = token(&node, "bound", 2, bounds).await;
        for (host, status) in [("other", 400), ("party", 201)] {
            let uri = format!("https://{host}.example.com/back");
            let asked = metadata(&json!({ "backchannel_logout_uri": uri }));
            assert_eq!(register(&node, Some(&token), &asked).await.status, status, "{host}");
        }
        node.db.close().await;
    })
    .await;
}
