//! The fifteen rules that NetBox's sign-in path sets an identity provider, a story each.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use futures_util::FutureExt;
use keystead::directory::profile::Details;
use keystead::directory::users::{self, UserChange};
use keystead::directory::{Force, clients, keys};
use keystead::domain::{
    AccessTokenFormat, Actor, Algorithm, Client, ClientSettings, GrantType, Pkce, Secret, User,
};
use keystead::generator;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use crate::harness::steps::{claims_of, header_of};
use crate::harness::{Browser, PASSWORD, Party, Registered, TestApp, Tokens, each_database, http};

const CALLBACK: &str = "https://netbox.example.com/oauth/complete/oidc/";
const HOME: &str = "https://netbox.example.com/";

/// As the template for NetBox registers it.
fn netbox(client: &mut Client) {
    let template = generator::template("netbox").unwrap();
    let plan = template.plan(Some("https://netbox.example.com")).unwrap();
    client.redirect_uris = plan.redirect_uris;
    client.post_logout_redirect_uris = plan.post_logout_redirect_uris;
    client.settings = Json(plan.settings);
    assert_eq!(
        (&*client.redirect_uris[0], &*client.post_logout_redirect_uris[0]),
        (CALLBACK, HOME)
    );
}

async fn party_with(app: &TestApp, change: impl FnOnce(&mut Client)) -> Party {
    let both = |client: &mut Client| {
        netbox(client);
        change(client);
    };
    let mut party = Party::new(&app.app, &app.client_with("netbox", both).await).await;
    party.pkce = false;
    party
}

/// Alice, signed in at NetBox, which asks for what python-social-auth asks for.
async fn signed_in(app: &TestApp, change: impl FnOnce(&mut Client)) -> (Party, User, Tokens) {
    let (alice, party) = (app.user("alice").await, party_with(app, change).await);
    let tokens = sign_in(&party).await;
    (party, alice, tokens)
}

async fn sign_in(party: &Party) -> Tokens {
    let scope = ("scope", "groups openid profile email openid profile email");
    party.sign_in(&mut Browser::new(&party.app), "alice", &[scope]).await
}

