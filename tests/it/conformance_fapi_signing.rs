//! The OpenID Foundation's plan for FAPI 2.0 Message Signing: what it asks beyond the security profile,
//! all of it about request objects. That answers are signed (JARM) is looked at in every story of
//! `conformance_fapi_*`. Each story names its module.

use std::sync::Arc;

use keystead::domain::Algorithm;
use keystead::jose::{NewKey, Signer};
use serde_json::{Value, json};

use crate::harness::bank::Bank;
use crate::harness::signer::Keys;
use crate::harness::{TestApp, each_database};

async fn stage(app: &TestApp) -> Bank {
    app.user("alice").await;
    Bank::new(app, "one", Algorithm::ES256, true).await
}

/// Sees that a request object that was changed so is taken and answered.
async fn is_taken(change: fn(&mut Value)) {
    each_database(async |app| {
        let mut bank = stage(&app).await;
        let mut claims = bank.claims(&bank.asked(&[]));
        change(&mut claims);
        let url = bank.open(&bank.push_object(&bank.sign(&claims)).await, &[]);
        assert_eq!(bank.go(&url).await["state"], "s-1");
    })
    .await;
}

/// Sees that a request object that was changed so is refused.
async fn is_refused(change: fn(&mut Value)) {
    each_database(async |app| {
        let bank = stage(&app).await;
        let mut claims = bank.claims(&bank.asked(&[]));
        assert_eq!(bank.push_object(&bank.sign(&claims)).await.status, 201);
        change(&mut claims);
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let answer = bank.push_object(&bank.sign(&claims)).await;
        assert_eq!(answer.error(), (400, "invalid_request_object".to_owned()));
    })
    .await;
}

/// Minutes from when the request was made.
fn after(claims: &Value, minutes: i64) -> Value {
    // `nbf` is now where nobody changed it.
    json!(claims["nbf"].as_i64().unwrap() + minutes * 60)
}

/// fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds
#[tokio::test]
async fn we_may_be_one_of_several_audiences() {
    is_taken(|claims| claims["aud"] = json!(["https://other.example", claims["aud"][0]])).await;
}

/// fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted
#[tokio::test]
async fn a_request_of_a_clock_that_is_eight_seconds_ahead_is_taken() {
    is_taken(|claims| claims["nbf"] = json!(claims["nbf"].as_i64().unwrap() + 8)).await;
}

/// fapi2-security-profile-final-ensure-request-object-without-exp-fails
#[tokio::test]
async fn a_request_without_an_end_is_refused() {
    is_refused(|claims| claims["exp"] = Value::Null).await;
}

/// fapi2-security-profile-final-ensure-request-object-without-nbf-fails
#[tokio::test]
async fn a_request_without_a_beginning_is_refused() {
    is_refused(|claims| claims["nbf"] = Value::Null).await;
}

/// fapi2-security-profile-final-ensure-expired-request-object-fails
#[tokio::test]
async fn a_request_that_is_over_is_refused() {
    is_refused(|claims| {
        claims["exp"] = after(claims, -5);
        claims["nbf"] = after(claims, -10);
    })
    .await;
}

/// fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails
#[tokio::test]
async fn a_request_for_somebody_else_is_refused() {
    is_refused(|claims| claims["aud"] = json!("https://other.example")).await;
    is_refused(|claims| claims["aud"] = Value::Null).await;
}

/// fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails
#[tokio::test]
async fn a_request_that_ends_in_seventy_minutes_is_refused() {
    is_refused(|claims| claims["exp"] = after(claims, 70)).await;
}

/// fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails
#[tokio::test]
async fn a_request_that_began_seventy_minutes_ago_is_refused() {
    is_refused(|claims| claims["nbf"] = after(claims, -70)).await;
}

/// fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails
#[tokio::test]
async fn a_request_signed_with_rs256_is_refused() {
    each_database(async |app| {
        app.user("alice").await;
        let key = NewKey::generate(Algorithm::PS256).unwrap();
        let mut public = Value::Object(key.public);
        public.as_object_mut().unwrap().remove("alg");
        let signer = |alg| Signer::parse(key.kid.clone(), alg, &key.private).unwrap();
        let own = Keys { signer: signer(Algorithm::PS256), public };
        let bank = Bank::with(&app, "one", Arc::new(own), true).await;
        let claims = bank.claims(&bank.asked(&[]));
        assert_eq!(bank.push_object(&bank.sign(&claims)).await.status, 201, "with PS256");
        let request = signer(Algorithm::RS256).sign("oauth-authz-req+jwt", &claims).unwrap();
        let answer = bank.push_object(&request).await;
        assert_eq!(answer.error(), (400, "invalid_request_object".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none
#[tokio::test]
async fn a_request_without_a_signature_is_refused() {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    each_database(async |app| {
        let bank = stage(&app).await;
        let signed = bank.sign(&bank.claims(&bank.asked(&[])));
        let claims = signed.split('.').nth(1).unwrap();
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let answer = bank.push_object(&format!("{header}.{claims}.")).await;
        assert_eq!(answer.error(), (400, "invalid_request_object".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails
#[tokio::test]
async fn a_request_with_a_signature_that_is_not_its_own_is_refused() {
    each_database(async |app| {
        let bank = stage(&app).await;
        let mut claims = bank.claims(&bank.asked(&[]));
        let one = bank.sign(&claims);
        claims["state"] = json!("another");
        let other = bank.sign(&claims);
        let (message, _) = one.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        let answer = bank.push_object(&format!("{message}.{signature}")).await;
        assert_eq!(answer.error(), (400, "invalid_request_object".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-matching-key-in-authorization-request
#[tokio::test]
async fn a_request_signed_with_the_key_of_another_client_is_refused() {
    each_database(async |app| {
        let bank = stage(&app).await;
        let other = Bank::new(&app, "two", Algorithm::EdDSA, true).await;
        let answer = bank.push_object(&other.sign(&bank.claims(&bank.asked(&[])))).await;
        assert_eq!(answer.error(), (400, "invalid_request_object".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails
#[tokio::test]
async fn a_request_that_is_pushed_in_plain_parameters_is_refused() {
    each_database(async |app| {
        let bank = stage(&app).await;
        assert_eq!(bank.party.push(&[]).await.error(), (400, "invalid_request".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-par-authorization-request-containing-request_uri
#[tokio::test]
async fn a_request_object_holds_no_request_uri() {
    is_refused(|claims| claims["request_uri"] = json!("urn:example:request")).await;
}
