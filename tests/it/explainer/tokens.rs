//! What the token endpoint, userinfo and refreshing refuse.

use keystead::domain::{AuthMethod, Cause, Client, GrantType, Pkce};
use keystead::jobs;

use super::{all, compared, flush, newest, told, web};
use crate::harness::http;
use crate::harness::{Browser, Party, Scene, VERIFIER, each_database};

#[tokio::test]
async fn a_refusal_that_belongs_to_no_flow_gets_one_of_its_own() {
    each_database(async |app| {
        let party = web(&app).await;
        let grant =
            |grant: &'static str| [("grant_type", grant), ("code", "x"), ("refresh_token", "x")];
        for (form, cause, told_so) in [
            (grant("authorization_code"), Cause::CodeUnknown, ""),
            (grant("refresh_token"), Cause::RefreshUnknown, ""),
            (
                grant("password"),
                Cause::UnsupportedGrantType,
                "grant_type: password / authorization_code, refresh_token, client_credentials, device_code, \
                 token-exchange, jwt-bearer, ciba",
            ),
            (
                grant("client_credentials"),
                Cause::GrantNotAllowed,
                "grant_type: client_credentials / authorization_code, refresh_token",
            ),
        ] {
            app.wait(1);
            assert_eq!(party.call("token_endpoint", &form).await.status, 400);
            let reference = all(&app).await.remove(0).reference;
            let (flow, story) = told(&app, &reference).await;
            assert_eq!(flow.client_id.unwrap().as_str(), "web");
            assert_eq!(story.summary, "web asked for tokens and was refused.");
            let trouble = story.trouble.unwrap();
            assert_eq!((trouble.cause, compared(&trouble).as_str()), (cause, told_so));
        }
        let trouble = newest(&app).await;
        let offer = &trouble.offers[0];
        assert_eq!(offer.sentence, "Let web use the grant type client_credentials.");
        assert_eq!(
            offer.command,
            "keystead client update web --grant-type authorization_code --grant-type \
             refresh_token --grant-type client_credentials"
        );
    })
    .await;
}

#[tokio::test]
async fn how_a_client_should_authenticate_is_told() {
    each_database(async |app| {
        let by_form =
            |client: &mut Client| client.settings.auth_method = Some(AuthMethod::ClientSecretPost);
        let mut party = Party::new(&app.app, &app.client_with("web", by_form).await).await;
        let form = [("grant_type", "authorization_code"), ("code", "x")];
        assert_eq!(party.call("token_endpoint", &form).await.status, 401);
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::ClientAuthMethod);
        let both = "client authentication: client_secret_basic / client_secret_post";
        assert_eq!(compared(&trouble), both);
        assert!(trouble.offers[0].sentence.starts_with("Let web authenticate by"));
        party.id = "wev".into();
        app.wait(1);
        assert_eq!(party.call("token_endpoint", &form).await.status, 401);
        let trouble = newest(&app).await;
        assert_eq!(
            (trouble.cause, compared(&trouble).as_str()),
            (Cause::UnknownClient, "client_id: wev / web")
        );
        app.wait(1);
        http::post(&app.app, "/oauth2/token", &form).await;
        assert_eq!(newest(&app).await.cause, Cause::ClientAuthMissing);
    })
    .await;
}

