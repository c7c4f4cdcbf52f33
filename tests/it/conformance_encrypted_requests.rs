//! Request objects that are encrypted to a key of this server (RFC 9101 4, OpenID Connect Core 6.1):
//! what is read, what is refused, and the life of the keys.

use keystead::app::AppState;
use keystead::directory::keys::{self, Pace};
use keystead::directory::{DirectoryError, Force, clients};
use keystead::domain::{
    Actor, Algorithm, Client, ContentEncryption, DAY, HOUR, KeyAlgorithm, KeyManagement,
    SignedRequests,
};
use keystead::jose::{EncryptionKey, Inside, NewKey, encrypt};
use serde_json::{Value, json};

use crate::harness::signer::{self, Keys};
use crate::harness::{Browser, Party, TestApp, each_database, http};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const RSA: KeyManagement = KeyManagement::RsaOaep256;
const GCM: ContentEncryption = ContentEncryption::A256Gcm;

async fn party(app: &TestApp, change: impl FnOnce(&mut Client)) -> (Party, Keys) {
    app.user("alice").await;
    let own = signer::keys(Algorithm::ES256);
    let registered = app
        .client_with("web", |client| {
            client.settings.jwks = Some(signer::set(&[&own]));
            client.settings.request_object_encryption_alg = Some(RSA);
            change(client);
        })
        .await;
    (Party::new(&app.app, &registered).await, own)
}

/// The published keys to encrypt to.
async fn published(app: &AppState) -> Vec<Value> {
    let jwks = http::get(app, "/oauth2/jwks").await.json();
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.filter(|key| key["use"] == "enc").cloned().collect()
}

async fn recipient(app: &AppState, alg: KeyManagement) -> EncryptionKey {
    let keys = published(app).await;
    let mut fitting = keys.iter().filter_map(EncryptionKey::read).filter(|key| key.fits(alg));
    fitting.next_back().expect("a published key")
}

/// A request that the client signed.
fn signed(party: &Party, own: &Keys) -> String {
    let now = party.app.clock.now().0;
    let claims = json!({
        "iss": party.id, "aud": "https://id.example.com", "nbf": now, "exp": now + 300,
        "client_id": party.id, "redirect_uri": party.redirect_uri, "response_type": "code",
        "scope": "openid email", "state": "inside", "nonce": "n-inside",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    });
    own.signer.sign("oauth-authz-req+jwt", &claims).unwrap()
}

fn sealed(key: &EncryptionKey, how: (KeyManagement, ContentEncryption), request: &str) -> String {
    encrypt(key, how, (Inside::Token, request.as_bytes())).unwrap()
}

fn url(party: &Party, request: &str) -> String {
    let sent = [("client_id", party.id.as_str()), ("request", request)];
    format!("{}?{}", party.path("authorization_endpoint"), http::encode(&sent))
}

/// What the client is told of a request that names its redirect URI beside it, too.
async fn refused(party: &Party, request: &str) -> String {
    let answer = http::get(&party.app, &party.ask(&[("request", request)])).await;
    answer.param("error").unwrap_or_else(|| panic!("{} {}", answer.status, answer.body))
}

