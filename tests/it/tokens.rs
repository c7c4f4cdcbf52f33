//! Access tokens of each kind: what they carry, who may look into them, and how they are ended.

use axum::http::Request;
use keystead::domain::{AccessTokenFormat, Algorithm, Client, EVERYONE, GrantType, Scope};
use keystead::{registry, store};
use serde_json::{Value, json};
use sqlx::types::Json;

use crate::harness::http::Answer;
use crate::harness::steps::{claims_of, header_of};
use crate::harness::{Browser, Party, TestApp, Tokens, each_database, http};

const OFFLINE: (&str, &str) = ("scope", "openid email offline_access");

async fn party_with(app: &TestApp, id: &str, change: impl FnOnce(&mut Client)) -> Party {
    Party::new(&app.app, &app.client_with(id, change).await).await
}

fn format(format: AccessTokenFormat) -> impl FnOnce(&mut Client) {
    move |client| client.settings.access_token = format
}

/// A client of each kind with tokens of Alice's.
async fn each_kind(app: &TestApp) -> Vec<(Party, Tokens)> {
    app.user("alice").await;
    let mut all = Vec::new();
    for (id, kind) in [("opaque", AccessTokenFormat::Opaque), ("jwt", AccessTokenFormat::Jwt)] {
        let party = party_with(app, id, format(kind)).await;
        let tokens = party.sign_in(&mut Browser::new(&app.app), "alice", &[OFFLINE]).await;
        all.push((party, tokens));
    }
    all
}

async fn introspect(party: &Party, token: &str) -> Value {
    let answer = party.call("introspection_endpoint", &[("token", token)]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    answer.json()
}

async fn revoke(party: &Party, token: &str) -> Answer {
    party.call("revocation_endpoint", &[("token", token)]).await
}

#[tokio::test]
async fn a_jwt_access_token_is_as_rfc_9068_says() {
    each_database(async |app| {
        app.user("alice").await;
        for alg in Algorithm::ALL {
            let change = |client: &mut Client| {
                client.settings.access_token = AccessTokenFormat::Jwt;
                client.settings.alg = alg;
            };
            let party = party_with(&app, &alg.as_str().to_lowercase(), change).await;
            let tokens = party.sign_in(&mut Browser::new(&app.app), "alice", &[OFFLINE]).await;
            let token = tokens.get("access_token");
            let header = header_of(token);
            assert_eq!((&header["typ"], &header["alg"]), (&"at+jwt".into(), &alg.as_str().into()));
            // Verified against the published keys, `iss` and `aud` included.
            let claims = party.verify(token).await;
            for same in ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"] {
                assert_eq!(claims[same], tokens.claims[same], "{same}");
            }
            assert_eq!(
                (&claims["client_id"], &claims["scope"]),
                (&party.id.as_str().into(), &"email offline_access openid".into())
            );
            let now = app.clock.now().0;
            assert_eq!(claims["exp"], now + 3600);
            assert!(claims["iat"].as_i64().unwrap() <= now);
            assert!(claims["jti"].as_str().unwrap().len() >= 22);
            assert!(!claims.contains_key("email") && !claims.contains_key("nonce"));
        }
    })
    .await;
}

#[tokio::test]
async fn each_jwt_is_one_of_a_kind() {
    each_database(async |app| {
        let (party, tokens) = each_kind(&app).await.pop().unwrap();
        let refreshed = party.refresh(tokens.get("refresh_token")).await.json();
        let jti = |token: &str| claims_of(token)["jti"].clone();
        let second = refreshed["access_token"].as_str().unwrap();
        assert_ne!(jti(tokens.get("access_token")), jti(second));
    })
    .await;
}

#[tokio::test]
async fn one_kind_of_token_does_not_pass_for_another() {
    each_database(async |app| {
        for (party, tokens) in each_kind(&app).await {
            let (access, refresh) = (tokens.get("access_token"), tokens.get("refresh_token"));
            assert_eq!(party.userinfo(access).await.status, 200);
            for wrong in [tokens.get("id_token"), refresh] {
                assert_eq!(party.userinfo(wrong).await.error(), (401, "invalid_token".into()));
            }
            for wrong in [access, tokens.get("id_token")] {
                assert_eq!(party.refresh(wrong).await.error(), (400, "invalid_grant".into()));
            }
            assert_eq!(introspect(&party, tokens.get("id_token")).await, json!({"active": false}));
            let hint = party.ask(&[("id_token_hint", access)]);
            let answer = http::get(&app.app, &hint).await;
            assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
        }
    })
    .await;
}

