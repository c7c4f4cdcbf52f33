//! The OpenID Foundation's FAPI 2.0 plans, security profile and message signing: what is asked for.
//! Each story names its module, and is told with plain and with signed messages.

use serde_json::{Value, json};

use crate::harness::bank::{Bank, each_pair};
use crate::harness::http;
use crate::harness::steps::header_of;

/// fapi2-security-profile-final-discovery-end-point-verification
#[tokio::test]
async fn the_metadata_offers_what_fapi_2_needs() {
    each_pair(async |app, one, _| {
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
        {
            let document = http::get(&app.app, path).await.json();
            let has = |name: &str, value: &str| {
                document[name].as_array().unwrap().contains(&json!(value))
            };
            assert_eq!(document["authorization_response_iss_parameter_supported"], true);
            assert!(document["pushed_authorization_request_endpoint"].is_string());
            for (name, value) in [
                ("code_challenge_methods_supported", "S256"),
                ("response_types_supported", "code"),
                ("grant_types_supported", "authorization_code"),
                ("token_endpoint_auth_methods_supported", "private_key_jwt"),
                ("response_modes_supported", "jwt"),
            ] {
                assert!(has(name, value), "{name}");
            }
            for name in [
                "dpop_signing_alg_values_supported",
                "id_token_signing_alg_values_supported",
                "request_object_signing_alg_values_supported",
                "token_endpoint_auth_signing_alg_values_supported",
                "authorization_signing_alg_values_supported",
            ] {
                assert!(has(name, "PS256") && has(name, "ES256") && has(name, "EdDSA"), "{name}");
            }
        }
        assert_eq!(one.party.metadata["issuer"], "https://id.example.com");
    })
    .await;
}

/// fapi2-security-profile-final-happy-flow
#[tokio::test]
async fn two_clients_get_tokens_that_neither_can_use_for_the_other() {
    each_pair(async |_, mut one, mut two| {
        let pushed = one.push(&[]).await;
        assert_eq!((pushed.status, pushed.header("content-type")), (201, "application/json"));
        let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        assert!(pushed.json()["expires_in"].as_i64().unwrap() >= 5 && http::entropy(&uri) > 128.0);
        let mine = one.tokens(&[]).await;
        let jkt = two.prover.jkt.clone();
        let theirs = two.tokens(&[("dpop_jkt", &jkt)]).await;
        for (bank, tokens) in [(&one, &mine), (&two, &theirs)] {
            let id_token = tokens["id_token"].as_str().unwrap();
            assert_eq!(header_of(id_token)["alg"], "ES256");
            let claims = bank.party.verify(id_token).await;
            assert_eq!(claims["nonce"], "n-1");
            assert!(!claims.contains_key("s_hash"));
            let answer = bank.read(tokens["access_token"].as_str().unwrap()).await;
            assert_eq!((answer.status, &answer.json()["sub"]), (200, &claims["sub"]));
        }
        let stolen = one.read(theirs["access_token"].as_str().unwrap()).await;
        assert_eq!(stolen.status, 401);
        let path = one.party.path("userinfo_endpoint");
        let inside = format!("{path}?access_token={}", mine["access_token"].as_str().unwrap());
        assert_eq!(http::get(&one.party.app, &inside).await.status, 401, "never in a query");
    })
    .await;
}

/// fapi2-security-profile-final-user-rejects-authentication
#[tokio::test]
async fn who_cancels_sends_access_denied_with_state_and_the_clients_query_intact() {
    each_pair(async |_, one, two| {
        for mut bank in [one, two] {
            let state = format!("{}-._~", "a1".repeat(62));
            let url = bank.open(&bank.push(&[("state", &state)]).await, &[]);
            let page = bank.browser.get(&url).await;
            let page = bank.browser.follow(page).await;
            assert!(page.has("login-cancel"), "{}", page.body);
            let answer = bank.browser.submit(&page, &[("action", "cancel")]).await;
            let told = bank.told(&answer).await;
            assert_eq!((&told["error"], &told["state"]), (&json!("access_denied"), &json!(state)));
        }
    })
    .await;
}

