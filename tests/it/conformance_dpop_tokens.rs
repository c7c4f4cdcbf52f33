//! What is bound to the key of a proof (RFC 9449), and who is told of it.

use keystead::domain::{AccessTokenFormat, Dpop, GrantType, Layout};
use serde_json::{Value, json};

use crate::harness::prover::Prover;
use crate::harness::{Browser, Party, Scene, each_database, http};

#[tokio::test]
async fn a_refresh_token_of_a_public_client_stays_with_its_key() {
    each_database(async |app| {
        for public in [true, false] {
            let id = if public { "device" } else { "server" };
            if public {
                app.user("alice").await;
            }
            let registered = match public {
                true => app.client_with(id, |client| client.public = true).await,
                false => app.client(id).await,
            };
            let party = Party::new(&app.app, &registered).await;
            let (prover, other) = (Prover::new(), Prover::new());
            let mut browser = Browser::new(&app.app);
            let url = party.ask(&[("scope", "openid offline_access")]);
            let code = browser.authorize(&url, "alice").await.param("code").unwrap();
            let tokens = party.exchange_with(&code, &prover.for_token(&party)).await.json();
            let mut refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
            let use_it = async |refresh: &str, key: &Prover| {
                let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
                let proof = key.for_token(&party);
                party.call_with("token_endpoint", &form, &[("dpop", &proof)]).await
            };
            let stolen = use_it(&refresh, &other).await;
            if public {
                assert_eq!(stolen.error(), (400, "invalid_grant".to_owned()));
                let bare = party.refresh(&refresh).await;
                assert_eq!(bare.error(), (400, "invalid_grant".to_owned()));
            } else {
                // It proves who it is, and may have a new key (RFC 9449 5).
                assert_eq!(stolen.status, 200, "{}", stolen.body);
                refresh = stolen.json()["refresh_token"].as_str().unwrap().to_owned();
            }
            let answer = use_it(&refresh, &prover).await;
            assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("DPoP")));
        }
    })
    .await;
}

#[tokio::test]
async fn introspection_and_signed_tokens_name_the_key() {
    each_database(async |app| {
        for format in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
            let id = format!("{format:?}").to_lowercase();
            let registered = app
                .client_with(&id, |client| {
                    client.settings.access_token = format;
                    client.settings.grant_types.push(GrantType::ClientCredentials);
                })
                .await;
            let party = Party::new(&app.app, &registered).await;
            let prover = Prover::new();
            let form = [("grant_type", "client_credentials")];
            let proof = prover.for_token(&party);
            let answer = party.call_with("token_endpoint", &form, &[("dpop", &proof)]).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let token = answer.json()["access_token"].as_str().unwrap().to_owned();
            let told = party.call("introspection_endpoint", &[("token", &token)]).await.json();
            assert_eq!(told["cnf"], json!({ "jkt": prover.jkt }));
            assert_eq!(told["token_type"], "DPoP");
            if format == AccessTokenFormat::Jwt {
                let claims: Value =
                    jsonwebtoken::dangerous::insecure_decode(&token).unwrap().claims;
                assert_eq!(claims["cnf"], json!({ "jkt": prover.jkt }));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_proof_names_the_paths_that_the_client_uses() {
    each_database(async |app| {
        app.user("alice").await;
        let registered = app.client("web").await;
        for (layout, discovery) in [
            (Layout::Authentik, "/application/o/web/.well-known/openid-configuration"),
            (Layout::Kanidm, "/oauth2/openid/web/.well-known/openid-configuration"),
        ] {
            let party = Party::at(&app.app, &registered, discovery).await;
            let prover = Prover::new();
            let mut browser = Browser::new(&app.app);
            let answer = browser.authorize(&party.ask(&[]), "alice").await;
            let code = answer.param("code").unwrap();
            let answer = party.exchange_with(&code, &prover.for_token(&party)).await;
            assert_eq!(answer.status, 200, "{layout:?} {}", answer.body);
            let token = answer.json()["access_token"].as_str().unwrap().to_owned();
            let proof = prover.for_userinfo(&party, &token);
            let answer = party.userinfo_with(("DPoP", &token), &proof).await;
            assert_eq!(answer.status, 200, "{layout:?} {}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn scripts_of_other_origins_may_send_proofs_and_read_nonces() {
    each_database(async |app| {
        Scene::with(&app, |client| client.settings.dpop = Dpop::Nonce).await;
        let answer =
            http::get_with(&app.app, "/oauth2/userinfo", &[("origin", "https://spa.example")]);
        let exposed = answer.await.header("access-control-expose-headers").to_lowercase();
        assert!(
            exposed.contains("dpop-nonce") && exposed.contains("www-authenticate"),
            "{exposed}"
        );
    })
    .await;
}
