//! What is refused of assertions of people (RFC 7523 2.1).

use keystead::domain::{Algorithm, Cause, Client, GrantType, NamedBy, TrustedIssuer};
use serde_json::{Value, json};

use super::newest;
use crate::harness::{Party, each_database, signer};

#[tokio::test]
async fn an_assertion_that_is_not_taken_is_told_with_the_reason() {
    each_database(async |app| {
        app.user("alice").await;
        let (own, foreign) = (signer::keys(Algorithm::ES256), signer::keys(Algorithm::ES256));
        let issuer = TrustedIssuer {
            issuer: "https://hr.example.com".to_owned(),
            jwks: Some(signer::set(&[&own])),
            jwks_uri: None,
            claim: "sub".to_owned(),
            names: NamedBy::Username,
        };
        let change = |client: &mut Client| {
            client.settings.grant_types = vec![GrantType::JwtBearer];
            client.settings.trusted_issuers = vec![issuer];
        };
        let party = Party::new(&app.app, &app.client_with("agent", change).await).await;
        let now = app.clock.now().0;
        let good = json!({ "iss": "https://hr.example.com", "sub": "alice", "exp": now + 300,
                           "aud": "https://id.example.com" });
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        for (keys, claims, cause) in [
            (&own, with("iss", json!("https://other.example")), Cause::AssertionIssuer),
            (&foreign, good.clone(), Cause::AssertionKey),
            (&own, with("aud", json!("https://other.example")), Cause::AssertionClaims),
            (&own, with("exp", json!(now - 100)), Cause::AssertionTime),
            (&own, with("sub", json!("nobody")), Cause::AssertionPerson),
            (&own, good.clone(), Cause::ServerError),
            (&own, good.clone(), Cause::AssertionReplayed),
        ] {
            app.wait(1);
            let token = keys.signer.sign("JWT", &claims).unwrap();
            let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
            let form = [("grant_type", grant), ("assertion", token.as_str())];
            let answer = party.call("token_endpoint", &form).await;
            if cause == Cause::ServerError {
                assert_eq!(answer.status, 200, "the good one: {}", answer.body);
                continue;
            }
            let trouble = newest(&app).await;
            assert_eq!(trouble.cause, cause, "{claims}");
        }
    })
    .await;
}