async fn jwks(app: &TestApp) -> Vec<Value> {
    http::get(&app.app, "/oauth2/jwks").await.json()["keys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn rule_1_id_tokens_are_signed_with_rs256_unless_the_client_chooses_es256() {
    each_database(async |app| {
        let (_, _, tokens) = signed_in(&app, |_| ()).await;
        assert_eq!(header_of(tokens.get("id_token"))["alg"], "RS256");
        let es256 = |client: &mut Client| client.settings.alg = Algorithm::ES256;
        let other = Party::new(&app.app, &app.client_with("other", es256).await).await;
        let tokens = sign_in(&other).await;
        assert_eq!(header_of(tokens.get("id_token"))["alg"], "ES256");
    })
    .await;
}

#[tokio::test]
async fn rule_2_every_key_has_kid_alg_and_use_and_stays_published_after_a_rotation() {
    each_database(async |app| {
        let (.., tokens) = signed_in(&app, |client| client.settings.alg = Algorithm::ES256).await;
        let before = jwks(&app).await;
        let kid = header_of(tokens.get("id_token"))["kid"].clone();
        assert!(before.iter().any(|key| key["kid"] == kid));
        let by = Actor::CommandLine;
        keys::rotate(&app.app, &by, Algorithm::ES256.into(), keys::Pace::AtOnce).await.unwrap();
        let after = jwks(&app).await;
        assert_eq!(after.len(), before.len() + 1, "a new key has a new kid");
        assert!(before.iter().all(|key| after.contains(key)), "and the old ones stay");
        for key in after {
            for member in ["kid", "alg", "use"] {
                assert!(key[member].is_string(), "{member} of {key}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rule_3_nothing_lies_in_the_future_nor_long_ago() {
    each_database(async |app| {
        let jwt = |client: &mut Client| client.settings.access_token = AccessTokenFormat::Jwt;
        let (.., tokens) = signed_in(&app, jwt).await;
        for token in ["id_token", "access_token"] {
            let claims = claims_of(tokens.get(token));
            assert!(claims.get("nbf").is_none());
            let age = app.clock.now().0 - claims["iat"].as_i64().unwrap();
            assert!((1..=30).contains(&age), "{age} s: a clock that runs behind is forgiven");
            assert!(claims["auth_time"].as_i64() <= claims["iat"].as_i64());
        }
    })
    .await;
}

#[tokio::test]
async fn rule_4_at_hash_is_right_and_left_out_for_eddsa() {
    each_database(async |app| {
        let (_, _, tokens) = signed_in(&app, |_| ()).await;
        let hash = Sha256::digest(tokens.get("access_token"));
        assert_eq!(tokens.claims["at_hash"], BASE64_URL_SAFE_NO_PAD.encode(&hash[..16]));
        let eddsa = |client: &mut Client| client.settings.alg = Algorithm::EdDSA;
        let other = Party::new(&app.app, &app.client_with("other", eddsa).await).await;
        assert!(!sign_in(&other).await.claims.contains_key("at_hash"));
    })
    .await;
}

#[tokio::test]
async fn rule_5_userinfo_is_plain_json_with_the_same_sub_and_a_username_in_text() {
    each_database(async |app| {
        let (party, _, tokens) = signed_in(&app, |_| ()).await;
        let answer = party.userinfo(tokens.get("access_token")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.json()["sub"], tokens.claims["sub"]);
        assert_eq!(answer.json()["preferred_username"], "alice");
        assert_eq!(answer.json()["groups"], json!([]), "in none is told as an empty list");
    })
    .await;
}

#[tokio::test]
async fn rule_6_aud_is_one_string_and_azp_the_client() {
    each_database(async |app| {
        let (_, _, tokens) = signed_in(&app, |_| ()).await;
        assert_eq!(tokens.claims["aud"], "netbox");
        assert_eq!(tokens.claims["azp"], "netbox");
    })
    .await;
}

#[tokio::test]
async fn rule_7_issuer_is_byte_identical_and_doubled_slashes_are_served() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app.client_with("netbox", netbox).await;
        for endpoint in ["", "/application/o/netbox", "/oauth2/openid/netbox"] {
            for slash in ["", "/"] {
                let discovery = format!("{endpoint}{slash}/.well-known/openid-configuration");
                let party = Party::at(&app.app, &registered, &discovery).await;
                let tokens = sign_in(&party).await;
                assert_eq!(tokens.claims["iss"], party.metadata["issuer"], "{discovery}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rule_8_neither_pkce_nor_pushed_requests_are_forced_on_it() {
    each_database(async |app| {
        let (mut party, ..) = signed_in(&app, |client| {
            assert_eq!(client.settings.pkce, Pkce::Optional, "as the template has it");
        })
        .await;
        assert!(party.metadata.get("require_pushed_authorization_requests").is_none());
        party.pkce = true;
        sign_in(&party).await;
    })
    .await;
}

/// How python-social-auth sends it: as it is, without the form encoding of RFC 6749 2.3.1.
fn raw_basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test]
async fn rule_9_basic_is_read_raw_and_what_we_generate_means_the_same_either_way() {
    each_database(async |app| {
        let odd = "s+cret%41/=:x&y?z!0123456789abcdefghijklmn";
        let new = clients::NewClient {
            id: "netbox".into(),
            secret: Some(Secret::sent(odd)),
            settings: ClientSettings::default(),
            redirect_uris: vec![CALLBACK.into()],
            ..clients::NewClient::default()
        };
        clients::create(&app.app, &Actor::CommandLine, new).await.unwrap();
        let form = [("grant_type", "authorization_code"), ("code", "x")];
        let encoded: String = url::form_urlencoded::byte_serialize(odd.as_bytes()).collect();
        for sent in [odd, &encoded] {
            let header = raw_basic("netbox", sent);
            let headers = [("authorization", header.as_str())];
            let answer = http::post_with(&app.app, "/oauth2/token", &form, &headers).await;
            assert_eq!(answer.error().1, "invalid_grant", "the client is known by {sent}");
        }
        let posted = [&form[..], &[("client_id", "netbox"), ("client_secret", odd)]].concat();
        assert_eq!(http::post(&app.app, "/oauth2/token", &posted).await.error().1, "invalid_grant");
        let Registered { secret, .. } = app.client("generated").await;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        assert!(secret.unwrap().expose().chars().all(plain));
        let metadata = http::get(&app.app, "/.well-known/openid-configuration").await.json();
        let methods = metadata["token_endpoint_auth_methods_supported"].to_string();
        assert!(methods.contains("client_secret_basic") && methods.contains("client_secret_post"));
    })
    .await;
}

#[tokio::test]
async fn rule_10_id_tokens_are_not_encrypted_and_userinfo_is_not_signed() {
    each_database(async |app| {
        let (party, _, tokens) = signed_in(&app, |_| ()).await;
        assert_eq!(tokens.get("id_token").split('.').count(), 3);
        assert!(header_of(tokens.get("id_token")).get("enc").is_none());
        // However the relying party would like it: it is JSON, nothing signed or encrypted.
        for accept in ["application/jwt", "application/json", "*/*", ""] {
            let token = format!("Bearer {}", tokens.get("access_token"));
            let request = axum::http::Request::get(party.path("userinfo_endpoint"))
                .header("authorization", token)
                .header("accept", accept);
            let request = request.body(axum::body::Body::empty()).unwrap();
            let answer = http::send(&app.app, request).await;
            assert_eq!(answer.header("content-type"), "application/json", "{accept}");
            assert_eq!(answer.json()["sub"], tokens.claims["sub"]);
        }
        // Some other client may want that; what is said of this one says nothing of it.
        let path = format!("/oauth2/openid/{}/.well-known/openid-configuration", party.id);
        let own = http::get(&app.app, &path).await.json();
        let offered = own.as_object().unwrap().keys();
        let sealed = |name: &&String| name.contains("encryption") || name.starts_with("userinfo_s");
        assert_eq!(offered.filter(sealed).collect::<Vec<_>>(), Vec::<&String>::new());
    })
    .await;
}

#[tokio::test]
async fn rule_11_no_page_on_the_way_forbids_forms_to_lead_to_the_client() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party_with(&app, |_| ()).await, Browser::new(&app.app));
        let answer = browser.get(&party.ask(&[])).await;
        let login = browser.follow(answer).await;
        let consent = browser.log_in(&login, "alice", PASSWORD).await;
        for (page, id) in [(&login, "login-submit"), (&consent, "consent-allow")] {
            assert!(page.has(id));
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'self'") && !policy.contains("form-action"));
        }
    })
    .await;
}

#[tokio::test]
async fn rule_12_sub_is_stable_for_ever_and_email_verified_is_the_truth() {
    each_database(async |app| {
        let (party, alice, tokens) = signed_in(&app, |_| ()).await;
        assert_eq!(tokens.claims["sub"], alice.id.0);
        let change = UserChange {
            username: Some("liddell".into()),
            details: Details {
                fields: vec![
                    ("email", "new@example.com".into()),
                    ("family_name", "Hargreaves".into()),
                ],
                ..Details::default()
            },
            ..UserChange::default()
        };
        users::update(&app.app, &Actor::CommandLine, "alice", change, Force::No).await.unwrap();
        let mut browser = Browser::new(&app.app);
        let renamed = party.sign_in(&mut browser, "liddell", &[]).await;
        assert_eq!(renamed.claims["sub"], tokens.claims["sub"]);
        let told = party.userinfo(renamed.get("access_token")).await.json();
        assert_eq!(
            (&told["email"], &told["email_verified"]),
            (&"new@example.com".into(), &false.into())
        );
    })
    .await;
}

#[tokio::test]
async fn rule_13_end_session_works_with_client_id_and_no_id_token_hint() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party_with(&app, |_| ()).await, Browser::new(&app.app));
        party.sign_in(&mut browser, "alice", &[]).await;
        let query = http::encode(&[("client_id", "netbox"), ("post_logout_redirect_uri", HOME)]);
        let page = browser.get(&format!("{}?{query}", party.path("end_session_endpoint"))).await;
        assert!(page.has("logout-confirm"));
        assert_eq!(browser.submit(&page, &[]).await.location(), HOME);
        let answer = browser.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    })
    .await;
}

