//! Clients, their URIs, and what people allowed them.

use keystead::domain::{
    AccessTokenFormat, Algorithm, AssertionAudience, AuthMethod, CertificateSubject, Client,
    ClientAlgs, ClientSettings, Consent, ContentEncryption, Dpop, GrantType, KeyManagement, MayAct,
    NamedBy, Pkce, PushedRequests, RedirectUri, ResponseType, Scopes, SignedRequests, SubMode,
    TrustedIssuer, UriPurpose, User, UsernameFormat,
};
use keystead::store::{clients, consents, is_taken, users};
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

/// A client with a value of its own in every field.
fn complete(id: &str) -> Client {
    let text = |value: &str| Some(value.to_owned());
    Client {
        slug: format!("{id}-slug"),
        name: "Señor NetBox".to_owned(),
        public: true,
        trusted: true,
        disabled_at: Some(NOW + 1),
        secret_hash: Some(vec![0, 255, 7]),
        secret_sealed: Some(Vec::new()),
        settings: Json(ClientSettings {
            alg: Algorithm::EdDSA,
            access_token: AccessTokenFormat::Jwt,
            pkce: Pkce::Optional,
            auth_method: Some(AuthMethod::ClientSecretPost),
            assertion_audience: AssertionAudience::Issuer,
            jwks: Some(serde_json::Map::from_iter([("keys".to_owned(), serde_json::json!([]))])),
            jwks_uri: text("https://netbox.example.com/jwks"),
            grant_types: vec![GrantType::ClientCredentials],
            response_types: vec![ResponseType::CodeIdToken],
            pushed_requests: PushedRequests::Required,
            signed_requests: SignedRequests::Required,
            dpop: Dpop::Nonce,
            certificate_subject: Some(CertificateSubject::Dns("app.example.com".to_owned())),
            certificate_bound_tokens: true,
            client_algs: ClientAlgs::Fapi,
            request_object_encryption_alg: Some(KeyManagement::EcdhEs),
            request_uris: vec!["https://netbox.example.com/request#1".to_owned()],
            token_exchange: vec!["wiki".to_owned()],
            exchange_for: vec!["api".to_owned()],
            may_act: MayAct::Impersonate,
            trusted_issuers: vec![TrustedIssuer {
                issuer: "https://hr.example.com".to_owned(),
                jwks: None,
                jwks_uri: text("https://hr.example.com/jwks"),
                claim: "employee".to_owned(),
                names: NamedBy::External("hr".to_owned()),
            }],
            userinfo_signed_response_alg: Some(Algorithm::PS256),
            introspection_signed_response_alg: Some(Algorithm::ES384),
            id_token_encrypted_response_alg: Some(KeyManagement::EcdhEsA256kw),
            id_token_encrypted_response_enc: Some(ContentEncryption::A256Gcm),
            userinfo_encrypted_response_alg: Some(KeyManagement::RsaOaep256),
            userinfo_encrypted_response_enc: Some(ContentEncryption::A128CbcHs256),
            resources: vec!["https://api.example.com/".to_owned()],
            authorization_details_types: vec!["payment".to_owned()],
            sub: SubMode::External("keycloak:corp".to_owned()),
            username: UsernameFormat::Spn,
            iat_backdate: 0,
            code_lifetime: 30,
            access_token_lifetime: 60,
            id_token_lifetime: 61,
            refresh_token_lifetime: 62,
            rotate_refresh_tokens: false,
            refresh_grace: 0,
            backchannel_logout_uri: text("https://netbox.example.com/logout"),
            backchannel_logout_session_required: true,
            frontchannel_logout_uri: text("https://netbox.example.com/bye"),
            frontchannel_logout_session_required: true,
            launch_url: text("https://netbox.example.com/start"),
            app_url: text("https://netbox.example.com"),
            template: text("netbox"),
            logo_uri: text("https://netbox.example.com/logo.svg"),
            policy_uri: text("https://netbox.example.com/policy"),
            tos_uri: text("https://netbox.example.com/tos"),
            contact: text("netops@example.com"),
            initiate_login_uri: text("https://netbox.example.com/login"),
            default_max_age: Some(3600),
            sector_identifier_uri: text("https://netbox.example.com/sector.json"),
        }),
        created_at: NOW + 2,
        updated_at: NOW + 3,
        ..samples::client(id)
    }
}

async fn add(app: &TestApp, client: &Client) {
    app.write(async |tx| clients::insert(tx, client).await).await;
}

fn uri(client: &Client, purpose: UriPurpose, uri: &str) -> RedirectUri {
    RedirectUri { client_id: client.id.clone(), purpose, uri: uri.to_owned() }
}

#[tokio::test]
async fn clients_come_back_as_stored() {
    each_database(async |app: TestApp| {
        let (a, b) = (complete("a"), samples::client("b"));
        add(&app, &b).await;
        add(&app, &a).await;
        assert_same(&app.read(clients::all).await, &vec![a, b]);
    })
    .await;
}

#[tokio::test]
async fn an_update_overwrites_all_but_id_and_uris() {
    each_database(async |app: TestApp| {
        let before = samples::client("netbox");
        add(&app, &before).await;
        let callback = uri(&before, UriPurpose::Authorization, "https://a.example/cb");
        app.write(async |tx| clients::add_uri(tx, &callback).await).await;
        let mut after = complete("netbox");
        app.write(async |tx| clients::update(tx, &after).await).await;
        after.created_at = before.created_at;
        after.redirect_uris = vec![callback.uri.clone()];
        assert_same(&app.read(clients::all).await, &vec![after]);

        app.write(async |tx| clients::update(tx, &before).await).await;
        let back = Client { redirect_uris: vec![callback.uri], ..before };
        assert_same(&app.read(clients::all).await, &vec![back]);
    })
    .await;
}

