//! The OpenID Foundation's implicit, hybrid and form post plans, and JARM: what the authorization
//! endpoint itself hands over, and how.

use keystead::app::AppState;
use keystead::domain::{Algorithm, ResponseType};
use serde_json::{Value, json};

use crate::harness::http::Answer;
use crate::harness::steps::half_hash;
use crate::harness::{Browser, Party, TestApp, each_database, http};

const FRONT: [&str; 5] =
    ["id_token", "id_token token", "code id_token", "code token", "code id_token token"];

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

async fn check(party: &Party, kind: &str, answer: &Answer, alg: Algorithm) {
    let words: Vec<&str> = kind.split(' ').collect();
    assert_eq!(answer.param("state"), None, "nothing stands in the query: {}", answer.location());
    assert_eq!(answer.fragment("state").as_deref(), Some("s-1"), "{kind}");
    assert_eq!(answer.fragment("iss").as_deref(), party.metadata["issuer"].as_str());
    for (word, name) in [("code", "code"), ("token", "access_token"), ("id_token", "id_token")] {
        assert_eq!(answer.fragment(name).is_some(), words.contains(&word), "{kind}: {name}");
    }
    let token = answer.fragment("access_token");
    if let Some(token) = &token {
        assert_eq!(answer.fragment("token_type").as_deref(), Some("Bearer"));
        assert_eq!(answer.fragment("expires_in").as_deref(), Some("3600"));
        let told = party.userinfo(token).await.json();
        assert_eq!(told["email"], "alice@example.com", "{kind}");
    }
    let Some(id_token) = answer.fragment("id_token") else { return };
    let claims = party.verify(&id_token).await;
    assert_eq!(claims["nonce"], "n-1");
    let hash = |value: Option<String>| value.map(|text| json!(half_hash(alg.as_str(), &text)));
    assert_eq!(claims.get("at_hash"), hash(token).as_ref(), "{kind}");
    assert_eq!(claims.get("c_hash"), hash(answer.fragment("code")).as_ref(), "{kind}");
    // Where no access token will come, the ID token tells what the scopes open.
    assert_eq!(claims.contains_key("email"), kind == "id_token", "{kind}: {claims:?}");
}

#[tokio::test]
async fn each_response_type_hands_over_what_it_names_in_the_fragment() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::RS256).await;
        let mut browser = Browser::new(&node);
        for kind in FRONT {
            let ask = party.ask(&[("response_type", kind)]);
            let answer = browser.authorize(&ask, "alice").await;
            check(&party, kind, &answer, Algorithm::RS256).await;
        }
    })
    .await;
}

#[tokio::test]
async fn hashes_are_there_in_the_browser_with_eddsa_too() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::EdDSA).await;
        let ask = party.ask(&[("response_type", "code id_token token")]);
        let answer = Browser::new(&node).authorize(&ask, "alice").await;
        check(&party, "code id_token token", &answer, Algorithm::EdDSA).await;
    })
    .await;
}

#[tokio::test]
async fn hybrid_both_id_tokens_name_the_same_person_and_the_code_works() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::RS256).await;
        let mut browser = Browser::new(&node);
        for kind in FRONT.iter().filter(|kind| kind.contains("code")) {
            let answer = browser.authorize(&party.ask(&[("response_type", kind)]), "alice").await;
            let tokens = party.exchange(&answer.fragment("code").unwrap()).await;
            assert_eq!(tokens.status, 200, "{kind}: {}", tokens.body);
            let tokens = tokens.json();
            let late = party.verify(tokens["id_token"].as_str().unwrap()).await;
            if let Some(early) = answer.fragment("id_token") {
                let early = party.verify(&early).await;
                for name in ["iss", "sub", "aud", "auth_time", "sid", "nonce"] {
                    assert_eq!(early[name], late[name], "{kind}: {name}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn hybrid_a_code_used_twice_ends_the_token_of_the_browser_too() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::RS256).await;
        let ask = party.ask(&[("response_type", "code token")]);
        let answer = Browser::new(&node).authorize(&ask, "alice").await;
        let (code, token) =
            (answer.fragment("code").unwrap(), answer.fragment("access_token").unwrap());
        assert_eq!(party.exchange(&code).await.status, 200);
        assert_eq!(party.userinfo(&token).await.status, 200);
        assert_eq!(party.exchange(&code).await.error(), (400, "invalid_grant".to_owned()));
        assert_eq!(party.userinfo(&token).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_nonce_is_required_where_an_id_token_comes_through_the_browser() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::RS256).await;
        for kind in FRONT {
            let ask = party.ask(&[("response_type", kind), ("nonce", ""), ("prompt", "none")]);
            let answer = http::get(&node, &ask).await;
            let wanted =
                if kind.contains("id_token") { "invalid_request" } else { "login_required" };
            assert_eq!(answer.fragment("error").as_deref(), Some(wanted), "{kind}");
            assert_eq!(answer.fragment("state").as_deref(), Some("s-1"));
            assert_eq!(answer.param("error"), None, "{}", answer.location());
        }
    })
    .await;
}

#[tokio::test]
async fn form_post_carries_tokens_and_errors_in_a_form() {
    each_database(async |app| {
        let (node, party) = served(&app, Algorithm::RS256).await;
        let mut browser = Browser::new(&node);
        for kind in FRONT.into_iter().chain(["code"]) {
            let mode = ("response_mode", "form_post");
            let ask = party.ask(&[("response_type", kind), mode]);
            let answer = browser.authorize(&ask, "alice").await;
            assert_eq!((answer.status, answer.action()), (200, party.redirect_uri.clone()));
            let fields = answer.inputs();
            let has = |name: &str| fields.iter().any(|(field, _)| field == name);
            assert_eq!(has("code"), kind.contains("code"), "{kind}");
            assert_eq!(has("id_token"), kind.contains("id_token"), "{kind}");
            let ask = party.ask(&[("response_type", kind), mode, ("max_age", "x")]);
            let refused = browser.get(&ask).await;
            let error = ("error".to_owned(), "invalid_request".to_owned());
            assert!(refused.inputs().contains(&error), "{kind}: {}", refused.body);
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