#[tokio::test]
async fn rule_14_names_fit_into_150_characters() {
    each_database(async |app| {
        app.user("alice").await;
        for name in ["given_name", "family_name"] {
            let change = |length: usize| UserChange {
                details: Details {
                    fields: vec![(name, "é".repeat(length))], ..Details::default()
                },
                ..UserChange::default()
            };
            let by = Actor::CommandLine;
            let update = |length| users::update(&app.app, &by, "alice", change(length), Force::No);
            assert!(update(150).await.is_ok());
            let error = update(151).await.unwrap_err().to_string();
            assert!(error.contains("150 characters"), "{error}");
        }
    })
    .await;
}

/// NetBox gives up on us after so long.
async fn in_time<T>(answer: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(Duration::from_secs(5), answer).await;
    answer.expect("an answer within 5 seconds")
}

#[tokio::test]
async fn rule_15_clients_are_answered_however_many_passwords_wait() {
    each_database(async |app| {
        app.user("alice").await;
        let refresh = |client: &mut Client| {
            client.settings.grant_types.push(GrantType::RefreshToken);
        };
        let (party, mut browser) = (party_with(&app, refresh).await, Browser::new(&app.app));
        let login = browser.get("/login").await;
        let scope = [("scope", "openid offline_access")];
        let answer = browser.authorize(&party.ask(&scope), "alice").await;
        // As many passwords as may run and wait: all of them stay where they are.
        let password = Secret::sent(PASSWORD);
        let mut waiting = Vec::new();
        while waiting.len() < 100 * app.config.password.max_concurrent as usize {
            let mut hash = Box::pin(app.passwords.hash(&password, &app.random));
            if hash.as_mut().now_or_never().is_none() {
                waiting.push(hash);
            }
        }
        let tokens = in_time(party.redeem(&answer)).await;
        assert_eq!(in_time(party.userinfo(tokens.get("access_token"))).await.status, 200);
        assert_eq!(in_time(http::get(&app.app, "/oauth2/jwks")).await.status, 200);
        assert_eq!(in_time(party.refresh(tokens.get("refresh_token"))).await.status, 200);
        let form = [("token", tokens.get("access_token"))];
        assert_eq!(in_time(party.call("introspection_endpoint", &form)).await.status, 200);
        let wrong = [("authorization", raw_basic("netbox", "wrong"))];
        let wrong: Vec<(&str, &str)> = wrong.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let refused = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let refused = in_time(http::post_with(&app.app, "/oauth2/token", &refused, &wrong)).await;
        assert_eq!(refused.error(), (401, "invalid_client".into()));
        let mut other = Browser::new(&app.app);
        other.cookies.clone_from(&browser.cookies);
        let put_off = other.log_in(&login, "alice", PASSWORD).await;
        assert_eq!((put_off.status, put_off.header("retry-after")), (503, "5"));
    })
    .await;
}
