//! Signed requests in the back channel (CIBA Core 7.1.1), with the rows of the FAPI-CIBA plan.

use keystead::domain::{Algorithm, AuthMethod, Client, SignedRequests};
use serde_json::{Map, Value, json};

use crate::grant_ciba_requests::refusal;
use crate::harness::ciba::{at_till, till};
use crate::harness::signer::{Keys, keys, set};
use crate::harness::{Party, TestApp, each_database, http};

async fn signing(app: &TestApp, keys: &Keys, change: impl FnOnce(&mut Client)) -> Party {
    app.user("alice").await;
    let registered = app.client_with("till", |client| {
        till(client);
        client.settings.jwks = Some(set(&[keys]));
        client.settings.signed_requests = SignedRequests::Required;
        change(client);
    });
    Party::new(&app.app, &registered.await).await
}

/// What a signed request usually says.
fn claims(app: &TestApp, jti: &str) -> Map<String, Value> {
    let now = app.clock.now().0;
    let claims = json!({
        "iss": "till", "aud": "https://id.example.com", "iat": now, "nbf": now, "exp": now + 300,
        "jti": jti, "scope": "openid", "login_hint": "alice", "binding_message": "1234",
        "requested_expiry": 60,
    });
    claims.as_object().unwrap().clone()
}

async fn send(party: &Party, keys: &Keys, claims: &Map<String, Value>) -> http::Answer {
    let token = keys.signer.sign("JWT", claims).unwrap();
    party.ask_with(&[("request", &token)]).await
}

#[tokio::test]
async fn a_request_may_be_signed_and_its_expiry_is_a_number_or_a_text() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        let party = signing(&app, &keys, |_| {}).await;
        let mut claims = claims(&app, "a");
        assert_eq!(send(&party, &keys, &claims).await.json()["expires_in"], 60);
        (claims["jti"], claims["requested_expiry"]) = (json!("b"), json!("90"));
        claims["aud"] = json!(["https://id.example.com/oauth2/openid/till"]);
        let asked = send(&party, &keys, &claims).await.json();
        assert_eq!(asked["expires_in"], 90);
        let mut browser = crate::harness::Browser::new(&app.app);
        browser.sign_in("alice").await;
        browser.approve("allow").await;
        assert_eq!(party.poll_for(&asked).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_signed_request_is_the_clients_in_time_and_once() {
    each_database(async |app| {
        let (own, other) = (keys(Algorithm::PS256), keys(Algorithm::PS256));
        let party = signing(&app, &own, |_| {}).await;
        let now = app.clock.now().0;
        let plain = [("scope", "openid"), ("login_hint", "alice")];
        assert_eq!(party.ask_with(&plain).await.error(), refusal(400, "invalid_request"));
        for (n, (name, value)) in [
            ("iss", json!("kiosk")),
            ("aud", json!("https://other.example")),
            ("exp", json!(now - 31)),
            ("exp", json!(now + 3631)),
            ("nbf", json!(now - 3631)),
            ("nbf", json!(now + 31)),
            ("jti", json!("")),
            ("jti", json!("x".repeat(300))),
            ("iat", json!("now")),
            ("sub", json!("till")),
            ("request", json!("x")),
            ("login_hint_token", json!("x")),
        ]
        .into_iter()
        .enumerate()
        {
            let mut claims = claims(&app, &format!("changed-{n}"));
            claims.insert(name.to_owned(), value.clone());
            let answer = send(&party, &own, &claims).await;
            assert_eq!(answer.error(), refusal(400, "invalid_request"), "{name} {value}");
        }
        for name in ["iss", "aud", "exp", "iat", "nbf", "jti"] {
            let mut claims = claims(&app, &format!("without-{name}"));
            claims.remove(name);
            let answer = send(&party, &own, &claims).await;
            assert_eq!(answer.error(), refusal(400, "invalid_request"), "without {name}");
        }
        let claims = claims(&app, "a");
        assert_eq!(send(&party, &other, &claims).await.error(), refusal(400, "invalid_request"));
        let token = own.signer.sign("JWT", &claims).unwrap();
        for beside in [("login_hint", "alice"), ("scope", "openid"), ("binding_message", "1")] {
            let answer = party.ask_with(&[("request", &token), beside]).await;
            assert_eq!(answer.error(), refusal(400, "invalid_request"), "{beside:?}");
        }
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        let answer = party.ask_with(&[("request", &unsigned)]).await;
        assert_eq!(answer.error(), refusal(400, "invalid_request"));
        assert_eq!(send(&party, &own, &claims).await.status, 200);
        assert_eq!(send(&party, &own, &claims).await.error(), refusal(400, "invalid_request"));
        let node = app.another_node().await;
        let there = Party { app: node.clone(), ..party };
        assert_eq!(send(&there, &own, &claims).await.error(), refusal(400, "invalid_request"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_without_keys_cannot_sign() {
    each_database(async |app| {
        let party = at_till(&app).await;
        app.user("alice").await;
        let answer = send(&party, &keys(Algorithm::ES256), &claims(&app, "a")).await;
        assert_eq!(answer.error(), refusal(400, "invalid_request"));
    })
    .await;
}

#[tokio::test]
async fn a_client_may_prove_itself_with_a_key_for_this_endpoint() {
    each_database(async |app| {
        let keys = keys(Algorithm::ES256);
        let party = signing(&app, &keys, |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
        });
        let party = Party { secret: None, ..party.await };
        let now = app.clock.now().0;
        for (n, audience) in [
            party.metadata["issuer"].clone(),
            party.metadata["token_endpoint"].clone(),
            party.metadata["backchannel_authentication_endpoint"].clone(),
        ]
        .into_iter()
        .enumerate()
        {
            let proof = json!({ "iss": "till", "sub": "till", "aud": audience, "exp": now + 60,
                                "jti": format!("proof-{n}") });
            let proof = keys.signer.sign("JWT", proof.as_object().unwrap()).unwrap();
            let request = keys.signer.sign("JWT", &claims(&app, &format!("{n}"))).unwrap();
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let form = [
                ("client_assertion_type", kind),
                ("client_assertion", proof.as_str()),
                ("request", request.as_str()),
            ];
            let answer = party.ask_with(&form).await;
            assert_eq!(answer.status, 200, "{audience} {}", answer.body);
        }
    })
    .await;
}
