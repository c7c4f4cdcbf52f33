//! What clients are told, signed and encrypted as they want it: userinfo (OpenID Connect Core 5.3.2),
//! ID tokens (10.2), and introspection as a token (RFC 9701).

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use keystead::directory::{DirectoryError, Force, clients};
use keystead::domain::{
    AccessTokenFormat, Actor, Algorithm, Client, ContentEncryption, KeyManagement, ResponseType,
};
use keystead::jose::{NewKey, Opener};
use serde_json::{Map, Value, json};

use crate::harness::http::Answer;
use crate::harness::steps::header_of;
use crate::harness::{Browser, Party, TestApp, Tokens, each_database, http, signer};

/// A key pair of a client to encrypt to.
fn pair(kind: Algorithm, kid: &str) -> (Opener, Value) {
    let key = NewKey::generate(kind).unwrap();
    let mut public = Value::Object(key.public);
    (public["use"], public["kid"]) = (json!("enc"), json!(kid));
    public.as_object_mut().unwrap().remove("alg");
    (Opener::parse(&key.private).unwrap(), public)
}

fn set(keys: &[&Value]) -> Option<Map<String, Value>> {
    json!({ "keys": keys }).as_object().cloned()
}

async fn party(app: &TestApp, id: &str, change: impl FnOnce(&mut Client)) -> Party {
    let registered = app.client_with(id, change).await;
    let path = format!("/oauth2/openid/{id}/.well-known/openid-configuration");
    Party::at(&app.app, &registered, &path).await
}

async fn tokens(party: &Party) -> Tokens {
    party.sign_in(&mut Browser::new(&party.app), "alice", &[]).await
}

/// The claims of a token that a published key signed.
async fn verified(party: &Party, token: &str) -> Map<String, Value> {
    let jwks = http::get(&party.app, &party.path("jwks_uri")).await;
    let jwks: JwkSet = serde_json::from_str(&jwks.body).unwrap();
    let header = decode_header(token).unwrap();
    let jwk = jwks.find(header.kid.as_deref().unwrap()).expect("a published key");
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    decode(token, &DecodingKey::from_jwk(jwk).unwrap(), &validation).unwrap().claims
}

fn texts(party: &Party, name: &str) -> Value {
    party.metadata[name].clone()
}

#[tokio::test]
async fn userinfo_rs256_signed_userinfo_has_issuer_and_audience_and_no_nonce() {
    each_database(async |app| {
        app.user("alice").await;
        for alg in Algorithm::ALL {
            let id = format!("web-{}", alg.as_str().to_lowercase());
            let sign = |client: &mut Client| {
                client.settings.userinfo_signed_response_alg = Some(alg);
            };
            let party = party(&app, &id, sign).await;
            assert_eq!(texts(&party, "userinfo_signing_alg_values_supported"), json!([alg]));
            let tokens = tokens(&party).await;
            let answer = party.userinfo(tokens.get("access_token")).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwt"));
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(header_of(&answer.body)["alg"], alg.as_str());
            let claims = verified(&party, &answer.body).await;
            assert_eq!((&claims["iss"], &claims["aud"]), (&party.metadata["issuer"], &json!(id)));
            assert_eq!(claims["sub"], tokens.claims["sub"]);
            assert_eq!(claims["email"], "alice@example.com");
            assert!(!claims.contains_key("nonce") && !claims.contains_key("exp"));
        }
        let plain = party(&app, "plain", |_| ()).await;
        assert_eq!(texts(&plain, "userinfo_signing_alg_values_supported"), Value::Null);
        let answer = plain.userinfo(tokens(&plain).await.get("access_token")).await;
        assert_eq!(answer.header("content-type"), "application/json");
    })
    .await;
}

/// Decrypts what the token endpoint answered and verifies what was inside.
async fn opened(party: &Party, opener: &Opener, answer: &Answer) -> Map<String, Value> {
    let code = answer.param("code").unwrap_or_else(|| panic!("no code: {}", answer.location()));
    let tokens = party.exchange(&code).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let id_token = tokens.json()["id_token"].as_str().unwrap().to_owned();
    let inside = opener.open(&id_token).unwrap();
    assert_eq!(inside.header["cty"], "JWT");
    party.verify(&String::from_utf8(inside.plain).unwrap()).await
}

