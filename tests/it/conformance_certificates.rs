//! Clients that show certificates (mutual TLS, RFC 8705), passed on by a proxy; the handshake itself is
//! told in `server`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use base64::{Engine, prelude::BASE64_STANDARD};
use keystead::app::AppState;
use keystead::domain::{
    AuthMethod, Cause, CertificateSubject, GrantType, SecurityProfile, Timestamp,
};
use keystead::store::events;
use rcgen::{CertificateParams, IsCa, Issuer, KeyPair, SanType};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::harness::http::{self, Answer};
use crate::harness::{Browser, Party, TestApp, each_database, fresh_folder, signer, wait};

/// A certificate and its public key.
struct Cert {
    der: Vec<u8>,
    pem: String,
    public: Vec<u8>,
}

impl Cert {
    fn new(key: &KeyPair, cert: &rcgen::Certificate) -> Cert {
        Cert { der: cert.der().to_vec(), pem: cert.pem(), public: key.public_key_raw().to_vec() }
    }

    fn thumbprint(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.der))
    }

    /// The JWK set that names it.
    fn jwks(&self) -> Map<String, Value> {
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let key = json!({
            "kty": "EC", "crv": "P-256", "x": part(&self.public[1..33]), "y": part(&self.public[33..]),
            "x5c": [BASE64_STANDARD.encode(&self.der)],
        });
        Map::from_iter([("keys".to_owned(), json!([key]))])
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let mut params =
        CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2026, 12, 1);
    params
}

fn self_made() -> Cert {
    let key = KeyPair::generate().unwrap();
    Cert::new(&key, &params(&["app.example.com"]).self_signed(&key).unwrap())
}

/// An authority, and what it vouches for.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&[]);
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { pem, issuer: Issuer::new(params, key) }
    }

    /// A file with its certificate, as `mtls.ca_file` names it.
    fn file(&self) -> PathBuf {
        let file = fresh_folder().join("authority.pem");
        std::fs::write(&file, &self.pem).unwrap();
        file
    }

    fn vouch(&self, change: impl FnOnce(&mut CertificateParams)) -> Cert {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&["app.example.com"]);
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        Cert::new(&key, &params.signed_by(&key, &self.issuer).unwrap())
    }
}

/// A node behind a proxy that passes certificates on.
async fn behind_proxy(app: &TestApp, more: &[(&str, &str)]) -> AppState {
    let mut settings =
        vec![("KEYSTEAD_MTLS__MODE", "proxy"), ("KEYSTEAD_TRUSTED_PROXIES", "198.51.100.0/24")];
    settings.extend(more.iter().copied());
    app.another_node_with(&settings).await
}

async fn call(app: &AppState, path: &str, form: &[(&str, &str)], shown: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = shown.map(|text| ("client-cert", text)).into_iter().collect();
    http::post_with(app, path, form, &headers).await
}

const ASKED: &[(&str, &str)] = &[("grant_type", "client_credentials"), ("client_id", "web")];

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

async fn reason(app: &TestApp) -> String {
    let filter = events::Filter { failed: true, ..events::Filter::default() };
    let mut found = app.read(async |conn| events::list(conn, &filter, None, 1).await).await;
    found.remove(0).reason.unwrap()
}

