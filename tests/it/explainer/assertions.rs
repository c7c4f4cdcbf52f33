//! What is refused of client assertions, and what an administrator reads of it.

use keystead::domain::{Algorithm, AuthMethod, Cause, ClientAlgs};
use keystead::jose::{NewKey, Signer};
use serde_json::{Map, Value, json};

use super::{compared, newest};
use crate::harness::{TestApp, each_database, http};

fn key() -> (Signer, Value) {
    let key = NewKey::generate(Algorithm::ES256).unwrap();
    let public = json!({ "keys": [key.public] });
    (Signer::parse(key.kid, Algorithm::ES256, &key.private).unwrap(), public)
}

async fn send(app: &TestApp, assertion: &str) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "web"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    http::post(&app.app, "/oauth2/token", &form).await;
}

fn claims(app: &TestApp, jti: &str) -> Map<String, Value> {
    let now = app.clock.now().0;
    let claims = json!({
        "iss": "web", "sub": "web", "aud": "https://id.example.com", "jti": jti, "exp": now + 60,
    });
    claims.as_object().unwrap().clone()
}

#[tokio::test]
async fn each_refusal_of_an_assertion_is_told_with_its_cause() {
    each_database(async |app| {
        let (signer, public) = key();
        let (stranger, _) = key();
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.settings.jwks = public.as_object().cloned();
        })
        .await;
        send(&app, "no.jwt").await;
        assert_eq!(newest(&app).await.cause, Cause::ClientAssertionMalformed);
        for (signer, name, value, cause, told) in [
            (&stranger, "jti", json!("a"), Cause::ClientAssertionKey, ""),
            (&signer, "iss", json!("wiki"), Cause::ClientAssertionClaims, "iss: wiki / web"),
            (
                &signer,
                "aud",
                json!("https://old.example"),
                Cause::ClientAssertionAudience,
                "aud: https://old.example / https://id.example.com",
            ),
        ] {
            app.wait(1);
            let mut claims = claims(&app, "x");
            claims[name] = value;
            send(&app, &signer.sign("JWT", &claims).unwrap()).await;
            let trouble = newest(&app).await;
            assert_eq!((trouble.cause, compared(&trouble).as_str()), (cause, told));
        }
        app.wait(1);
        let mut late = claims(&app, "late");
        late["exp"] = json!(app.clock.now().0 - 300);
        send(&app, &signer.sign("JWT", &late).unwrap()).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ClientAssertionTime);
        assert!(trouble.fix.contains("NTP"), "{}", trouble.fix);
        app.wait(1);
        let good = signer.sign("JWT", &claims(&app, "good")).unwrap();
        send(&app, &good).await;
        app.wait(1);
        send(&app, &good).await;
        assert_eq!(newest(&app).await.cause, Cause::ClientAssertionReplayed);
    })
    .await;
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_told_with_the_address() {
    each_database(async |app| {
        let (signer, _) = key();
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.settings.jwks_uri = Some("https://10.0.0.1/jwks".to_owned());
        })
        .await;
        send(&app, &signer.sign("JWT", &claims(&app, "a")).unwrap()).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ClientKeysUnreachable);
        assert!(trouble.fix.contains("outbound.allowed_networks"), "{}", trouble.fix);
    })
    .await;
}

#[tokio::test]
async fn whoever_sends_a_secret_plants_no_offer_to_do_without_signatures() {
    each_database(async |app| {
        let (_, public) = key();
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.settings.jwks = public.as_object().cloned();
        })
        .await;
        let form =
            [("grant_type", "client_credentials"), ("client_id", "web"), ("client_secret", "x")];
        http::post(&app.app, "/oauth2/token", &form).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ClientAuthMethod);
        let offers: Vec<&str> = trouble.offers.iter().map(|offer| offer.command.as_str()).collect();
        assert!(offers.iter().all(|command| !command.contains("auth-method")), "{offers:?}");
    })
    .await;
}

#[tokio::test]
async fn an_algorithm_that_fapi_leaves_out_is_told_with_the_switch() {
    each_database(async |app| {
        let key = NewKey::generate(Algorithm::RS256).unwrap();
        let public = json!({ "keys": [key.public] });
        let signer = Signer::parse(key.kid, Algorithm::RS256, &key.private).unwrap();
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.settings.client_algs = ClientAlgs::Fapi;
            client.settings.jwks = public.as_object().cloned();
        })
        .await;
        send(&app, &signer.sign("JWT", &claims(&app, "a")).unwrap()).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ClientAlgorithmRefused);
        assert!(trouble.fix.contains("--client-algs any"), "{}", trouble.fix);
    })
    .await;
}
