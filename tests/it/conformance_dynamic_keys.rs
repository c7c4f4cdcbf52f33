//! The OpenID Foundation's dynamic plan: keys, ours and those of clients that registered themselves and
//! prove themselves by them. Each story names its module.

use std::sync::{Arc, Mutex};

use keystead::app::AppState;
use keystead::directory::keys::{self as our_keys, Pace};
use keystead::domain::{Actor, Algorithm};
use serde_json::{Value, json};

use crate::harness::http::{self, Answer};
use crate::harness::registrar::{metadata, open_node, register, signing_party};
use crate::harness::signer::{Keys, asserted, keys, set};
use crate::harness::steps::{handed_over, header_of};
use crate::harness::tls::serve_https;
use crate::harness::{Browser, Party, TestApp, each_database, wait};

/// A node with Alice, and a key of a client.
async fn stage(app: &TestApp) -> (AppState, Arc<Keys>) {
    app.user("alice").await;
    (open_node(app).await, Arc::new(keys(Algorithm::RS256)))
}

/// Keys that are published at an address, and may change.
async fn publish(own: &Keys) -> (Arc<Mutex<String>>, String) {
    let published = Arc::new(Mutex::new(json!(set(&[own])).to_string()));
    let uri = serve_https(&published).await;
    (published, uri)
}

/// Redeems a code with an assertion that is addressed so.
async fn redeem(party: &Party, code: &str, aud: &Value) -> Answer {
    let own = party.signs.as_ref().unwrap();
    let assertion = own.assertion(party, |claims| claims["aud"] = aud.clone());
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", party.redirect_uri.as_str()),
    ];
    form.extend(asserted(&assertion));
    http::post(&party.app, &party.path("token_endpoint"), &form).await
}

/// Signs Alice in in every response type that has a code and redeems it so.
async fn each_code_is_redeemed(aud: &str) {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        for kind in ["code", "code id_token", "code token", "code id_token token"] {
            let implicit = (kind != "code").then_some("implicit");
            let grants: Vec<&str> = ["authorization_code"].into_iter().chain(implicit).collect();
            let more = json!({ "response_types": [kind], "grant_types": grants });
            let party = signing_party(&node, &own, &more).await;
            let ask = party.ask(&[("response_type", kind)]);
            let fields = handed_over(&Browser::new(&node).authorize(&ask, "alice").await);
            let (_, code) = fields.iter().find(|(name, _)| name == "code").unwrap();
            let answer = redeem(&party, code, &party.metadata[aud]).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
            party.verify(answer.json()["id_token"].as_str().unwrap()).await;
        }
        node.db.close().await;
    })
    .await;
}

/// oidcc-server
#[tokio::test]
async fn a_client_that_registered_its_key_proves_itself_to_the_token_endpoint() {
    each_code_is_redeemed("token_endpoint").await;
}

/// oidcc-ensure-client-assertion-with-iss-aud-succeeds
#[tokio::test]
async fn an_assertion_may_be_addressed_to_the_issuer() {
    each_code_is_redeemed("issuer").await;
}

/// oidcc-idtoken-rs256
#[tokio::test]
async fn id_tokens_are_signed_with_rs256_where_it_was_registered() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let more = json!({ "id_token_signed_response_alg": "RS256" });
        let party = signing_party(&node, &own, &more).await;
        let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        let header = header_of(tokens.get("id_token"));
        assert_eq!((&header["alg"], header["kid"].is_string()), (&json!("RS256"), true));
        node.db.close().await;
    })
    .await;
}

/// oidcc-idtoken-unsigned
#[tokio::test]
async fn no_client_registers_for_unsigned_id_tokens() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let document = http::get(&node, "/.well-known/openid-configuration").await.json();
        assert!(!document["id_token_signing_alg_values_supported"].to_string().contains("none"));
        let more = json!({
            "id_token_signed_response_alg": "none",
            "token_endpoint_auth_method": "private_key_jwt", "jwks": set(&[&own]),
        });
        let answer = register(&node, None, &metadata(&more)).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()));
        node.db.close().await;
    })
    .await;
}

/// oidcc-userinfo-rs256
#[tokio::test]
async fn userinfo_is_signed_with_rs256_where_it_was_registered() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let more = json!({ "userinfo_signed_response_alg": "RS256" });
        let party = signing_party(&node, &own, &more).await;
        let algs = party.metadata["userinfo_signing_alg_values_supported"].as_array().unwrap();
        assert!(algs.contains(&json!("RS256")));
        let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        let answer = party.userinfo(tokens.get("access_token")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwt"));
        assert_eq!(header_of(&answer.body)["alg"], "RS256");
        let claims = party.verify_told(&answer.body).await;
        assert_eq!(claims["sub"], tokens.claims["sub"]);
        assert_eq!(claims["email"], "alice@example.com");
        assert!(!claims.contains_key("nonce"));
        node.db.close().await;
    })
    .await;
}

/// oidcc-registration-jwks-uri
#[tokio::test]
async fn keys_at_a_jwks_uri_are_fetched_and_picked_by_kid() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let (published, uri) = publish(&own).await;
        let other = keys(Algorithm::RS256);
        *published.lock().unwrap() = json!(set(&[&other, &own])).to_string();
        let party = signing_party(&node, &own, &json!({ "jwks_uri": uri })).await;
        party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        node.db.close().await;
    })
    .await;
}

