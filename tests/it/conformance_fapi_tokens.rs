//! The OpenID Foundation's FAPI 2.0 plans, security profile and message signing: codes and tokens. Each
//! story names its module, and is told with plain and with signed messages.

use crate::harness::VERIFIER;
use crate::harness::bank::{Bank, each_pair};
use crate::harness::http::{self, Answer};
use crate::harness::signer::asserted;

fn grant(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

/// Redeems a code with a proof, and with this in place of the verifier.
async fn redeem_with(bank: &Bank, code: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", bank.party.redirect_uri.as_str()),
    ];
    form.extend(more.iter().copied());
    let proof = bank.prover.for_token(&bank.party);
    bank.party.call_with("token_endpoint", &form, &[("dpop", &proof)]).await
}

/// fapi2-security-profile-final-ensure-pkce-code-verifier-required
#[tokio::test]
async fn a_code_without_its_verifier_is_invalid_grant() {
    each_pair(async |_, mut one, _| {
        let code = one.code(&[]).await;
        assert_eq!(redeem_with(&one, &code, &[]).await.error(), grant("invalid_grant"));
    })
    .await;
}

/// fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected
#[tokio::test]
async fn a_code_with_another_verifier_is_invalid_grant() {
    each_pair(async |_, mut one, _| {
        let code = one.code(&[]).await;
        let other = [("code_verifier", "another-verifier-that-is-long-enough-to-be-one")];
        assert_eq!(redeem_with(&one, &code, &other).await.error(), grant("invalid_grant"));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-client-id-in-token-endpoint
#[tokio::test]
async fn a_client_that_calls_itself_another_is_invalid_client() {
    each_pair(async |app, mut one, two| {
        let code = one.code(&[]).await;
        // The other's name and the own key.
        let assertion = one.keys().assertion(&two.party, |_| ());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", one.party.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
            ("client_id", two.party.id.as_str()),
        ];
        form.extend(asserted(&assertion));
        let proof = one.prover.for_token(&one.party);
        let path = one.party.path("token_endpoint");
        let answer = http::post_with(&app.app, &path, &form, &[("dpop", &proof)]).await;
        assert_eq!(answer.error(), (401, "invalid_client".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client
#[tokio::test]
async fn a_code_of_another_client_is_invalid_grant() {
    each_pair(async |_, mut one, mut two| {
        let code = one.code(&[]).await;
        two.party.redirect_uri.clone_from(&one.party.redirect_uri);
        assert_eq!(two.redeem(&code).await.error(), grant("invalid_grant"));
    })
    .await;
}

/// fapi2-security-profile-final-ensure-holder-of-key-required
#[tokio::test]
async fn a_code_without_a_proof_of_a_key_is_invalid_request() {
    each_pair(async |_, mut one, _| {
        let code = one.code(&[]).await;
        let bare = one.party.exchange(&code).await;
        assert_eq!(bare.header("content-type"), "application/json");
        // What is asked for is missing, not wrong: RFC 9449 5 has `invalid_dpop_proof` for the latter.
        assert_eq!(bare.error(), grant("invalid_request"));
        assert_eq!(one.redeem(&code).await.status, 200, "and it is not used up");
    })
    .await;
}

/// fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second
#[tokio::test]
async fn a_code_used_again_after_a_second_is_invalid_grant_and_its_token_is_dead() {
    each_pair(async |app, mut one, _| {
        let code = one.code(&[]).await;
        let tokens = one.redeem(&code).await.json();
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(one.read(token).await.status, 200);
        app.wait(1);
        assert_eq!(one.redeem(&code).await.error(), grant("invalid_grant"));
        assert_eq!(one.read(token).await.status, 401);
    })
    .await;
}

/// fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code
#[tokio::test]
async fn a_code_is_invalid_grant_after_62_seconds() {
    each_pair(async |app, mut one, _| {
        let code = one.code(&[]).await;
        app.wait(62);
        assert_eq!(one.redeem(&code).await.error(), grant("invalid_grant"));
    })
    .await;
}

/// fapi2-security-profile-final-access-token-type-header-case-sensitivity
#[tokio::test]
async fn the_scheme_of_a_token_is_read_in_any_case() {
    each_pair(async |_, mut one, _| {
        let tokens = one.tokens(&[]).await;
        let token = tokens["access_token"].as_str().unwrap();
        for scheme in ["DPoP", "dpop", "DPOP", "dPoP"] {
            let proof = one.prover.for_userinfo(&one.party, token);
            let answer = one.party.userinfo_with((scheme, token), &proof).await;
            assert_eq!(answer.status, 200, "{scheme}: {}", answer.body);
        }
    })
    .await;
}

/// fapi2-security-profile-final-refresh-token
#[tokio::test]
async fn a_refresh_token_needs_its_client_and_a_proof_and_stays_the_same() {
    each_pair(async |app, mut one, mut two| {
        let offline = [("scope", "openid offline_access"), ("prompt", "consent")];
        let mine = one.tokens(&offline).await;
        let theirs = two.tokens(&offline).await;
        let first = mine["refresh_token"].as_str().unwrap();
        assert!(http::entropy(first) > 128.0);
        app.wait(1);
        let answer = one.refresh(first).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        let second = answer.json();
        assert_eq!(second["token_type"], "DPoP");
        assert!(second.get("refresh_token").is_none_or(|token| token == first), "no rotation");
        let old = one.party.verify(mine["id_token"].as_str().unwrap()).await;
        let new = one.party.verify(second["id_token"].as_str().unwrap()).await;
        for name in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(old[name], new[name], "{name}");
        }
        assert_ne!(old["iat"], new["iat"]);
        assert_eq!(one.read(second["access_token"].as_str().unwrap()).await.status, 200);
        app.wait(30);
        assert_eq!(one.refresh(first).await.status, 200, "an answer may get lost");
        let bare = one.party.refresh(first).await;
        assert_eq!(bare.error(), grant("invalid_request"));
        let stolen = one.refresh(theirs["refresh_token"].as_str().unwrap()).await;
        assert_eq!(stolen.error(), grant("invalid_grant"));
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", first),
            ("client_id", one.party.id.as_str()),
        ];
        let proof = one.prover.for_token(&one.party);
        let path = one.party.path("token_endpoint");
        let nobody = http::post_with(&app.app, &path, &form, &[("dpop", &proof)]).await;
        assert_eq!(nobody.error(), (401, "invalid_client".to_owned()));
        let grants = one.party.metadata["grant_types_supported"].to_string();
        assert!(grants.contains("refresh_token"));
    })
    .await;
}
