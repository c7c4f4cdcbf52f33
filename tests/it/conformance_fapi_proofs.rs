//! The OpenID Foundation's FAPI 2.0 plans, security profile and message signing: proofs of possession.
//! Each story names its module, and is told with plain and with signed messages; the module of negative
//! tests is told in `conformance_dpop`.

use serde_json::json;

use crate::harness::bank::{Bank, each_pair};
use crate::harness::prover::{Draft, Prover, ath};

const PAR: &str = "pushed_authorization_request_endpoint";

/// A proof for an endpoint of the metadata, after a change.
fn proof(bank: &Bank, key: &Prover, endpoint: &str, change: fn(&mut Draft)) -> String {
    let url = bank.party.metadata[endpoint].as_str().unwrap();
    key.proof(&bank.party.app, ("POST", url), change)
}

/// Sees that proofs that were changed so are taken when a request is pushed, when its code is redeemed
/// and when the token is used.
async fn is_taken(change: fn(&mut Draft)) {
    each_pair(async |_, mut one, _| {
        let pushed = proof(&one, &one.prover, PAR, change);
        let url = one.open(&one.push_with(&[], &[("dpop", &pushed)]).await, &[]);
        let code = one.go(&url).await["code"].as_str().unwrap().to_owned();
        let redeemed = proof(&one, &one.prover, "token_endpoint", change);
        let tokens = one.party.exchange_with(&code, &redeemed).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let tokens = tokens.json();
        let token = tokens["access_token"].as_str().unwrap();
        let url = one.party.metadata["userinfo_endpoint"].as_str().unwrap();
        let used = one.prover.proof(&one.party.app, ("GET", url), |draft| {
            draft.claims["ath"] = json!(ath(token));
            change(draft);
        });
        let answer = one.party.userinfo_with(("DPoP", token), &used).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    })
    .await;
}

/// Moves when a proof was made.
fn made(draft: &mut Draft, seconds: i64) {
    draft.claims["iat"] = json!(draft.claims["iat"].as_i64().unwrap() + seconds);
}

/// fapi2-security-profile-final-check-dpop-proof-nbf-exp
#[tokio::test]
async fn proofs_may_say_from_when_until_when_they_are_good() {
    is_taken(|draft| {
        draft.claims["nbf"] = draft.claims["iat"].clone();
        draft.claims["exp"] = json!(draft.claims["iat"].as_i64().unwrap() + 60);
    })
    .await;
}

/// fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds
#[tokio::test]
async fn proofs_of_a_clock_that_is_ten_seconds_behind_are_taken() {
    is_taken(|draft| made(draft, -10)).await;
}

/// fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds
#[tokio::test]
async fn proofs_of_a_clock_that_is_ten_seconds_ahead_are_taken() {
    is_taken(|draft| made(draft, 10)).await;
}

/// fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails
#[tokio::test]
async fn a_push_that_names_another_key_than_it_proves_is_refused() {
    each_pair(async |_, one, _| {
        let sent = proof(&one, &one.prover, PAR, |_| ());
        let more = [("dpop_jkt", &*Prover::new().jkt)];
        let answer = one.push_with(&more, &[("dpop", &sent)]).await;
        assert_eq!(answer.error(), (400, "invalid_dpop_proof".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt
#[tokio::test]
async fn a_code_of_a_push_that_proved_one_key_is_not_redeemed_with_another() {
    each_pair(async |_, mut one, _| {
        let sent = proof(&one, &Prover::new(), PAR, |_| ());
        let url = one.open(&one.push_with(&[], &[("dpop", &sent)]).await, &[]);
        let code = one.go(&url).await["code"].as_str().unwrap().to_owned();
        assert_eq!(one.redeem(&code).await.error(), (400, "invalid_grant".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt
#[tokio::test]
async fn a_code_that_was_asked_for_with_one_key_is_not_redeemed_with_another() {
    each_pair(async |_, mut one, _| {
        let code = one.code(&[("dpop_jkt", &*Prover::new().jkt)]).await;
        assert_eq!(one.redeem(&code).await.error(), (400, "invalid_grant".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success
#[tokio::test]
async fn a_code_of_a_push_that_proved_a_key_is_redeemed_with_it() {
    each_pair(async |_, mut one, _| {
        let sent = proof(&one, &one.prover, PAR, |_| ());
        let url = one.open(&one.push_with(&[], &[("dpop", &sent)]).await, &[]);
        let code = one.go(&url).await["code"].as_str().unwrap().to_owned();
        assert_eq!(one.redeem(&code).await.status, 200);
    })
    .await;
}

/// fapi2-security-profile-final-ensure-dpop-auth-code-binding-success
#[tokio::test]
async fn a_code_that_was_asked_for_with_a_key_is_redeemed_with_it() {
    each_pair(async |_, mut one, _| {
        let jkt = one.prover.jkt.clone();
        let sent = proof(&one, &one.prover, PAR, |_| ());
        let pushed = one.push_with(&[("dpop_jkt", &jkt)], &[("dpop", &sent)]).await;
        let url = one.open(&pushed, &[]);
        let code = one.go(&url).await["code"].as_str().unwrap().to_owned();
        assert_eq!(one.redeem(&code).await.status, 200);
    })
    .await;
}
