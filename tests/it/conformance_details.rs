//! The small print beside the rows of the OpenID Foundation's plans: an acr by name, access tokens that
//! are JWTs, refreshed tokens.

use keystead::domain::AccessTokenFormat;

use crate::harness::{Browser, Scene, each_database, http};

#[tokio::test]
async fn an_acr_asked_for_in_claims_is_returned() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        for acr in [
            r#"{"essential":true,"values":["2","1"]}"#,
            r#"{"essential":true,"value":"1"}"#,
            r#"{"values":["1"]}"#,
            "null",
        ] {
            let claims = format!(r#"{{"id_token":{{"acr":{acr}}}}}"#);
            let tokens = scene.tokens(&[("claims", &claims)]).await;
            assert_eq!(tokens.claims["acr"], "1", "{acr}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_used_twice_kills_an_access_token_that_is_a_jwt_too() {
    each_database(async |app| {
        let jwt = |client: &mut keystead::domain::Client| {
            client.settings.access_token = AccessTokenFormat::Jwt;
        };
        let mut scene = Scene::with(&app, jwt).await;
        for pause in [0, 30] {
            let code = scene.code().await;
            let answer = scene.party.exchange(&code).await.json();
            let token = answer["access_token"].as_str().unwrap();
            assert_eq!(token.split('.').count(), 3);
            assert_eq!(scene.party.userinfo(token).await.status, 200);
            app.wait(pause);
            let again = scene.party.exchange(&code).await;
            assert_eq!(again.error(), (400, "invalid_grant".into()));
            assert_eq!(scene.party.userinfo(token).await.status, 401, "after {pause} s");
            let form = [("token", token)];
            let told = scene.party.call("introspection_endpoint", &form).await.json();
            assert_eq!(told, serde_json::json!({ "active": false }));
        }
    })
    .await;
}

#[tokio::test]
async fn a_refreshed_answer_is_as_good_as_the_first() {
    each_database(async |app| {
        for (name, format) in
            [("opaque", AccessTokenFormat::Opaque), ("jwt", AccessTokenFormat::Jwt)]
        {
            app.user(name).await;
            let change =
                |client: &mut keystead::domain::Client| client.settings.access_token = format;
            let registered = app.client_with(name, change).await;
            let party = crate::harness::Party::new(&app.app, &registered).await;
            let scope = [("scope", "openid offline_access"), ("prompt", "consent")];
            let first = party.sign_in(&mut Browser::new(&app.app), name, &scope).await;
            app.wait(1);
            let second = party.refresh(first.get("refresh_token")).await.json();
            assert_eq!(second["token_type"], "Bearer");
            assert!(second["expires_in"].as_i64().is_some_and(|n| (1..=31_536_000).contains(&n)));
            for (kind, least) in [("access_token", 96.0), ("refresh_token", 128.0)] {
                let token = second[kind].as_str().unwrap();
                assert_ne!(token, first.get(kind), "{name}: a new {kind}");
                assert!(http::entropy(token) > least, "{name}: {kind} {token}");
                assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)));
            }
            let answer = party.userinfo(second["access_token"].as_str().unwrap()).await;
            assert_eq!(answer.json()["sub"], first.claims["sub"]);
        }
    })
    .await;
}