#[tokio::test]
async fn a_request_is_read_however_it_was_encrypted_to_a_published_key() {
    each_database(async |app| {
        let (party, own) = party(&app, |_| ()).await;
        let settled = [Some(RSA), Some(KeyManagement::EcdhEs)];
        for alg in settled {
            let edit = |client: &mut Client| client.settings.request_object_encryption_alg = alg;
            let done = clients::update(&app, &Actor::CommandLine, ("web", None), Force::No, edit);
            done.await.unwrap();
        }
        let mut browser = Browser::new(&app.app);
        for alg in KeyManagement::ALL {
            let key = recipient(&app.app, alg).await;
            for enc in ContentEncryption::ALL {
                let request = sealed(&key, (alg, enc), &signed(&party, &own));
                let answer = browser.authorize(&url(&party, &request), "alice").await;
                assert_eq!(answer.param("state").as_deref(), Some("inside"), "{}", answer.body);
                assert_eq!(party.redeem(&answer).await.claims["nonce"], "n-inside");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_pushed_request_may_be_encrypted() {
    each_database(async |app| {
        let (party, own) = party(&app, |_| ()).await;
        let key = recipient(&app.app, RSA).await;
        let request = sealed(&key, (RSA, GCM), &signed(&party, &own));
        let endpoint = "pushed_authorization_request_endpoint";
        let pushed = party.call(endpoint, &[("request", &request)]).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let sent = [("client_id", "web"), ("request_uri", &uri)];
        let url = format!("{}?{}", party.path("authorization_endpoint"), http::encode(&sent));
        let answer = Browser::new(&app.app).authorize(&url, "alice").await;
        assert_eq!(party.redeem(&answer).await.claims["nonce"], "n-inside");
    })
    .await;
}

#[tokio::test]
async fn what_is_encrypted_to_another_key_changed_or_not_signed_inside_is_refused() {
    each_database(async |app| {
        let (party, own) = party(&app, |_| ()).await;
        let key = recipient(&app.app, RSA).await;
        let request = signed(&party, &own);
        let good = sealed(&key, (RSA, GCM), &request);
        let stranger = NewKey::generate(KeyAlgorithm::RsaOaep256).unwrap();
        let stranger = EncryptionKey::read(&Value::Object(stranger.public)).unwrap();
        let foreign = signed(&party, &signer::keys(Algorithm::ES256));
        let claims = request.split('.').nth(1).unwrap();
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{claims}.");
        let twice = sealed(&key, (RSA, GCM), &good);
        let cut = &good[..good.len() - 2];
        for (why, request) in [
            ("another server's key", sealed(&stranger, (RSA, GCM), &request)),
            ("cut", cut.to_owned()),
            ("changed", good.replacen('.', ".A", 2)),
            ("no header", good.replacen('e', "x", 1)),
            ("empty", "....".to_owned()),
            ("nobody signed it", sealed(&key, (RSA, GCM), &unsigned)),
            ("somebody else signed it", sealed(&key, (RSA, GCM), &foreign)),
            ("no token inside", sealed(&key, (RSA, GCM), "{\"scope\":\"openid\"}")),
            ("no text inside", encrypt(&key, (RSA, GCM), (Inside::Token, &[0xff, 0xfe])).unwrap()),
            ("encrypted twice", twice),
        ] {
            assert_eq!(refused(&party, &request).await, "invalid_request_object", "{why}");
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_decrypted_for_a_client_that_named_no_way() {
    each_database(async |app| {
        app.user("alice").await;
        let encrypts = |client: &mut Client| {
            client.settings.request_object_encryption_alg = Some(RSA);
        };
        app.client_with("other", encrypts).await;
        let key = recipient(&app.app, RSA).await;
        let own = signer::keys(Algorithm::ES256);
        let set = signer::set(&[&own]);
        let registered = app.client_with("web", |client| client.settings.jwks = Some(set)).await;
        let party = Party::new(&app.app, &registered).await;
        let request = sealed(&key, (RSA, GCM), &signed(&party, &own));
        assert_eq!(refused(&party, &request).await, "invalid_request_object");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_must_encrypt_its_requests_is_refused_without() {
    each_database(async |app| {
        let strict = |client: &mut Client| {
            client.settings.signed_requests = SignedRequests::Encrypted;
        };
        let (party, own) = party(&app, strict).await;
        let request = signed(&party, &own);
        assert_eq!(refused(&party, &request).await, "invalid_request");
        let plain = http::get(&app.app, &party.ask(&[])).await;
        assert_eq!(plain.param("error").as_deref(), Some("invalid_request"));
        let key = recipient(&app.app, RSA).await;
        let request = sealed(&key, (RSA, GCM), &request);
        let answer = Browser::new(&app.app).authorize(&url(&party, &request), "alice").await;
        assert!(answer.param("code").is_some(), "{}", answer.body);
        let without = |client: &mut Client| client.settings.request_object_encryption_alg = None;
        let done = clients::update(&app, &Actor::CommandLine, ("web", None), Force::No, without);
        let refused = done.await.unwrap_err();
        assert!(matches!(refused, DirectoryError::Settings { .. }), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn there_is_a_key_to_encrypt_to_once_a_client_is_to_use_one_and_discovery_says_so() {
    each_database(async |app| {
        const ALG: &str = "request_object_encryption_alg_values_supported";
        const ENC: &str = "request_object_encryption_enc_values_supported";
        let keys = signer::keys(Algorithm::ES256);
        let own = signer::set(&[&keys]);
        app.client_with("web", |client| client.settings.jwks = Some(own)).await;
        let other = app.client("other").await;
        let document =
            async || http::get(&app.app, "/.well-known/openid-configuration").await.json();
        assert!(published(&app.app).await.is_empty());
        assert_eq!(document().await.get(ALG), None);
        let edit = |client: &mut Client| {
            client.settings.request_object_encryption_alg = Some(KeyManagement::EcdhEsA256kw);
        };
        let done = clients::update(&app, &Actor::CommandLine, ("web", None), Force::No, edit);
        let notes = done.await.unwrap().notes;
        assert!(notes.iter().any(|note| note.contains("ECDH-ES key is made now")), "{notes:?}");
        let key = published(&app.app).await;
        assert_eq!((key.len(), &key[0]["kty"], &key[0]["crv"]), (1, &json!("EC"), &json!("P-256")));
        assert_eq!(key[0].get("alg"), None, "it is good for every way of ECDH-ES");
        assert_eq!(key[0].get("d"), None);
        let ways = json!(["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]);
        let document = document().await;
        assert_eq!((&document[ALG], &document[ENC]), (&ways, &json!(["A128CBC-HS256", "A256GCM"])));
        let path = format!("/oauth2/openid/{}/.well-known/openid-configuration", other.client.id);
        let undeclared = http::get(&app.app, &path).await.json();
        assert_eq!(undeclared.get(ALG), None, "it named no way");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_replaced_is_published_no_more_and_reads_until_nobody_can_have_it() {
    each_database(async |app| {
        let (party, own) = party(&app, |_| ()).await;
        let former = recipient(&app.app, RSA).await;
        let request = || sealed(&former, (RSA, GCM), &signed(&party, &own));
        let rotate =
            keys::rotate(&app, &Actor::CommandLine, KeyAlgorithm::RsaOaep256, Pace::AtOnce);
        rotate.await.unwrap();
        let now = published(&app.app).await;
        assert_eq!(now.len(), 1);
        assert_ne!(now[0]["kid"].as_str(), former.kid());
        let mut browser = Browser::new(&app.app);
        let answer = browser.authorize(&url(&party, &request()), "alice").await;
        assert!(answer.param("code").is_some(), "who keeps the keys for a day is served");
        let node = app.another_node().await;
        let elsewhere = http::get(&node, &url(&party, &request())).await;
        assert_eq!(elsewhere.param("error"), None, "on the other nodes, too");
        node.db.close().await;
        app.wait(DAY + HOUR);
        keys::advance(&app).await.unwrap();
        assert_eq!(refused(&party, &request()).await, "invalid_request_object");
    })
    .await;
}