#[tokio::test]
async fn introspection_tells_what_a_token_is_good_for_and_nothing_of_others() {
    each_database(async |app| {
        let all = each_kind(&app).await;
        for (party, tokens) in &all {
            let told = introspect(party, tokens.get("access_token")).await;
            let now = app.clock.now().0;
            assert_eq!(told["active"], true);
            assert_eq!(told["scope"], "email offline_access openid");
            assert_eq!(
                (&told["client_id"], &told["aud"]),
                (&party.id.as_str().into(), &party.id.as_str().into())
            );
            // Who may not read the profile must not know people by their names either.
            assert_eq!((&told["username"], &told["token_type"]), (&Value::Null, &"Bearer".into()));
            assert_eq!(told["sub"], tokens.claims["sub"]);
            assert_eq!(told["iss"], party.metadata["issuer"]);
            assert_eq!(told["exp"], now + 3600);
            let refresh = introspect(party, tokens.get("refresh_token")).await;
            assert_eq!((&refresh["active"], &refresh["token_type"]), (&true.into(), &Value::Null));
            assert_eq!(refresh["exp"], now + 30 * 86_400);
        }
        app.wait(3600);
        for (party, tokens) in &all {
            for dead in [tokens.get("access_token"), "nonsense", "e30.e30.AA"] {
                assert_eq!(introspect(party, dead).await, json!({ "active": false }), "{dead}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn only_clients_with_a_secret_may_look_into_tokens() {
    each_database(async |app| {
        let public = party_with(&app, "public", |client| client.public = true).await;
        let form = [("token", "x")];
        let answer = public.call("introspection_endpoint", &form).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()));
        let answer = http::post(&app.app, "/oauth2/introspect", &form).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()));
        let secret = party_with(&app, "web", |_| ()).await;
        let answer = secret.call("introspection_endpoint", &[]).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()));
    })
    .await;
}