#[tokio::test]
async fn a_certificate_of_its_own_making_proves_the_client_in_each_spelling() {
    each_database(async |app| {
        let (cert, other) = (self_made(), self_made());
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::SelfSignedTlsClientAuth);
            client.settings.jwks = Some(cert.jwks());
            client.settings.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
        let node = behind_proxy(&app, &[]).await;
        let base64 = BASE64_STANDARD.encode(&cert.der);
        let escaped = url::form_urlencoded::byte_serialize(cert.pem.as_bytes()).collect::<String>();
        for shown in [base64.clone(), format!(":{base64}:"), escaped.replace('+', "%20")] {
            let answer = call(&node, "/oauth2/token", ASKED, Some(&shown)).await;
            assert_eq!(answer.status, 200, "{shown}: {}", answer.body);
        }
        let stranger = BASE64_STANDARD.encode(&other.der);
        let answer = call(&node, "/oauth2/token", ASKED, Some(&stranger)).await;
        assert_eq!(answer.error(), refused());
        assert_eq!(reason(&app).await, Cause::CertificateMismatch.code());
        wait(&node, 61);
        for bad in [None, Some("x"), Some("")] {
            let answer = call(&node, "/oauth2/token", ASKED, bad).await;
            assert_eq!(answer.error(), refused(), "{bad:?}");
        }
        assert_eq!(reason(&app).await, Cause::CertificateMissing.code());
        let twice = [("client-cert", base64.as_str()), ("client-cert", base64.as_str())];
        assert_eq!(http::post_with(&node, "/oauth2/token", ASKED, &twice).await.error(), refused());
        // Nobody else passes certificates on.
        let direct = call(&app.app, "/oauth2/token", ASKED, Some(&base64)).await;
        assert_eq!(direct.error(), refused());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn certificates_of_published_keys_are_fetched_anew() {
    each_database(async |app| {
        let (first, second) = (self_made(), self_made());
        let text = Arc::new(Mutex::new(json!(first.jwks()).to_string()));
        let uri = signer::serve(&text).await;
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::SelfSignedTlsClientAuth);
            client.settings.jwks_uri = Some(uri);
            client.settings.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
        let local = [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")];
        let node = behind_proxy(&app, &local).await;
        let show = async |cert: &Cert| {
            let shown = BASE64_STANDARD.encode(&cert.der);
            call(&node, "/oauth2/token", ASKED, Some(&shown)).await.status
        };
        assert_eq!((show(&first).await, show(&second).await), (200, 401));
        *text.lock().unwrap() = json!(second.jwks()).to_string();
        wait(&node, 11);
        assert_eq!(show(&second).await, 200);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_authority_vouches_for_the_name_that_is_looked_for() {
    let authority = Authority::new();
    let file = authority.file();
    each_database(async |app| {
        let node = behind_proxy(&app, &[("KEYSTEAD_MTLS__CA_FILE", file.to_str().unwrap())]).await;
        let named = authority.vouch(|params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "Example");
            params.distinguished_name.push(rcgen::DnType::CommonName, "app");
            params.subject_alt_names.push(SanType::IpAddress("192.0.2.7".parse().unwrap()));
            params
                .subject_alt_names
                .push(SanType::URI("https://app.example.com/".try_into().unwrap()));
            params
                .subject_alt_names
                .push(SanType::Rfc822Name("app@example.com".try_into().unwrap()));
        });
        let stranger = Authority::new().vouch(|_| ());
        for (n, (subject, fits)) in [
            ("dns:app.example.com", true),
            ("dns:APP.example.com", true),
            ("dns:other.example.com", false),
            ("ip:192.0.2.7", true),
            ("ip:192.0.2.8", false),
            ("uri:https://app.example.com/", true),
            ("uri:https://app.example.com", false),
            ("email:app@example.com", true),
            ("dn:O=Example, CN=app", true),
            ("dn:CN=app,O=Example", true),
            ("dn:CN=app", false),
            ("dn:O=Example", false),
            ("dn:O=Example,CN=app\\, Inc", false),
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("web-{n}");
            app.client_with(&id, |client| {
                client.settings.auth_method = Some(AuthMethod::TlsClientAuth);
                client.settings.certificate_subject = Some(subject.parse().unwrap());
                client.settings.grant_types.push(GrantType::ClientCredentials);
            })
            .await;
            node.refresh_registry().await.unwrap();
            let form = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
            let show = async |cert: &Cert| {
                let shown = BASE64_STANDARD.encode(&cert.der);
                call(&node, "/oauth2/token", &form, Some(&shown)).await.status
            };
            assert_eq!(show(&named).await, if fits { 200 } else { 401 }, "{subject}");
            assert_eq!(show(&stranger).await, 401, "no authority of ours: {subject}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_is_over_proves_nothing() {
    let authority = Authority::new();
    let file = authority.file();
    each_database(async |app| {
        let node = behind_proxy(&app, &[("KEYSTEAD_MTLS__CA_FILE", file.to_str().unwrap())]).await;
        app.client_with("web", |client| {
            client.settings.auth_method = Some(AuthMethod::TlsClientAuth);
            client.settings.certificate_subject =
                Some(CertificateSubject::Dns("app.example.com".to_owned()));
            client.settings.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
        node.refresh_registry().await.unwrap();
        let cert = authority.vouch(|params| params.not_after = rcgen::date_time_ymd(2026, 9, 1));
        assert!(app.clock.now() > Timestamp(1_788_220_800), "September 2026");
        let shown = BASE64_STANDARD.encode(&cert.der);
        let answer = call(&node, "/oauth2/token", ASKED, Some(&shown)).await;
        assert_eq!(answer.error(), refused());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_bound_to_a_certificate_works_with_it_alone() {
    each_database(async |app| {
        app.user("alice").await;
        let registered =
            app.client_with("web", |client| client.settings.certificate_bound_tokens = true).await;
        let node = behind_proxy(&app, &[]).await;
        let mut party = Party::new(&app.app, &registered).await;
        let code = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await.param("code");
        party.app = node.clone();
        let bare = party.exchange("x").await;
        assert_eq!(bare.error(), (400, "invalid_request".to_owned()));
        let (cert, other) = (self_made(), self_made());
        let shown = BASE64_STANDARD.encode(&cert.der);
        let code = code.unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", party.redirect_uri.as_str()),
            ("code_verifier", crate::harness::VERIFIER),
        ];
        let answer = party.call_with("token_endpoint", &form, &[("client-cert", &shown)]).await;
        assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("Bearer")));
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let told = party.call("introspection_endpoint", &[("token", &token)]).await.json();
        assert_eq!(told["cnf"], json!({ "x5t#S256": cert.thumbprint() }));
        let read = async |shown: Option<String>| {
            let bearer = format!("Bearer {token}");
            let mut headers = vec![("authorization", bearer.as_str())];
            headers.extend(shown.as_deref().map(|text| ("client-cert", text)));
            http::get_with(&node, "/oauth2/userinfo", &headers).await.status
        };
        assert_eq!(read(Some(shown.clone())).await, 200);
        assert_eq!(read(Some(BASE64_STANDARD.encode(&other.der))).await, 401);
        assert_eq!(read(None).await, 401);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn metadata_offers_certificates_where_somebody_asks_for_them() {
    each_database(async |app| {
        let node = behind_proxy(&app, &[]).await;
        for (app, offered) in [(&node, true), (&app.app, false)] {
            let document = http::get(app, "/.well-known/openid-configuration").await.json();
            let methods = document["token_endpoint_auth_methods_supported"].as_array().unwrap();
            for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
                assert_eq!(methods.contains(&json!(method)), offered);
            }
            let bound = document["tls_client_certificate_bound_access_tokens"] == json!(true);
            assert_eq!(bound, offered);
        }
        node.db.close().await;
    })
    .await;
}

/// The FAPI 2.0 plans with `client_auth_type=mtls` and `sender_constrain=mtls`: their happy flow, that a
/// key is needed, and refresh tokens.
#[tokio::test]
async fn fapi_2_works_with_a_certificate_in_place_of_assertions_and_proofs() {
    each_database(async |app| {
        app.user("alice").await;
        let (cert, other) = (self_made(), self_made());
        let registered = app
            .client_with("web", |client| {
                client.settings.auth_method = Some(AuthMethod::SelfSignedTlsClientAuth);
                client.settings.jwks = Some(cert.jwks());
                client.settings.certificate_bound_tokens = true;
                SecurityProfile::Fapi2.apply(&mut client.settings, false);
            })
            .await;
        assert_eq!(SecurityProfile::of(&registered.client), Some(SecurityProfile::Fapi2));
        let node = behind_proxy(&app, &[]).await;
        let party = Party { secret: None, ..Party::new(&node, &registered).await };
        let shown = BASE64_STANDARD.encode(&cert.der);
        let own = [("client-cert", shown.as_str())];
        let form = party.ask(&[("scope", "openid offline_access"), ("prompt", "consent")]);
        let form = form.split_once('?').unwrap().1.as_bytes().to_vec();
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&form).into_owned().collect();
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let pushed = http::post_with(&node, &party.path(PAR), &form, &own).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let asked = http::encode(&[("client_id", "web"), ("request_uri", &uri)]);
        let url = format!("{}?{asked}", party.path("authorization_endpoint"));
        let code = Browser::new(&node).authorize(&url, "alice").await.param("code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", party.redirect_uri.as_str()),
            ("code_verifier", crate::harness::VERIFIER),
        ];
        assert_eq!(party.call("token_endpoint", &form).await.error(), refused());
        let answer = party.call_with("token_endpoint", &form, &own).await;
        assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("Bearer")));
        let tokens = answer.json();
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let foreign = BASE64_STANDARD.encode(&other.der);
        for (shown, status) in [(&shown, 200), (&foreign, 401)] {
            let headers = [("authorization", bearer.as_str()), ("client-cert", shown)];
            let answer = http::get_with(&node, "/oauth2/userinfo", &headers).await;
            assert_eq!(answer.status, status);
        }
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        assert_eq!(party.call("token_endpoint", &form).await.error(), refused());
        assert_eq!(party.call_with("token_endpoint", &form, &own).await.status, 200);
        node.db.close().await;
    })
    .await;
}

const PAR: &str = "pushed_authorization_request_endpoint";
