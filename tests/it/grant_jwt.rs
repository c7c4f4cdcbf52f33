//! Tokens for assertions of people (RFC 7523 2.1).

use std::sync::{Arc, Mutex};

use keystead::app::AppState;
use keystead::domain::{Algorithm, Client, ExternalId, GrantType, NamedBy, TrustedIssuer};
use keystead::store::external_ids;
use serde_json::{Value, json};

use crate::harness::http::{self, Answer};
use crate::harness::signer::{Keys, keys, serve, set};
use crate::harness::{Party, TestApp, each_database};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const HR: &str = "https://hr.example.com";

fn trusted(keys: &Keys) -> TrustedIssuer {
    TrustedIssuer {
        issuer: HR.to_owned(),
        jwks: Some(set(&[keys])),
        jwks_uri: None,
        claim: "sub".to_owned(),
        names: NamedBy::Username,
    }
}

/// The client `agent`, which trusts one issuer.
async fn agent(app: &TestApp, issuer: TrustedIssuer) -> Party {
    app.user("alice").await;
    let change = |client: &mut Client| {
        client.settings.grant_types = vec![GrantType::JwtBearer];
        client.settings.trusted_issuers = vec![issuer];
    };
    Party::new(&app.app, &app.client_with("agent", change).await).await
}

/// An assertion of alice that is good for five minutes, with these claims changed.
fn assertion(app: &AppState, keys: &Keys, change: &Value) -> String {
    let now = app.clock.now().0;
    let mut claims = json!({ "iss": HR, "sub": "alice", "aud": "https://id.example.com",
                             "iat": now, "exp": now + 300, "jti": "1" });
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    keys.signer.sign("JWT", &claims).unwrap()
}

async fn bring(party: &Party, assertion: &str, scope: &str) -> Answer {
    let form = [("grant_type", GRANT), ("assertion", assertion), ("scope", scope)];
    party.call("token_endpoint", &form).await
}

#[tokio::test]
async fn a_client_gets_tokens_for_a_person_whom_it_has_an_assertion_of() {
    each_database(async |app| {
        let own = keys(Algorithm::ES256);
        let party = agent(&app, trusted(&own)).await;
        let good = assertion(&app.app, &own, &json!({}));
        let answer = bring(&party, &good, "openid profile offline_access").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        let tokens = answer.json();
        assert_eq!(tokens["scope"], "openid profile");
        assert!(tokens.get("refresh_token").is_none(), "{tokens}");
        let claims = party.verify(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("0"), &json!(["jwt-bearer"])));
        let told = party.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!(told["preferred_username"], "alice");
    })
    .await;
}

#[tokio::test]
async fn an_assertion_is_used_once_on_any_number_of_nodes() {
    each_database(async |app| {
        let own = keys(Algorithm::ES256);
        let party = agent(&app, trusted(&own)).await;
        let other = app.another_node().await;
        let good = assertion(&app.app, &own, &json!({}));
        let unnamed = assertion(&app.app, &own, &json!({ "jti": null, "n": 2 }));
        for token in [good, unnamed] {
            let form = [("grant_type", GRANT), ("assertion", token.as_str())];
            let headers = party.basic();
            let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let racers = (0..50).map(|n| {
                let node = if n % 2 == 0 { &app.app } else { &other };
                http::post_with(node, "/oauth2/token", &form, &headers)
            });
            let answers = futures_util::future::join_all(racers).await;
            let won = answers.iter().filter(|answer| answer.status == 200).count();
            let lost = |answer: &&Answer| answer.error() == (400, "invalid_grant".to_owned());
            assert_eq!((won, answers.iter().filter(lost).count()), (1, 49));
        }
        other.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_assertion_of_somebody_else_or_out_of_time_is_refused() {
    each_database(async |app| {
        let (own, foreign) = (keys(Algorithm::ES256), keys(Algorithm::ES256));
        let party = agent(&app, trusted(&own)).await;
        let now = app.clock.now().0;
        let sign = |keys: &Keys, change: Value| assertion(&app.app, keys, &change);
        for token in [
            sign(&foreign, json!({})),
            sign(&own, json!({ "iss": "https://other.example" })),
            sign(&own, json!({ "aud": "https://other.example" })),
            sign(&own, json!({ "sub": "nobody" })),
            sign(&own, json!({ "sub": null })),
            sign(&own, json!({ "exp": now - 31 })),
            sign(&own, json!({ "exp": now + 4000 })),
            sign(&own, json!({ "nbf": now + 60 })),
            "x".to_owned(),
            "e30.e30.e30".to_owned(),
        ] {
            let answer = bring(&party, &token, "openid").await;
            assert_eq!(answer.error(), (400, "invalid_grant".to_owned()), "{token}");
        }
        let none = party.call("token_endpoint", &[("grant_type", GRANT)]).await;
        assert_eq!(none.error(), (400, "invalid_request".to_owned()));
        let web = Party::new(&app.app, &app.client("web").await).await;
        let answer = bring(&web, &sign(&own, json!({})), "openid").await;
        assert_eq!(answer.error(), (400, "unauthorized_client".to_owned()));
        assert_eq!(bring(&party, &sign(&own, json!({})), "openid").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_named_by_the_claim_and_the_source_that_are_set() {
    each_database(async |app| {
        let own = keys(Algorithm::RS256);
        let issuer = TrustedIssuer {
            claim: "employee".to_owned(),
            names: NamedBy::External("hr".to_owned()),
            ..trusted(&own)
        };
        let party = agent(&app, issuer).await;
        let bob = app.user("bob").await;
        let id = ExternalId {
            source: "hr".to_owned(),
            value: "4711".to_owned(),
            user_id: bob.id.clone(),
        };
        app.write(async |tx| external_ids::insert(tx, &id).await).await;
        let token = assertion(&app.app, &own, &json!({ "employee": "4711" }));
        let tokens = bring(&party, &token, "openid profile").await.json();
        let told = party.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!(told["preferred_username"], "bob");
        let by_name = assertion(&app.app, &own, &json!({ "employee": "alice", "jti": "2" }));
        assert_eq!(bring(&party, &by_name, "openid").await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn keys_of_an_issuer_are_fetched_where_it_publishes_them() {
    each_database(async |app| {
        let own = keys(Algorithm::ES256);
        let published = Arc::new(Mutex::new(json!(set(&[&own])).to_string()));
        let issuer =
            TrustedIssuer { jwks: None, jwks_uri: Some(serve(&published).await), ..trusted(&own) };
        let registered = agent(&app, issuer).await;
        let allowed = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];
        let node = app.another_node_with(&allowed).await;
        let party = Party { app: node.clone(), ..registered };
        let token = assertion(&node, &own, &json!({}));
        assert_eq!(bring(&party, &token, "openid").await.status, 200);
        node.db.close().await;
    })
    .await;
}