#[tokio::test]
async fn revoking_an_access_token_ends_that_one_alone() {
    each_database(async |app| {
        for (party, tokens) in each_kind(&app).await {
            let refreshed = party.refresh(tokens.get("refresh_token")).await.json();
            let (first, second) =
                (tokens.get("access_token"), refreshed["access_token"].as_str().unwrap());
            for token in [first, first, "nonsense"] {
                let answer = revoke(&party, token).await;
                assert_eq!((answer.status, answer.body.as_str()), (200, ""), "always the same");
            }
            assert_eq!(party.userinfo(first).await.error(), (401, "invalid_token".into()));
            assert_eq!(introspect(&party, first).await, json!({ "active": false }));
            assert_eq!(party.userinfo(second).await.status, 200);
            let third = party.refresh(refreshed["refresh_token"].as_str().unwrap()).await;
            assert_eq!(third.status, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_all_that_was_granted_with_it() {
    each_database(async |app| {
        for (party, tokens) in each_kind(&app).await {
            assert_eq!(revoke(&party, tokens.get("refresh_token")).await.status, 200);
            assert_eq!(party.userinfo(tokens.get("access_token")).await.status, 401);
            let refreshed = party.refresh(tokens.get("refresh_token")).await;
            assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
            for dead in [tokens.get("refresh_token"), tokens.get("access_token")] {
                assert_eq!(introspect(&party, dead).await, json!({ "active": false }));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_revokes_what_belongs_to_another() {
    each_database(async |app| {
        let stranger = party_with(&app, "stranger", |_| ()).await;
        for (party, tokens) in each_kind(&app).await {
            for token in [tokens.get("access_token"), tokens.get("refresh_token")] {
                assert_eq!(revoke(&stranger, token).await.status, 200);
                let answer = http::post(&app.app, "/oauth2/revoke", &[("token", token)]).await;
                assert_eq!(answer.error(), (401, "invalid_client".into()));
            }
            assert_eq!(party.userinfo(tokens.get("access_token")).await.status, 200);
            assert_eq!(party.refresh(tokens.get("refresh_token")).await.status, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_public_client_revokes_its_own_tokens_by_its_name() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party_with(&app, "public", |client| client.public = true).await;
        let tokens = party.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
        assert_eq!(revoke(&party, tokens.get("access_token")).await.status, 200);
        assert_eq!(party.userinfo(tokens.get("access_token")).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn the_name_of_the_bearer_scheme_is_read_in_any_case_and_never_from_the_url() {
    each_database(async |app| {
        let (party, tokens) = each_kind(&app).await.remove(0);
        let token = tokens.get("access_token");
        for scheme in ["bearer", "BEARER", "Bearer"] {
            let request = Request::get(party.path("userinfo_endpoint"))
                .header("authorization", format!("{scheme} {token}"));
            let answer = http::send(&app.app, request.body(axum::body::Body::empty()).unwrap());
            assert_eq!(answer.await.status, 200, "{scheme}");
        }
        let in_url = format!("{}?access_token={token}", party.path("userinfo_endpoint"));
        assert_eq!(http::get(&app.app, &in_url).await.status, 401);
    })
    .await;
}

async fn add_scope(app: &TestApp, name: &str) {
    let scope = Scope {
        name: name.to_owned(),
        sentence: "Read everything".to_owned(),
        claims: Json(Vec::new()),
        builtin: false,
    };
    app.write(async |tx| {
        store::scopes::put(tx, &scope).await?;
        registry::changed(tx).await
    })
    .await;
    app.refresh_registry().await.unwrap();
}

#[tokio::test]
async fn a_client_acting_for_itself_gets_custom_scopes_of_its_maps_alone_and_tells_of_nobody() {
    each_database(async |app| {
        add_scope(&app, "assets:read").await;
        add_scope(&app, "assets:write").await;
        for kind in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
            let change = |client: &mut Client| {
                client.settings.access_token = kind;
                client.settings.grant_types = vec![GrantType::ClientCredentials];
            };
            let registered = app.client_with(&format!("{kind:?}").to_lowercase(), change).await;
            app.allow(&registered.client.id, EVERYONE, "openid email assets:read").await;
            let party = Party::new(&app.app, &registered).await;
            let asked = "openid email offline_access assets:read assets:write unknown";
            let form = [("grant_type", "client_credentials"), ("scope", asked)];
            let answer = party.call("token_endpoint", &form).await.json();
            assert_eq!(answer["scope"], "assets:read");
            assert!(answer.get("id_token").is_none() && answer.get("refresh_token").is_none());
            let token = answer["access_token"].as_str().unwrap();
            let told = introspect(&party, token).await;
            let id = Value::from(party.id.as_str());
            assert_eq!((&told["sub"], &told["client_id"], &told["aud"]), (&id, &id, &id));
            assert!(told["active"] == true && told.get("username").is_none());
            assert_eq!(party.userinfo(token).await.error(), (403, "insufficient_scope".into()));
            if kind == AccessTokenFormat::Jwt {
                let claims = party.verify(token).await;
                assert_eq!((&claims["sub"], &claims["scope"]), (&id, &"assets:read".into()));
                assert!(!claims.contains_key("auth_time") && !claims.contains_key("sid"));
            }
            assert_eq!(revoke(&party, token).await.status, 200);
            assert_eq!(introspect(&party, token).await, json!({ "active": false }));
        }
    })
    .await;
}

#[tokio::test]
async fn who_may_act_for_itself_is_the_administrators_choice() {
    each_database(async |app| {
        let form = [("grant_type", "client_credentials")];
        let web = party_with(&app, "web", |_| ()).await;
        let refused = (400, "unauthorized_client".to_owned());
        assert_eq!(web.call("token_endpoint", &form).await.error(), refused);
        let change = |client: &mut Client| {
            client.public = true;
            client.settings.grant_types = vec![GrantType::ClientCredentials];
        };
        let public = party_with(&app, "public", change).await;
        assert_eq!(public.call("token_endpoint", &form).await.error(), refused);
    })
    .await;
}
