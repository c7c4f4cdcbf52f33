//! Two names for one way to sign: `EdDSA` (RFC 8037) and `Ed25519` (RFC 9864 2.2), from clients.

use keystead::app::AppState;
use keystead::domain::{Algorithm, AuthMethod, Client, Dpop};
use serde_json::{Map, Value, json};

use crate::harness::http::{self, Answer};
use crate::harness::prover::{Draft, Prover, ath};
use crate::harness::{Browser, Party, Scene, TestApp, each_database};

const NAMES: [&str; 2] = ["EdDSA", "Ed25519"];
/// What is no name of it, or names what the key cannot do.
const OTHERS: [&str; 4] = ["Ed448", "ed25519", "ES256", "none"];

/// The key of a client, with or without a name for its algorithm.
fn set(key: &Prover, alg: Option<&str>) -> Map<String, Value> {
    let mut jwk = key.jwk.clone();
    if let Some(alg) = alg {
        jwk["alg"] = json!(alg);
    }
    Map::from_iter([("keys".to_owned(), json!([jwk]))])
}

fn signed(key: &Prover, alg: &str, claims: Value) -> String {
    key.sign(&Draft { header: json!({ "alg": alg }), claims })
}

#[tokio::test]
async fn a_proof_of_possession_calls_it_either() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, |client| client.settings.dpop = Dpop::Required).await;
        let key = Prover::with(Algorithm::EdDSA);
        for name in NAMES {
            let named = |draft: &mut Draft| draft.header["alg"] = json!(name);
            let url = scene.party.metadata["token_endpoint"].as_str().unwrap().to_owned();
            let code = scene.code().await;
            let proof = key.proof(&app, ("POST", &url), named);
            let answer = scene.party.exchange_with(&code, &proof).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            let token = answer.json()["access_token"].as_str().unwrap().to_owned();
            let url = scene.party.metadata["userinfo_endpoint"].as_str().unwrap().to_owned();
            let proof = |name: &str| {
                key.proof(&app, ("GET", &url), |draft| {
                    draft.header["alg"] = json!(name);
                    draft.claims["ath"] = json!(ath(&token));
                })
            };
            let answer = scene.party.userinfo_with(("DPoP", &token), &proof(name)).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            for other in OTHERS {
                let answer = scene.party.userinfo_with(("DPoP", &token), &proof(other)).await;
                assert_eq!(answer.error(), (401, "invalid_dpop_proof".to_owned()), "{other}");
            }
        }
    })
    .await;
}

/// Sends an assertion with a code that there is not: `invalid_grant` says that the client was taken.
async fn present(app: &AppState, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    http::post(app, "/oauth2/token", &form).await
}

#[tokio::test]
async fn an_assertion_calls_it_either_whatever_its_key_says() {
    each_database(async |app| {
        for (n, kept) in [None, Some("EdDSA"), Some("Ed25519")].into_iter().enumerate() {
            let key = Prover::with(Algorithm::EdDSA);
            let id = format!("web{n}");
            app.client_with(&id, |client| {
                client.settings.auth_method = Some(AuthMethod::PrivateKeyJwt);
                client.settings.jwks = Some(set(&key, kept));
            })
            .await;
            let claims = |jti: &str| {
                let now = app.clock.now().0;
                json!({
                    "iss": id, "sub": id, "aud": "https://id.example.com", "jti": jti,
                    "iat": now, "exp": now + 60,
                })
            };
            for name in NAMES {
                let answer = present(&app.app, &signed(&key, name, claims(name))).await;
                assert_eq!(answer.error(), (400, "invalid_grant".to_owned()), "{kept:?} {name}");
            }
            for other in OTHERS {
                let answer = present(&app.app, &signed(&key, other, claims(other))).await;
                assert_eq!(answer.error(), (401, "invalid_client".to_owned()), "{kept:?} {other}");
            }
            // What must be understood to be believed, we do not understand (RFC 7515 4.1.11).
            let header = json!({ "alg": "EdDSA", "crit": ["b64"], "b64": true });
            let critical = key.sign(&Draft { header, claims: claims("critical") });
            let answer = present(&app.app, &critical).await;
            assert_eq!(answer.error(), (401, "invalid_client".to_owned()));
        }
    })
    .await;
}

async fn asking(app: &TestApp, key: &Prover) -> Party {
    app.user("alice").await;
    let change = |client: &mut Client| client.settings.jwks = Some(set(key, None));
    Party::new(&app.app, &app.client_with("web", change).await).await
}

#[tokio::test]
async fn a_request_object_calls_it_either() {
    each_database(async |app| {
        let key = Prover::with(Algorithm::EdDSA);
        let party = asking(&app, &key).await;
        let claims = json!({
            "iss": "web", "aud": "https://id.example.com", "client_id": "web",
            "redirect_uri": party.redirect_uri, "response_type": "code", "scope": "openid",
            "state": "inside", "code_challenge_method": "S256",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        });
        for name in NAMES {
            let url = party.ask(&[("request", &signed(&key, name, claims.clone()))]);
            let answer = Browser::new(&app.app).authorize(&url, "alice").await;
            assert_eq!(answer.param("state").as_deref(), Some("inside"), "{}", answer.location());
            assert!(answer.param("code").is_some(), "{}", answer.location());
        }
        let url = party.ask(&[("request", &signed(&key, "Ed448", claims))]);
        let answer = http::get(&app.app, &url).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request_object"));
    })
    .await;
}

#[tokio::test]
async fn both_names_are_announced_for_clients_and_one_for_us() {
    each_database(async |app| {
        let key = Prover::with(Algorithm::EdDSA);
        let document = asking(&app, &key).await.metadata;
        let lists =
            |name: &str, alg: &str| document[name].as_array().unwrap().iter().any(|one| one == alg);
        for name in [
            "dpop_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "request_object_signing_alg_values_supported",
        ] {
            assert!(NAMES.iter().all(|alg| lists(name, alg)), "{name}");
        }
        let name = "id_token_signing_alg_values_supported";
        assert!(lists(name, "EdDSA") && !lists(name, "Ed25519"));
    })
    .await;
}
