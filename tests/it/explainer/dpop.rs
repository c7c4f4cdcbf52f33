//! What is refused of proofs of possession, and what an administrator reads of it.

use keystead::domain::{Cause, Dpop};
use keystead::explain::explanation;
use serde_json::json;

use super::{all, compared, newest};
use crate::harness::prover::{Prover, ath};
use crate::harness::{Scene, TestApp, each_database};

async fn scene(app: &TestApp, dpop: Dpop) -> Scene {
    Scene::with(app, |client| client.settings.dpop = dpop).await
}

#[tokio::test]
async fn each_refusal_of_a_proof_is_told_on_the_flow_of_the_code() {
    each_database(async |app| {
        let mut scene = scene(&app, Dpop::Required).await;
        let prover = Prover::new();
        let code = scene.code().await;
        scene.party.exchange(&code).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DpopProofMissing);
        assert!(trouble.fix.contains("--dpop optional"), "{}", trouble.fix);
        let place = ("POST", "https://id.example.com/oauth2/token");
        app.wait(1);
        let code = scene.code().await;
        let elsewhere = prover.proof(&app, ("POST", "http://10.0.0.7/oauth2/token"), |_| {});
        scene.party.exchange_with(&code, &elsewhere).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DpopProofInvalid);
        assert!(compared(&trouble).starts_with("htu: http://10.0.0.7/oauth2/token / https://id"));
        assert!(trouble.fix.contains("public_url"), "{}", trouble.fix);
        app.wait(1);
        let code = scene.code().await;
        let late = prover.proof(&app, place, |draft| {
            draft.claims["iat"] = json!(app.clock.now().0 - 3600);
        });
        scene.party.exchange_with(&code, &late).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DpopProofTime);
        assert!(trouble.fix.contains("NTP"), "{}", trouble.fix);
        app.wait(1);
        let good = prover.for_token(&scene.party);
        let code = scene.code().await;
        assert_eq!(scene.party.exchange_with(&code, &good).await.status, 200);
        app.wait(1);
        let code = scene.code().await;
        scene.party.exchange_with(&code, &good).await;
        assert_eq!(newest(&app).await.cause, Cause::DpopProofReplayed);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_comes_with_another_key_is_told() {
    each_database(async |app| {
        let mut scene = scene(&app, Dpop::Optional).await;
        let prover = Prover::new();
        let code = scene.code_for(&[("dpop_jkt", &prover.jkt)]).await;
        scene.party.exchange_with(&code, &Prover::new().for_token(&scene.party)).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::DpopKeyMismatch);
        assert!(trouble.meaning.contains("bound to a key"), "{}", trouble.meaning);
    })
    .await;
}

#[tokio::test]
async fn a_stolen_token_is_told_on_the_flow_it_came_from() {
    each_database(async |app| {
        let mut scene = scene(&app, Dpop::Required).await;
        let prover = Prover::new();
        let code = scene.code().await;
        let tokens = scene.party.exchange_with(&code, &prover.for_token(&scene.party)).await.json();
        let token = tokens["access_token"].as_str().unwrap();
        scene.party.userinfo(token).await;
        assert_eq!(newest(&app).await.cause, Cause::DpopProofMissing);
    })
    .await;
}

#[tokio::test]
async fn asking_for_our_nonce_is_no_failure() {
    each_database(async |app| {
        let mut scene = scene(&app, Dpop::Nonce).await;
        let prover = Prover::new();
        let code = scene.code().await;
        let asked = scene.party.exchange_with(&code, &prover.for_token(&scene.party)).await;
        assert_eq!(asked.error().1, "use_dpop_nonce");
        assert!(all(&app).await.iter().all(|flow| flow.cause.is_none()));
        let words = explanation(Cause::DpopNonce);
        assert!(words.fix.contains("--dpop required"), "{}", words.fix);
        // Nor is the next request with it.
        let nonce = asked.header("dpop-nonce").to_owned();
        let url = scene.party.metadata["token_endpoint"].as_str().unwrap().to_owned();
        let proof = prover.proof(&app, ("POST", &url), |draft| {
            draft.claims["nonce"] = json!(nonce);
            draft.claims["ath"] = json!(ath("nothing"));
        });
        assert_eq!(scene.party.exchange_with(&code, &proof).await.status, 200);
        assert!(all(&app).await.iter().all(|flow| flow.cause.is_none()));
    })
    .await;
}
