//! What the authorization endpoint itself hands over, beside the rows of the OpenID Foundation's
//! implicit, hybrid and form post plans (`conformance_core_*`): who may have it, where it never goes,
//! and JARM.

use keystead::app::AppState;
use keystead::domain::{Algorithm, ResponseType};
use serde_json::{Value, json};

use crate::harness::steps::half_hash;
use crate::harness::{Browser, Party, TestApp, each_database, http};

/// A server that serves tokens through the browser, and a client that may have every kind.
async fn served(app: &TestApp, alg: Algorithm) -> (AppState, Party) {
    let web = app
        .client_with("web", |client| {
            client.settings.alg = alg;
            client.settings.response_types = ResponseType::ALL.to_vec();
        })
        .await;
    app.user("alice").await;
    let node = app.another_node_with(&[("KEYSTEAD_OIDC__FRONT_CHANNEL_TOKENS", "true")]).await;
    let party = Party::new(&node, &web).await;
    (node, party)
}

#[tokio::test]
async fn hashes_are_there_in_the_browser_with_eddsa_too() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::EdDSA).await;
        let ask = party.ask(&[("response_type", "code id_token token")]);
        let answer = Browser::new(&node).authorize(&ask, "alice").await;
        let claims = party.verify(&answer.fragment("id_token").unwrap()).await;
        for (name, of) in [("at_hash", "access_token"), ("c_hash", "code")] {
            assert_eq!(claims[name], half_hash("EdDSA", &answer.fragment(of).unwrap()), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn tokens_through_the_browser_need_the_switch_and_the_clients_leave() {
    each_database(async |app| {
        let plain = app.client("plain").await;
        let (node, party) = served(&app, Algorithm::RS256).await;
        let answer = http::get(&app.app, &party.ask(&[("response_type", "id_token")])).await;
        assert_eq!(answer.fragment("error").as_deref(), Some("unsupported_response_type"));
        let plain = Party::new(&node, &plain).await;
        let answer = http::get(&node, &plain.ask(&[("response_type", "code token")])).await;
        assert_eq!(answer.fragment("error").as_deref(), Some("unauthorized_client"));
        let listed = |metadata: &Value| metadata["response_types_supported"].to_string();
        assert!(listed(&party.metadata).contains("code id_token token"));
        assert!(party.metadata["grant_types_supported"].to_string().contains("implicit"));
        let native = http::get(&app.app, "/.well-known/openid-configuration").await.json();
        assert_eq!(native["response_types_supported"], json!(["code"]));
    })
    .await;
}

#[tokio::test]
async fn a_query_never_holds_tokens_nor_what_is_said_in_their_place() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::RS256).await;
        for mode in ["query", "query.jwt"] {
            let ask = party.ask(&[("response_type", "id_token"), ("response_mode", mode)]);
            let answer = http::get(&node, &ask).await;
            assert!(answer.location().contains('#'), "{}", answer.location());
            assert!(!answer.location().contains('?'), "{}", answer.location());
        }
    })
    .await;
}

#[tokio::test]
async fn jarm_puts_the_whole_answer_into_one_signed_token() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::ES256).await;
        let mut browser = Browser::new(&node);
        for (mode, kind) in [("jwt", "code"), ("query.jwt", "code"), ("jwt", "code id_token")] {
            let ask = party.ask(&[("response_type", kind), ("response_mode", mode)]);
            let answer = browser.authorize(&ask, "alice").await;
            let parameters = answer.location().split_once(['?', '#']).unwrap().1;
            assert!(parameters.starts_with("response=") && !parameters.contains('&'), "{mode}");
            let response = answer.param("response").or_else(|| answer.fragment("response"));
            assert_eq!(answer.param("response").is_some(), kind == "code", "{mode}");
            let claims = party.verify_answer(&response.unwrap()).await;
            assert_eq!((&claims["state"], &claims["aud"]), (&json!("s-1"), &json!("web")));
            let left = claims["exp"].as_i64().unwrap() - node.clock.now().0;
            assert!((1..=600).contains(&left), "good for {left} s");
            assert_eq!(claims.contains_key("id_token"), kind != "code");
            let tokens = party.exchange(claims["code"].as_str().unwrap()).await;
            assert_eq!(tokens.status, 200, "{}", tokens.body);
        }
    })
    .await;
}

#[tokio::test]
async fn jarm_signs_errors_too() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::ES256).await;
        let ask = party.ask(&[("response_mode", "jwt"), ("prompt", "none")]);
        let answer = http::get(&node, &ask).await;
        let claims = party.verify_answer(&answer.param("response").unwrap()).await;
        assert_eq!(claims["error"], "login_required");
        assert_eq!(claims["iss"], party.metadata["issuer"]);
        let posted = party.ask(&[("response_mode", "form_post.jwt"), ("prompt", "none")]);
        let posted = http::get(&node, &posted).await;
        let names: Vec<String> = posted.inputs().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["response"]);
    })
    .await;
}