#[tokio::test]
async fn ids_and_slugs_belong_to_one_client() {
    each_database(async |app: TestApp| {
        add(&app, &samples::client("netbox")).await;
        let same_id = Client { slug: "other".to_owned(), ..samples::client("netbox") };
        let same_slug = Client { slug: "netbox".to_owned(), ..samples::client("other") };
        for twin in [same_id, same_slug] {
            let added = app.try_write(async |tx| clients::insert(tx, &twin).await).await;
            assert!(is_taken(&added.unwrap_err()));
        }
        let wiki = samples::client("wiki");
        add(&app, &wiki).await;
        let renamed = Client { slug: "netbox".to_owned(), ..wiki };
        let updated = app.try_write(async |tx| clients::update(tx, &renamed).await).await;
        assert!(is_taken(&updated.unwrap_err()));
    })
    .await;
}

#[tokio::test]
async fn uris_are_kept_byte_for_byte_and_by_purpose() {
    each_database(async |app: TestApp| {
        let client = samples::client("netbox");
        add(&app, &client).await;
        let callbacks = ["https://a.example/CB?x=%2F", "https://a.example/cb", "myapp:/cb"];
        for callback in callbacks {
            let uri = uri(&client, UriPurpose::Authorization, callback);
            assert!(app.write(async |tx| clients::add_uri(tx, &uri).await).await);
            assert!(!app.write(async |tx| clients::add_uri(tx, &uri).await).await);
        }
        let after = uri(&client, UriPurpose::PostLogout, callbacks[1]);
        assert!(app.write(async |tx| clients::add_uri(tx, &after).await).await);
        let mut found = app.read(clients::all).await.remove(0);
        found.redirect_uris.sort();
        assert_eq!(found.redirect_uris, callbacks);
        assert_eq!(found.post_logout_redirect_uris, [callbacks[1]]);

        let removed = uri(&client, UriPurpose::Authorization, callbacks[1]);
        assert!(app.write(async |tx| clients::remove_uri(tx, &removed).await).await);
        assert!(!app.write(async |tx| clients::remove_uri(tx, &removed).await).await);
        let found = app.read(clients::all).await.remove(0);
        assert_eq!(found.redirect_uris.len(), 2);
        assert_eq!(found.post_logout_redirect_uris.len(), 1);
    })
    .await;
}

async fn add_user(app: &TestApp, name: &str) -> User {
    let user = samples::user(name);
    app.write(async |tx| users::insert(tx, &user, None).await).await;
    user
}

fn consent(user: &User, client: &Client, scopes: &str) -> Consent {
    Consent {
        user_id: user.id.clone(),
        client_id: client.id.clone(),
        scopes: Json(Scopes::parse(scopes)),
        granted_at: NOW,
    }
}

#[tokio::test]
async fn a_consent_is_remembered_replaced_and_forgotten() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (add_user(&app, "alice").await, add_user(&app, "bob").await);
        let (netbox, wiki) = (samples::client("netbox"), samples::client("wiki"));
        add(&app, &netbox).await;
        add(&app, &wiki).await;
        let put = async |consent: &Consent| {
            app.write(async |tx| consents::put(tx, consent).await).await;
        };
        let find = async |user: &User, client: &Client| {
            app.read(async |c| consents::find(c, &user.id, &client.id).await).await
        };
        put(&consent(&alice, &netbox, "openid")).await;
        let mut newer = consent(&alice, &netbox, "openid email");
        newer.granted_at = NOW + 9;
        put(&newer).await;
        put(&consent(&alice, &wiki, "openid")).await;
        assert_same(&find(&alice, &netbox).await, &Some(newer.clone()));
        assert!(find(&bob, &netbox).await.is_none());
        let all = app.read(async |c| consents::of_user(c, &alice.id).await).await;
        assert_same(&all, &vec![newer, consent(&alice, &wiki, "openid")]);

        let forget =
            async || app.write(async |tx| consents::delete(tx, &alice.id, &netbox.id).await).await;
        assert!(forget().await);
        assert!(!forget().await);
        assert!(find(&alice, &netbox).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_deleted_client_leaves_nothing_behind() {
    each_database(async |app: TestApp| {
        let (alice, netbox) = (add_user(&app, "alice").await, samples::client("netbox"));
        add(&app, &netbox).await;
        let callback = uri(&netbox, UriPurpose::Authorization, "https://a.example/cb");
        let allowed = consent(&alice, &netbox, "openid");
        app.write(async |tx| {
            clients::add_uri(tx, &callback).await?;
            consents::put(tx, &allowed).await
        })
        .await;
        assert!(app.write(async |tx| clients::delete(tx, &netbox.id).await).await);
        assert!(!app.write(async |tx| clients::delete(tx, &netbox.id).await).await);
        assert!(app.read(async |c| consents::of_user(c, &alice.id).await).await.is_empty());
        // A namesake starts without the old one's URIs.
        add(&app, &netbox).await;
        assert_same(&app.read(clients::all).await, &vec![netbox]);
    })
    .await;
}