/// fapi2-security-profile-final-ensure-authorization-request-without-state-success
#[tokio::test]
async fn a_request_without_state_gets_an_answer_without_state() {
    each_pair(async |_, mut one, _| {
        let told = one.ask(&[("state", "")]).await;
        assert!(told.contains_key("code") && !told.contains_key("state"));
        let answer = one.redeem(told["code"].as_str().unwrap()).await;
        let claims = one.party.verify(answer.json()["id_token"].as_str().unwrap()).await;
        assert!(!claims.contains_key("s_hash"));
    })
    .await;
}

/// The nonce in the ID token of a request with this one.
async fn nonce(bank: &mut Bank, nonce: &str) -> Option<Value> {
    let tokens = bank.tokens(&[("nonce", nonce)]).await;
    bank.party.verify(tokens["id_token"].as_str().unwrap()).await.remove("nonce")
}

/// fapi2-security-profile-final-ensure-authorization-request-without-nonce-success
#[tokio::test]
async fn a_request_without_nonce_gets_an_id_token_without_nonce() {
    each_pair(async |_, mut one, _| assert_eq!(nonce(&mut one, "").await, None)).await;
}

/// fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success
#[tokio::test]
async fn a_nonce_of_64_characters_comes_back() {
    each_pair(async |_, mut one, _| {
        let sent = "n".repeat(64);
        assert_eq!(nonce(&mut one, &sent).await, Some(json!(sent)));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-authorization-request-with-long-nonce
#[tokio::test]
async fn a_nonce_of_384_characters_comes_back() {
    each_pair(async |_, mut one, _| {
        let sent = "n".repeat(384);
        assert_eq!(nonce(&mut one, &sent).await, Some(json!(sent)));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-authorization-request-with-long-state
#[tokio::test]
async fn a_state_of_1000_characters_comes_back() {
    each_pair(async |_, mut one, _| {
        let sent = "s".repeat(1000);
        assert_eq!(one.ask(&[("state", &sent)]).await["state"], json!(sent));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-other-scope-order-succeeds
#[tokio::test]
async fn scopes_may_come_in_any_order() {
    each_pair(async |_, mut one, _| {
        for scope in ["email profile openid", "profile openid email"] {
            let tokens = one.tokens(&[("scope", scope)]).await;
            assert_eq!(tokens["scope"], "email openid profile");
        }
    })
    .await;
}

/// fapi2-security-profile-final-test-claims-parameter-identity-claims
#[tokio::test]
async fn every_claim_that_is_named_comes_and_unknown_ones_are_ignored() {
    each_pair(async |_, mut one, _| {
        let standard = one.party.metadata["claims_supported"].as_array().unwrap().clone();
        let of_tokens = [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "azp",
            "sid",
            "groups",
        ];
        let wanted: Vec<&str> = standard.iter().map(|name| name.as_str().unwrap()).collect();
        let wanted: Vec<&str> =
            wanted.into_iter().filter(|name| !of_tokens.contains(name)).collect();
        for place in ["id_token", "userinfo"] {
            let mut named: serde_json::Map<String, Value> =
                wanted.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
            named.insert("made_up".to_owned(), json!({ "essential": true }));
            let claims = json!({ place: named }).to_string();
            let tokens = one.tokens(&[("scope", "openid"), ("claims", &claims)]).await;
            let told = match place {
                "id_token" => {
                    Value::Object(one.party.verify(tokens["id_token"].as_str().unwrap()).await)
                }
                _ => one.read(tokens["access_token"].as_str().unwrap()).await.json(),
            };
            let missing: Vec<_> = wanted.iter().filter(|name| told.get(**name).is_none()).collect();
            assert!(missing.is_empty(), "{place}: {missing:?}");
            assert!(told.get("made_up").is_none());
        }
    })
    .await;
}

/// What the client is told where this stands in the query beside what was pushed.
async fn beside(bank: &mut Bank, pushed: &[(&str, &str)], query: &[(&str, &str)]) -> Value {
    let url = bank.open(&bank.push(pushed).await, query);
    let mut told = bank.go(&url).await;
    let tokens = bank.redeem(told["code"].as_str().unwrap()).await.json();
    let claims = bank.party.verify(tokens["id_token"].as_str().unwrap()).await;
    assert!(!claims.contains_key("s_hash"));
    told.insert("nonce".to_owned(), claims.get("nonce").cloned().unwrap_or_default());
    Value::Object(told)
}

/// fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object
#[tokio::test]
async fn of_two_nonces_the_one_that_was_pushed_counts() {
    each_pair(async |_, mut one, _| {
        assert_eq!(beside(&mut one, &[], &[("nonce", "outside")]).await["nonce"], "n-1");
    })
    .await;
}

/// fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object
#[tokio::test]
async fn of_two_states_the_one_that_was_pushed_counts() {
    each_pair(async |_, mut one, _| {
        assert_eq!(beside(&mut one, &[], &[("state", "outside")]).await["state"], "s-1");
    })
    .await;
}

/// fapi2-security-profile-final-state-only-outside-request-object-not-used
#[tokio::test]
async fn a_state_that_was_not_pushed_is_not_used() {
    each_pair(async |_, mut one, _| {
        let told = beside(&mut one, &[("state", "")], &[("state", "outside")]).await;
        assert!(told.get("state").is_none(), "{told}");
    })
    .await;
}

/// fapi2-security-profile-final-par-without-duplicate-parameters
#[tokio::test]
async fn a_request_with_client_id_and_request_uri_alone_works() {
    each_pair(async |_, mut one, mut two| {
        for bank in [&mut one, &mut two] {
            assert_eq!(beside(bank, &[], &[]).await["state"], "s-1");
        }
    })
    .await;
}

/// Sees that a push of this is refused with an error that the suite takes.
async fn is_refused(more: &[(&str, &str)], errors: &[&str]) {
    each_pair(async |_, one, two| {
        for bank in [&one, &two] {
            let answer = bank.push(more).await;
            let (status, error) = answer.error();
            assert!(status == 400 && errors.contains(&error.as_str()), "{}", answer.body);
        }
    })
    .await;
}

/// fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails
#[tokio::test]
async fn a_push_without_redirect_uri_is_refused() {
    is_refused(&[("redirect_uri", "")], &["invalid_request"]).await;
}

/// fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request
#[tokio::test]
async fn a_redirect_uri_beside_what_was_pushed_does_not_make_up_for_one_inside() {
    each_pair(async |_, mut one, _| {
        let refused = one.push(&[("redirect_uri", "")]).await;
        assert_eq!(refused.error(), (400, "invalid_request".to_owned()));
        let told = beside(&mut one, &[], &[("redirect_uri", "https://evil.example/")]).await;
        assert!(told["code"].is_string(), "it leads to what was pushed");
    })
    .await;
}

/// fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri
#[tokio::test]
async fn an_unregistered_redirect_uri_is_refused_when_it_is_pushed() {
    is_refused(&[("redirect_uri", "https://one.example.com/callback/x1")], &["invalid_request"])
        .await;
}

/// fapi2-security-profile-final-ensure-response-type-code-idtoken-fails
#[tokio::test]
async fn code_id_token_is_refused_when_it_is_pushed() {
    let errors = ["unsupported_response_type", "unauthorized_client", "invalid_request"];
    is_refused(&[("response_type", "code id_token")], &errors).await;
}

/// fapi2-security-profile-final-ensure-response-type-token-fails
#[tokio::test]
async fn token_is_refused_when_it_is_pushed() {
    let errors = ["unsupported_response_type", "unauthorized_client", "invalid_request"];
    is_refused(&[("response_type", "token")], &errors).await;
}

/// fapi2-security-profile-final-par-ensure-pkce-required
#[tokio::test]
async fn a_push_without_a_challenge_is_refused() {
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    is_refused(&none, &["invalid_request"]).await;
}

/// fapi2-security-profile-final-par-plain-pkce-rejected
#[tokio::test]
async fn a_push_with_a_plain_challenge_is_refused() {
    is_refused(&[("code_challenge_method", "plain")], &["invalid_request"]).await;
}
