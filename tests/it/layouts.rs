//! The URLs of other providers: each layout answers completely, and decides `iss` from the first
//! request of a flow to its last token.

use keystead::domain::{AccessTokenFormat, Algorithm, Client};
use keystead::store::clients;

use crate::harness::steps::claims_of;
use crate::harness::{Browser, Party, TestApp, each_database, http};

const NATIVE: &str = "/.well-known/openid-configuration";
const AUTHENTIK: &str = "/application/o/web-app/.well-known/openid-configuration";
const KANIDM: &str = "/oauth2/openid/web/.well-known/openid-configuration";
/// The issuer of each, byte for byte.
const ISSUERS: [(&str, &str); 3] = [
    (NATIVE, "https://id.example.com"),
    (AUTHENTIK, "https://id.example.com/application/o/web-app/"),
    (KANIDM, "https://id.example.com/oauth2/openid/web"),
];
/// The paths of each: authorize, token, userinfo, keys, end-session, introspect, revoke.
const PATHS: [(&str, [&str; 7]); 3] = [
    (
        NATIVE,
        [
            "/oauth2/authorize",
            "/oauth2/token",
            "/oauth2/userinfo",
            "/oauth2/jwks",
            "/oauth2/end-session",
            "/oauth2/introspect",
            "/oauth2/revoke",
        ],
    ),
    (
        AUTHENTIK,
        [
            "/application/o/authorize/",
            "/application/o/token/",
            "/application/o/userinfo/",
            "/application/o/web-app/jwks/",
            "/application/o/web-app/end-session/",
            "/application/o/introspect/",
            "/application/o/revoke/",
        ],
    ),
    (
        KANIDM,
        [
            "/ui/oauth2",
            "/oauth2/token",
            "/oauth2/openid/web/userinfo",
            "/oauth2/openid/web/public_key.jwk",
            "/oauth2/openid/web/end-session",
            "/oauth2/token/introspect",
            "/oauth2/token/revoke",
        ],
    ),
];
const ENDPOINTS: [&str; 7] = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
];

/// The client `web`, which authentik's paths call `web-app`.
async fn parties(app: &TestApp, change: impl FnOnce(&mut Client)) -> Vec<Party> {
    let named = |client: &mut Client| {
        client.slug = "web-app".into();
        change(client);
    };
    let registered = app.client_with("web", named).await;
    let mut all = Vec::new();
    for (discovery, _) in ISSUERS {
        all.push(Party::at(&app.app, &registered, discovery).await);
    }
    all
}

/// The same with the slash at the end that it lacks, or without the one it has.
fn other_ending(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}

