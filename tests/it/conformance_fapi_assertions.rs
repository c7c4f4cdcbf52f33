//! The OpenID Foundation's FAPI 2.0 plans, security profile and message signing: how a client proves
//! who it is. Each story names its module, and is told with plain and with signed messages.

use keystead::domain::Algorithm;
use serde_json::{Value, json};

use crate::harness::VERIFIER;
use crate::harness::bank::{Bank, each_pair};
use crate::harness::each_database;
use crate::harness::http::{self, Answer};
use crate::harness::signer::asserted;

const PAR: &str = "pushed_authorization_request_endpoint";

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

/// Pushes with these fields in place of the usual assertion.
async fn push(bank: &Bank, proof: &[(&str, &str)]) -> Answer {
    let asked = bank.asked(&[]);
    let request = bank.signs_messages.then(|| bank.sign(&bank.claims(&asked)));
    let mut form: Vec<(&str, &str)> = match &request {
        Some(request) => vec![("request", request)],
        None => asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    };
    form.retain(|(name, _)| *name != "client_id");
    form.push(("client_id", &bank.party.id));
    form.extend(proof);
    http::post(&bank.party.app, &bank.party.path(PAR), &form).await
}

/// Redeems a code, with a proof of the key, and with these fields in place of the usual assertion.
async fn redeem(bank: &Bank, code: &str, fields: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", bank.party.redirect_uri.as_str()),
        ("code_verifier", VERIFIER),
        ("client_id", bank.party.id.as_str()),
    ];
    form.extend(fields);
    let proof = bank.prover.for_token(&bank.party);
    let path = bank.party.path("token_endpoint");
    http::post_with(&bank.party.app, &path, &form, &[("dpop", &proof)]).await
}

/// Sees that an assertion that was changed so proves nothing at the token endpoint, and that the
/// unchanged one does.
async fn counts_for_nothing(change: fn(&mut Value)) {
    each_pair(async |_, mut one, _| {
        let code = one.code(&[]).await;
        let assertion = one.keys().assertion(&one.party, change);
        assert_eq!(redeem(&one, &code, &asserted(&assertion)).await.error(), refused());
        let assertion = one.keys().assertion(&one.party, |_| ());
        assert_eq!(redeem(&one, &code, &asserted(&assertion)).await.status, 200);
    })
    .await;
}

/// Sees that an assertion that was changed so proves nothing to the push endpoint, or does.
async fn at_the_push(change: fn(&Bank, &mut Value), taken: bool) {
    each_pair(async |_, one, _| {
        let assertion = one.keys().assertion(&one.party, |claims| change(&one, claims));
        let answer = push(&one, &asserted(&assertion)).await;
        match taken {
            true => assert_eq!(answer.status, 201, "{}", answer.body),
            false => assert_eq!(answer.error(), refused()),
        }
    })
    .await;
}