#[tokio::test]
async fn the_question_of_the_integration_check_leaves_no_failure() {
    each_database(async |app| {
        let party = web(&app).await;
        let code = keystead::integration::NO_CODE;
        let form = [("grant_type", "authorization_code"), ("code", code)];
        let answer = party.call("token_endpoint", &form).await;
        assert_eq!(answer.error(), (400, "invalid_grant".into()));
        assert!(all(&app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_wrong_verifier_and_one_too_many_are_told_apart() {
    each_database(async |app| {
        let optional = |client: &mut Client| client.settings.pkce = Pkce::Optional;
        let mut scene = Scene::with(&app, optional).await;
        let redeem = async |scene: &Scene, code: &str, verifier: &str| {
            let uri = scene.party.redirect_uri.as_str();
            let form = [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", uri),
                ("code_verifier", verifier),
            ];
            assert_eq!(scene.party.call("token_endpoint", &form).await.status, 400);
        };
        let code = scene.code().await;
        redeem(&scene, &code, &VERIFIER.to_uppercase()).await;
        assert_eq!(newest(&app).await.cause, Cause::PkceVerifierWrong);
        app.wait(1);
        scene.party.pkce = false;
        let code = scene.code().await;
        redeem(&scene, &code, VERIFIER).await;
        let trouble = newest(&app).await;
        assert_eq!(trouble.cause, Cause::PkceVerifierUnexpected);
        assert_eq!(trouble.offers[0].sentence, "Demand PKCE of web.");
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_that_do_not_work_any_more_are_told_with_the_reason() {
    each_database(async |app| {
        let refreshing = |client: &mut Client| {
            client.settings.refresh_token_lifetime = 600;
            client.settings.refresh_grace = 0;
        };
        let mut scene = Scene::with(&app, refreshing).await;
        let other = Party::new(&app.app, &app.client("other").await).await;
        for (how, cause) in [
            ("late", Cause::RefreshExpired),
            ("other", Cause::RefreshOtherClient),
            ("more", Cause::ScopeExceeded),
            ("again", Cause::RefreshReused),
            ("revoked", Cause::GrantRevoked),
        ] {
            app.wait(1);
            let token = scene.refresh_token().await;
            let reference = all(&app).await.remove(0).reference;
            match how {
                "late" => {
                    app.wait(601);
                    scene.party.refresh(&token).await;
                }
                "other" => {
                    other.refresh(&token).await;
                }
                "more" => {
                    let scope = ("scope", "openid email");
                    let form = [("grant_type", "refresh_token"), ("refresh_token", &token), scope];
                    scene.party.call("token_endpoint", &form).await;
                }
                "again" => {
                    assert_eq!(scene.party.refresh(&token).await.status, 200);
                    app.wait(1);
                    scene.party.refresh(&token).await;
                }
                _ => {
                    app.sql("update grants set revoked_at = 1").await;
                    scene.party.refresh(&token).await;
                }
            }
            let (_, story) = told(&app, &reference).await;
            let trouble = story.trouble.unwrap_or_else(|| panic!("{how}: {:#?}", story.timeline));
            assert_eq!(trouble.cause, cause, "{how}");
            match how {
                "other" => assert_eq!(compared(&trouble), "client_id: other / web"),
                "more" => {
                    assert_eq!(compared(&trouble), "scope: email openid / offline_access openid")
                }
                _ => {}
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_without_openid_is_told_when_userinfo_refuses_it() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let code = scene.code_for(&[("scope", "profile email")]).await;
        let tokens = scene.party.exchange(&code).await.json();
        let answer = scene.party.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(answer.status, 403);
        let reference = all(&app).await.remove(0).reference;
        let (_, story) = told(&app, &reference).await;
        let trouble = story.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::InsufficientScope);
        assert_eq!(compared(&trouble), "scope: email profile / openid");
        assert_eq!(story.noticed[0].cause, Cause::OpenidMissing);
    })
    .await;
}

#[tokio::test]
async fn access_tokens_that_do_not_work_are_refused_with_one_answer_and_no_flow() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[]).await;
        let token = tokens.get("access_token");
        let flows = all(&app).await.len();
        let refused = async |token: &str, cause: Cause| {
            let answer = scene.party.userinfo(token).await;
            assert_eq!(answer.status, 401, "{cause}");
            assert!(!answer.body.contains(cause.code()), "{cause} is for the log");
        };
        refused("x", Cause::TokenUnknown).await;
        app.sql("update access_tokens set revoked_at = 1").await;
        app.recent.forget();
        refused(token, Cause::TokenRevoked).await;
        app.sql("update access_tokens set revoked_at = null").await;
        app.recent.forget();
        app.wait(3601);
        refused(token, Cause::TokenExpired).await;
        let bare = http::get(&app.app, &scene.party.path("userinfo_endpoint")).await;
        assert_eq!((bare.status, Cause::TokenMissing.code()), (401, "token_missing"));
        assert_eq!(all(&app).await.len(), flows);
    })
    .await;
}

#[tokio::test]
async fn tokens_after_which_the_person_begins_again_were_probably_refused() {
    each_database(async |app| {
        let netbox = |client: &mut Client| {
            client.redirect_uris = vec!["https://netbox.example.com/oauth/complete/oidc/".into()];
            client.settings.alg = keystead::domain::Algorithm::ES256;
            client.settings.grant_types = vec![GrantType::AuthorizationCode];
        };
        let mut scene = Scene::with(&app, netbox).await;
        scene.tokens(&[]).await;
        let first = all(&app).await.remove(0).reference;
        app.wait(20);
        scene.code().await;
        flush(&app).await;
        jobs::sweep(&app.app).await.unwrap();
        let (flow, story) = told(&app, &first).await;
        assert_eq!(flow.cause.as_deref(), Some("restarted_after_tokens"));
        assert_eq!(
            story.summary,
            "alice signed in to web, which got its tokens, and began again at once."
        );
        let trouble = story.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::RestartedAfterTokens);
        let known = trouble.background.join("\n");
        for part in [
            "This client signs with ES256, and python-social-auth accepts RS256 alone",
            "It never read userinfo, so the ID token did not pass",
            "iat is back-dated here by 5 seconds",
        ] {
            assert!(known.contains(part), "{part}: {known}");
        }
        let offers: Vec<&str> = trouble.offers.iter().map(|o| o.sentence.as_str()).collect();
        assert_eq!(offers[0], "Sign the tokens of web with RS256.");
        assert_eq!(offers[1], "Back-date iat in the tokens of web by 30 seconds.");
        assert!(offers[2].starts_with("Mark this failure as solved"));
        // Told once, and not again by the next look.
        jobs::sweep(&app.app).await.unwrap();
        let groups = keystead::directory::failures::groups(&app.app, &Default::default(), 9).await;
        assert_eq!(groups.unwrap()[0].group.times, 1);
    })
    .await;
}

#[tokio::test]
async fn asking_silently_or_after_a_while_is_no_new_beginning() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let mut other = Browser::new(&app.app);
        app.user("bob").await;
        scene.tokens(&[]).await;
        app.wait(20);
        scene.browser.get(&scene.party.ask(&[("prompt", "none")])).await;
        scene.party.sign_in(&mut other, "bob", &[]).await;
        app.wait(61);
        scene.code().await;
        flush(&app).await;
        jobs::sweep(&app.app).await.unwrap();
        let restarted = |cause: Option<&str>| cause == Some("restarted_after_tokens");
        assert!(all(&app).await.iter().all(|flow| !restarted(flow.cause.as_deref())));
    })
    .await;
}