#[tokio::test]
async fn an_encrypted_id_token_is_a_signed_one_that_the_clients_key_opens() {
    each_database(async |app| {
        app.user("alice").await;
        let kinds = [
            (KeyManagement::RsaOaep256, Algorithm::RS256),
            (KeyManagement::EcdhEs, Algorithm::ES256),
            (KeyManagement::EcdhEsA128kw, Algorithm::ES384),
            (KeyManagement::EcdhEsA256kw, Algorithm::ES256),
        ];
        for (n, (alg, kind)) in kinds.into_iter().enumerate() {
            for enc in [None, Some(ContentEncryption::A256Gcm)] {
                let (opener, public) = pair(kind, "e1");
                let id = format!("web-{n}-{}", enc.is_some());
                let encrypt = |client: &mut Client| {
                    client.settings.jwks = set(&[&signer::keys(kind).public, &public]);
                    client.settings.id_token_encrypted_response_alg = Some(alg);
                    client.settings.id_token_encrypted_response_enc = enc;
                };
                let party = party(&app, &id, encrypt).await;
                let ways = texts(&party, "id_token_encryption_alg_values_supported");
                assert_eq!(ways, json!([alg]));
                let enc = enc.unwrap_or(ContentEncryption::A128CbcHs256);
                let contents = texts(&party, "id_token_encryption_enc_values_supported");
                assert_eq!(contents, json!([enc]));
                let answer = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await;
                let claims = opened(&party, &opener, &answer).await;
                assert_eq!(claims["nonce"], "n-1");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn encrypted_userinfo_is_signed_first_where_the_client_wants_both() {
    each_database(async |app| {
        app.user("alice").await;
        for sign in [None, Some(Algorithm::ES256)] {
            let (opener, public) = pair(Algorithm::ES256, "e1");
            let encrypt = |client: &mut Client| {
                client.settings.jwks = set(&[&public]);
                client.settings.userinfo_signed_response_alg = sign;
                client.settings.userinfo_encrypted_response_alg = Some(KeyManagement::EcdhEs);
            };
            let party = party(&app, &format!("web{}", sign.is_some()), encrypt).await;
            let answer = party.userinfo(tokens(&party).await.get("access_token")).await;
            assert_eq!(answer.header("content-type"), "application/jwt");
            let inside = opener.open(&answer.body).unwrap();
            assert_eq!(inside.header.get("cty").is_some(), sign.is_some());
            let text = String::from_utf8(inside.plain).unwrap();
            let claims = match sign {
                Some(_) => verified(&party, &text).await,
                None => serde_json::from_str(&text).unwrap(),
            };
            assert_eq!(claims["email"], "alice@example.com");
            assert_eq!(claims.contains_key("aud"), sign.is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn an_id_token_through_the_browser_is_encrypted_too() {
    each_database(async |app| {
        app.user("alice").await;
        let (opener, public) = pair(Algorithm::ES256, "e1");
        let web = app
            .client_with("web", |client| {
                client.settings.response_types = ResponseType::ALL.to_vec();
                client.settings.jwks = set(&[&public]);
                client.settings.id_token_encrypted_response_alg = Some(KeyManagement::EcdhEs);
            })
            .await;
        let node = app.another_node_with(&[("KEYSTEAD_OIDC__FRONT_CHANNEL_TOKENS", "true")]).await;
        let party = Party::new(&node, &web).await;
        let ask = party.ask(&[("response_type", "code id_token")]);
        let answer = Browser::new(&node).authorize(&ask, "alice").await;
        let inside = opener.open(&answer.fragment("id_token").unwrap()).unwrap();
        let claims = party.verify(&String::from_utf8(inside.plain).unwrap()).await;
        assert!(claims.contains_key("c_hash"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_key_nothing_is_used_up_and_the_client_may_come_again() {
    each_database(async |app| {
        app.user("alice").await;
        let (opener, public) = pair(Algorithm::ES256, "e1");
        let signing = signer::keys(Algorithm::ES256);
        let published = Arc::new(Mutex::new(json!({ "keys": [signing.public] }).to_string()));
        let uri = signer::serve(&published).await;
        let encrypt = |client: &mut Client| {
            client.settings.jwks_uri = Some(uri);
            client.settings.id_token_encrypted_response_alg = Some(KeyManagement::EcdhEs);
        };
        let registered = app.client_with("web", encrypt).await;
        let allowed = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];
        let node = app.another_node_with(&allowed).await;
        let party = Party::new(&node, &registered).await;
        let answer = Browser::new(&node).authorize(&party.ask(&[]), "alice").await;
        let refused = party.exchange(&answer.param("code").unwrap()).await;
        assert_eq!(refused.error(), (503, "temporarily_unavailable".to_owned()));
        *published.lock().unwrap() = json!({ "keys": [signing.public, public] }).to_string();
        let keystead::clock::Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        clock.fetch_add(11_000, std::sync::atomic::Ordering::Relaxed);
        assert!(opened(&party, &opener, &answer).await.contains_key("sub"), "the same code");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn encryption_needs_a_key_and_the_word_of_whoever_switches_it_on() {
    each_database(async |app| {
        app.client("web").await;
        let actor = Actor::CommandLine;
        let update = async |force, alg, keys: Option<Map<String, Value>>| {
            let edit = move |client: &mut Client| {
                client.settings.jwks = keys;
                client.settings.id_token_encrypted_response_alg = alg;
            };
            clients::update(&app.app, &actor, ("web", None), force, edit)
                .await
                .map(|done| done.value)
        };
        let told = |error: DirectoryError| error.to_string();
        let (_, ec) = pair(Algorithm::ES256, "e1");
        let rsa = Some(KeyManagement::RsaOaep256);
        let keyless = update(Force::Yes, rsa, None).await.map_err(told).unwrap_err();
        assert!(keyless.contains("has no keys"), "{keyless}");
        let misfit = update(Force::Yes, rsa, set(&[&ec])).await.map_err(told).unwrap_err();
        assert!(misfit.contains("no key for RSA-OAEP-256"), "{misfit}");
        let ecdh = Some(KeyManagement::EcdhEs);
        let unsaid = update(Force::No, ecdh, set(&[&ec])).await.unwrap_err();
        assert_eq!(unsaid.code(), "encrypts_tokens");
        assert!(told(unsaid).contains("python-social-auth (NetBox) cannot read"));
        update(Force::Yes, ecdh, set(&[&ec])).await.unwrap();
        update(Force::No, Some(KeyManagement::EcdhEsA256kw), set(&[&ec])).await.unwrap();
    })
    .await;
}

/// Asks about a token, for an answer of this media type.
async fn introspect(party: &Party, token: &str, accept: &str) -> Answer {
    let mut request = Request::post(party.path("introspection_endpoint"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", accept);
    for (name, value) in party.basic() {
        request = request.header(name, value);
    }
    let body = Body::from(http::encode(&[("token", token)]));
    http::send(&party.app, request.body(body).unwrap()).await
}

#[tokio::test]
async fn rfc_9701_introspection_comes_as_a_token_for_the_client_that_asks() {
    const TYPE: &str = "application/token-introspection+jwt";
    each_database(async |app| {
        app.user("alice").await;
        let web = party(&app, "web", |client| {
            client.settings.access_token = AccessTokenFormat::Jwt;
        })
        .await;
        let token = tokens(&web).await.get("access_token").to_owned();
        for (id, alg) in [("api", None), ("other-api", Some(Algorithm::PS256))] {
            let api = party(&app, id, |client| {
                client.settings.introspection_signed_response_alg = alg;
            })
            .await;
            let expected = alg.unwrap_or(Algorithm::RS256);
            let said = texts(&api, "introspection_signing_alg_values_supported");
            assert_eq!(said, json!([expected]));
            let answer = introspect(&api, &token, TYPE).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, TYPE));
            assert_eq!(answer.header("cache-control"), "no-store");
            let header = header_of(&answer.body);
            assert_eq!(header["typ"], "token-introspection+jwt");
            assert_eq!(header["alg"], expected.as_str());
            let claims = verified(&api, &answer.body).await;
            assert_eq!((&claims["iss"], &claims["aud"]), (&web_issuer(&api), &json!(id)));
            assert!(claims["iat"].is_i64() && !claims.contains_key("exp"));
            assert!(!claims.contains_key("sub"), "it passes for no other kind of token");
            let plain = introspect(&api, &token, "application/json").await;
            assert_eq!(plain.header("content-type"), "application/json");
            assert_eq!(claims["token_introspection"], plain.json());
            assert_eq!(plain.json()["active"], true);
            let unknown = verified(&api, &introspect(&api, "x", TYPE).await.body).await;
            assert_eq!(unknown["token_introspection"], json!({ "active": false }));
        }
    })
    .await;
}

/// The issuer on the paths where the client asks.
fn web_issuer(party: &Party) -> Value {
    party.metadata["issuer"].clone()
}