/// A way to spoil an assertion, and its name.
type Spoiled = (&'static str, fn(&mut Value));

fn shift(claims: &mut Value, names: &[&str], seconds: i64) {
    for name in names {
        claims[*name] = json!(claims[*name].as_i64().unwrap() + seconds);
    }
}

/// fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails
#[tokio::test]
async fn an_assertion_signed_with_rs256_is_invalid_client() {
    for signs_messages in [false, true] {
        each_database(async |app| {
            app.user("alice").await;
            let rsa = Bank::new(&app, "one", Algorithm::RS256, signs_messages).await;
            let assertion = rsa.keys().assertion(&rsa.party, |_| ());
            assert_eq!(push(&rsa, &asserted(&assertion)).await.error(), refused());
            assert_eq!(redeem(&rsa, "x", &asserted(&assertion)).await.error(), refused());
        })
        .await;
    }
}

/// fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint
#[tokio::test]
async fn a_code_without_an_assertion_is_invalid_client() {
    each_pair(async |_, mut one, _| {
        let code = one.code(&[]).await;
        assert_eq!(redeem(&one, &code, &[]).await.error(), refused());
        assert_eq!(one.redeem(&code).await.status, 200, "and it is not used up");
    })
    .await;
}

/// fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails
#[tokio::test]
async fn an_assertion_that_ended_five_minutes_ago_is_invalid_client() {
    counts_for_nothing(|claims| shift(claims, &["iat", "nbf", "exp"], -360)).await;
}

/// fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails
#[tokio::test]
async fn an_assertion_for_somebody_else_is_invalid_client() {
    counts_for_nothing(|claims| claims["aud"] = json!("https://other.example")).await;
}

/// fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails
#[tokio::test]
async fn an_assertion_about_nobody_is_invalid_client() {
    counts_for_nothing(|claims| drop(claims.as_object_mut().unwrap().remove("sub"))).await;
}

/// fapi2-security-profile-final-ensure-invalid-client-assertions-fail
#[tokio::test]
async fn no_spoiled_assertion_pushes_anything_and_a_good_one_does() {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    each_pair(async |_, one, _| {
        let spoiled: [Spoiled; 9] = [
            ("no sub", |claims| claims["sub"] = Value::Null),
            ("another sub", |claims| claims["sub"] = json!("two")),
            ("no iss", |claims| claims["iss"] = Value::Null),
            ("another iss", |claims| claims["iss"] = json!("two")),
            ("no aud", |claims| claims["aud"] = Value::Null),
            ("another aud", |claims| claims["aud"] = json!("https://other.example")),
            ("over", |claims| shift(claims, &["iat", "nbf", "exp"], -360)),
            ("early", |claims| shift(claims, &["iat", "nbf", "exp"], 70)),
            ("no exp", |claims| claims["exp"] = Value::Null),
        ];
        for (what, spoil) in spoiled {
            let assertion = one.keys().assertion(&one.party, |claims| {
                spoil(claims);
                claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            });
            assert_eq!(push(&one, &asserted(&assertion)).await.error(), refused(), "{what}");
        }
        let good = one.keys().assertion(&one.party, |_| ());
        let fields = asserted(&good);
        let claims = good.split('.').nth(1).unwrap();
        let unsigned = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let unsigned = format!("{unsigned}.{claims}.");
        let cut = &good[..good.len() - 6];
        let broken = format!("{cut}AAAAAA");
        for (what, sent) in [
            ("none", &[][..]),
            ("no type", &fields[1..]),
            ("another type", &[("client_assertion_type", "x"), fields[1]]),
            ("unsigned", &asserted(&unsigned)),
            ("another signature", &asserted(&broken)),
        ] {
            let (status, error) = push(&one, sent).await.error();
            let known = [(401, "invalid_client"), (400, "invalid_request")];
            assert!(known.contains(&(status, error.as_str())), "{what}: {status} {error}");
        }
        assert_eq!(push(&one, &fields).await.status, 201);
    })
    .await;
}

/// fapi2-security-profile-final-par-test-array-as-audience-fails
#[tokio::test]
async fn the_audience_of_an_assertion_is_no_list() {
    let list = |bank: &Bank, claims: &mut Value| {
        claims["aud"] = json!([bank.party.metadata["issuer"], "https://other.example"]);
    };
    at_the_push(list, false).await;
    at_the_push(|_, claims| claims["aud"] = json!([claims["aud"]]), false).await;
}

/// fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails
#[tokio::test]
async fn the_audience_of_an_assertion_is_not_the_push_endpoint() {
    at_the_push(|bank, claims| claims["aud"] = bank.party.metadata[PAR].clone(), false).await;
}

/// fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails
#[tokio::test]
async fn the_audience_of_an_assertion_is_not_the_token_endpoint() {
    let change = |bank: &Bank, claims: &mut Value| {
        claims["aud"] = bank.party.metadata["token_endpoint"].clone();
    };
    at_the_push(change, false).await;
}

/// fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted
#[tokio::test]
async fn an_assertion_of_a_clock_that_is_eight_seconds_ahead_is_taken() {
    at_the_push(|_, claims| shift(claims, &["iat", "nbf"], 8), true).await;
}

/// fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails
#[tokio::test]
async fn an_assertion_of_a_clock_that_is_more_than_a_minute_ahead_is_invalid_client() {
    at_the_push(|_, claims| shift(claims, &["iat", "nbf", "exp"], 65), false).await;
}