/// oidcc-server-rotate-keys
#[tokio::test]
async fn a_rotation_adds_a_signing_key_to_the_jwks_and_keeps_the_old_one() {
    each_database(async |app| {
        let kids = async || {
            let jwks = http::get(&app.app, "/oauth2/jwks").await.json();
            let keys = jwks["keys"].as_array().unwrap().clone();
            let of_rsa = keys.into_iter().filter(|key| key["alg"] == "RS256");
            of_rsa.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let before = kids().await;
        let by = Actor::CommandLine;
        our_keys::rotate(&app.app, &by, Algorithm::RS256.into(), Pace::Gently).await.unwrap();
        let after = kids().await;
        assert_eq!(after.len(), before.len() + 1);
        assert!(before.iter().all(|kid| after.contains(kid)), "{after:?}");
    })
    .await;
}

const OFFLINE: [(&str, &str); 2] = [("scope", "openid offline_access"), ("prompt", "consent")];

/// What the suite registers where it wants refresh tokens.
fn refreshing() -> Value {
    json!({ "grant_types": ["authorization_code", "refresh_token"] })
}

/// oidcc-refresh-token
#[tokio::test]
async fn a_refresh_token_works_for_the_client_whose_key_got_it_and_for_no_other() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let party = signing_party(&node, &own, &refreshing()).await;
        let foreign = Arc::new(keys(Algorithm::ES256));
        let other = signing_party(&node, &foreign, &refreshing()).await;
        let first = party.sign_in(&mut Browser::new(&node), "alice", &OFFLINE).await;
        wait(&node, 1);
        let second = party.refresh(first.get("refresh_token")).await;
        assert_eq!((second.status, second.header("cache-control")), (200, "no-store"));
        let second = second.json();
        let claims = party.verify(second["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["sub"], first.claims["sub"]);
        let stolen = other.refresh(second["refresh_token"].as_str().unwrap()).await;
        assert_eq!(stolen.error(), (400, "invalid_grant".to_owned()));
        node.db.close().await;
    })
    .await;
}

/// oidcc-refresh-token-rp-key-rotation
#[tokio::test]
async fn a_client_refreshes_with_a_key_that_it_published_a_minute_ago() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let (published, uri) = publish(&own).await;
        let mut more = refreshing();
        more["jwks_uri"] = json!(uri);
        let party = signing_party(&node, &own, &more).await;
        let first = party.sign_in(&mut Browser::new(&node), "alice", &OFFLINE).await;
        let new = Arc::new(keys(Algorithm::ES256));
        *published.lock().unwrap() = json!(set(&[&new])).to_string();
        wait(&node, 60);
        let rotated = Party { signs: Some(new), ..party.clone() };
        let second = rotated.refresh(first.get("refresh_token")).await;
        assert_eq!(second.status, 200, "{}", second.body);
        node.db.close().await;
    })
    .await;
}

/// oidcc-request-uri-signed-rs256
#[tokio::test]
async fn a_registered_request_uri_is_fetched_with_its_fragment_and_what_it_says_counts() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let object = Arc::new(Mutex::new(String::new()));
        let uri = format!("{}#abc", serve_https(&object).await);
        let more = json!({ "request_uris": [uri], "request_object_signing_alg": "RS256" });
        let party = signing_party(&node, &own, &more).await;
        assert_ne!(party.metadata["request_uri_parameter_supported"], json!(false));
        let algs = party.metadata["request_object_signing_alg_values_supported"].to_string();
        assert!(algs.contains("RS256"), "{algs}");
        let claims = json!({
            "client_id": party.id, "redirect_uri": party.redirect_uri, "response_type": "code",
            "scope": "openid", "state": "signed", "nonce": "n",
        });
        *object.lock().unwrap() = own.signer.sign("JWT", &claims).unwrap();
        let ask = party.ask(&[("request_uri", uri.as_str()), ("state", "unsigned")]);
        let answer = Browser::new(&node).authorize(&ask, "alice").await;
        assert_eq!(answer.param("state").as_deref(), Some("signed"));
        assert_eq!(party.redeem(&answer).await.claims["nonce"], "n");
        node.db.close().await;
    })
    .await;
}

/// oidcc-request-uri-unsigned
#[tokio::test]
async fn an_unsigned_request_at_a_registered_address_is_refused() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let object = Arc::new(Mutex::new("eyJhbGciOiJub25lIn0.e30.".to_owned()));
        let uri = serve_https(&object).await;
        let party = signing_party(&node, &own, &json!({ "request_uris": [uri] })).await;
        let algs = party.metadata["request_object_signing_alg_values_supported"].to_string();
        assert!(!algs.contains("none"), "{algs}");
        let answer = http::get(&node, &party.ask(&[("request_uri", &uri)])).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request_object"));
        node.db.close().await;
    })
    .await;
}

/// oidcc-ensure-request-object-with-redirect-uri
#[tokio::test]
async fn the_redirect_uri_that_is_signed_wins_over_the_one_beside_it() {
    each_database(async |app| {
        let (node, own) = stage(&app).await;
        let party = signing_party(&node, &own, &json!({})).await;
        let claims = json!({
            "client_id": party.id, "redirect_uri": party.redirect_uri, "response_type": "code",
            "scope": "openid", "state": "s-1", "nonce": "n",
        });
        let signed = own.signer.sign("JWT", &claims).unwrap();
        let beside = [("request", signed.as_str()), ("redirect_uri", "https://evil.example/")];
        let answer = Browser::new(&node).authorize(&party.ask(&beside), "alice").await;
        party.redeem(&answer).await;
        let unsigned = [("request", "eyJhbGciOiJub25lIn0.e30."), beside[1]];
        let page = http::get(&node, &party.ask(&unsigned)).await;
        assert_eq!((page.status, page.location()), (400, ""));
        node.db.close().await;
    })
    .await;
}