#[tokio::test]
async fn issuers_and_endpoints_are_those_of_each_layout() {
    each_database(async |app| {
        let parties = parties(&app, |_| ()).await;
        for ((party, (_, issuer)), (_, paths)) in parties.iter().zip(ISSUERS).zip(PATHS) {
            assert_eq!(party.metadata["issuer"], issuer);
            for (endpoint, path) in ENDPOINTS.iter().zip(paths) {
                assert_eq!(party.path(endpoint), path);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_is_found_under_every_spelling() {
    each_database(async |app| {
        parties(&app, |_| ()).await;
        for ((discovery, issuer), spellings) in ISSUERS.into_iter().zip([
            &["//.well-known/openid-configuration", "/.well-known/oauth-authorization-server"][..],
            &[
                "/application/o/web-app//.well-known/openid-configuration",
                "/application/o/web-app/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server/application/o/web-app",
                "/.well-known/oauth-authorization-server/application/o/web-app/",
            ],
            &[
                "/oauth2/openid/web//.well-known/openid-configuration",
                "/oauth2/openid/web/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server/oauth2/openid/web",
                "/.well-known/openid-configuration/oauth2/openid/web",
            ],
        ]) {
            let all = spellings.iter().map(|path| (*path).to_owned());
            for path in all.chain([discovery.to_owned(), other_ending(discovery)]) {
                let answer = http::get(&app.app, &path).await;
                assert_eq!(answer.status, 200, "{path}");
                assert_eq!(answer.json()["issuer"], issuer, "{path}");
            }
        }
        let root = http::get(&app.app, "/application/o/web-app/").await;
        assert_eq!((root.status, root.location()), (303, AUTHENTIK));
    })
    .await;
}

#[tokio::test]
async fn the_layout_a_flow_starts_on_decides_iss_to_its_end() {
    each_database(async |app| {
        app.user("alice").await;
        let jwt = |client: &mut Client| client.settings.access_token = AccessTokenFormat::Jwt;
        let parties = parties(&app, jwt).await;
        // One browser: its session began on the first layout, its flows on each.
        let mut browser = Browser::new(&app.app);
        for (party, (_, issuer)) in parties.iter().zip(ISSUERS) {
            let scope = [("scope", "openid offline_access")];
            // The callback's `iss` and the ID token's are compared with the metadata's in there.
            let tokens = party.sign_in(&mut browser, "alice", &scope).await;
            assert_eq!(tokens.claims["iss"], issuer);
            let access_token = tokens.get("access_token");
            assert_eq!(claims_of(access_token)["iss"], issuer);
            assert_eq!(party.userinfo(access_token).await.json()["sub"], tokens.claims["sub"]);
            let refreshed = party.refresh(tokens.get("refresh_token")).await.json();
            let again = party.verify(refreshed["id_token"].as_str().unwrap()).await;
            assert_eq!(again["iss"], issuer);
            let form = [("token", refreshed["access_token"].as_str().unwrap())];
            let told = party.call("introspection_endpoint", &form).await.json();
            assert_eq!((&told["active"], &told["iss"]), (&true.into(), &issuer.into()));
        }
    })
    .await;
}

#[tokio::test]
async fn the_path_of_later_requests_decides_nothing() {
    each_database(async |app| {
        app.user("alice").await;
        let parties = parties(&app, |_| ()).await;
        for (n, (_, issuer)) in ISSUERS.into_iter().enumerate() {
            let (start, elsewhere) = (&parties[n], &parties[(n + 1) % parties.len()]);
            let mut browser = Browser::new(&app.app);
            let ask = start.ask(&[("scope", "openid offline_access")]);
            let answer = browser.authorize(&ask, "alice").await;
            assert_eq!(answer.param("iss").as_deref(), Some(issuer));
            let tokens = elsewhere.exchange(&answer.param("code").unwrap()).await.json();
            let refreshed = elsewhere.refresh(tokens["refresh_token"].as_str().unwrap()).await;
            for tokens in [&tokens, &refreshed.json()] {
                assert_eq!(claims_of(tokens["id_token"].as_str().unwrap())["iss"], issuer);
                let token = tokens["access_token"].as_str().unwrap();
                assert_eq!(elsewhere.userinfo(token).await.status, 200);
                let told = elsewhere.call("introspection_endpoint", &[("token", token)]).await;
                assert_eq!(told.json()["iss"], issuer);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn errors_at_the_callback_carry_the_issuer_of_the_layout_too() {
    each_database(async |app| {
        for (party, (_, issuer)) in parties(&app, |_| ()).await.iter().zip(ISSUERS) {
            let answer = http::get(&app.app, &party.ask(&[("prompt", "none")])).await;
            assert_eq!(answer.param("error").as_deref(), Some("login_required"));
            assert_eq!(answer.param("iss").as_deref(), Some(issuer));
        }
    })
    .await;
}

#[tokio::test]
async fn every_endpoint_answers_with_and_without_a_slash_at_the_end() {
    each_database(async |app| {
        app.user("alice").await;
        for mut party in parties(&app, |_| ()).await {
            for endpoint in ENDPOINTS {
                let url = party.metadata[endpoint].as_str().unwrap();
                party.metadata[endpoint] = other_ending(url).into();
            }
            let mut browser = Browser::new(&app.app);
            let scope = [("scope", "openid offline_access")];
            let tokens = party.sign_in(&mut browser, "alice", &scope).await;
            let access_token = tokens.get("access_token");
            assert_eq!(party.userinfo(access_token).await.status, 200);
            let form = [("token", access_token)];
            let told = party.call("introspection_endpoint", &form).await.json();
            assert_eq!(told["active"], true);
            assert_eq!(party.call("revocation_endpoint", &form).await.status, 200);
            assert_eq!(party.userinfo(access_token).await.status, 401);
            let hint = http::encode(&[("id_token_hint", tokens.get("id_token"))]);
            let bye = format!("{}?{hint}", party.path("end_session_endpoint"));
            assert!(browser.get(&bye).await.has("logout-done"));
        }
    })
    .await;
}

#[tokio::test]
async fn kanidms_other_spelling_of_authorize_answers_too() {
    each_database(async |app| {
        app.user("alice").await;
        let mut parties = parties(&app, |_| ()).await;
        let kanidm = &mut parties[2];
        kanidm.metadata["authorization_endpoint"] =
            "https://id.example.com/oauth2/authorise".into();
        kanidm.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
    })
    .await;
}

#[tokio::test]
async fn a_clients_own_metadata_names_its_own_algorithm_alone() {
    each_database(async |app| {
        app.user("alice").await;
        let parties = parties(&app, |client| client.settings.alg = Algorithm::ES256).await;
        let algs = |party: &Party| party.metadata["id_token_signing_alg_values_supported"].clone();
        assert_eq!(algs(&parties[0]).as_array().unwrap().len(), 5);
        for party in &parties[1..] {
            assert_eq!(algs(party), serde_json::json!(["ES256"]));
            party.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn unknown_and_disabled_clients_have_no_metadata() {
    each_database(async |app| {
        parties(&app, |_| ()).await;
        let unknown = [
            "/application/o/nobody/.well-known/openid-configuration",
            "/oauth2/openid/nobody/.well-known/openid-configuration",
            // authentik's paths go by slug, Kanidm's by client id.
            "/application/o/web/.well-known/openid-configuration",
            "/oauth2/openid/web-app/.well-known/openid-configuration",
        ];
        for path in unknown {
            assert_eq!(
                http::get(&app.app, path).await.error(),
                (404, "not_found".into()),
                "{path}"
            );
        }
        let mut client = app.registry().client(&keystead::domain::ClientId("web".into())).unwrap();
        std::sync::Arc::make_mut(&mut client).disabled_at = Some(app.clock.now());
        app.write(async |tx| {
            clients::update(tx, &client).await?;
            keystead::registry::changed(tx).await
        })
        .await;
        app.refresh_registry().await.unwrap();
        for path in [AUTHENTIK, KANIDM] {
            assert_eq!(http::get(&app.app, path).await.status, 404, "{path}");
        }
        assert_eq!(http::get(&app.app, NATIVE).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_client_acting_for_itself_gets_the_issuer_of_the_path_it_asks_on() {
    each_database(async |app| {
        let own = |client: &mut Client| {
            client.settings.grant_types = vec![keystead::domain::GrantType::ClientCredentials];
            client.settings.access_token = AccessTokenFormat::Jwt;
        };
        let parties = parties(&app, own).await;
        // Kanidm's token endpoint is the native one, and so is the issuer there.
        for (party, (_, issuer)) in parties.iter().zip([ISSUERS[0], ISSUERS[1], ISSUERS[0]]) {
            let form = [("grant_type", "client_credentials")];
            let answer = party.call("token_endpoint", &form).await.json();
            let token = answer["access_token"].as_str().unwrap();
            assert_eq!(claims_of(token)["iss"], issuer);
            let told = party.call("introspection_endpoint", &[("token", token)]).await.json();
            assert_eq!((&told["active"], &told["iss"]), (&true.into(), &issuer.into()));
        }
    })
    .await;
}
