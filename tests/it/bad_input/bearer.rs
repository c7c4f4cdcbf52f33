//! Userinfo, introspection and revocation.

use axum::body::Body;
use axum::http::Request;
use keystead::domain::{Client, GrantType};

use super::{no, refusal};
use crate::harness::http::{self, Answer};
use crate::harness::{Party, Scene, TestApp, each_database};

const PATH: &str = "/oauth2/userinfo";
const NOT_VALID: &str = "the access token is not valid";

async fn with_header(app: &TestApp, value: &str) -> Answer {
    let request = Request::get(PATH).header("authorization", value);
    http::send(&app.app, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn userinfo_without_a_token_says_how_to_send_one() {
    each_database(async |app| {
        let token = Scene::new(&app).await.tokens(&[]).await;
        let token = token.get("access_token");
        let in_query = format!("{PATH}?access_token={token}");
        let answers = [
            http::get(&app.app, PATH).await,
            http::get(&app.app, &in_query).await,
            http::post(&app.app, &in_query, &[]).await,
            http::post(&app.app, PATH, &[("access_token", "")]).await,
            with_header(&app, "Bearer").await,
            with_header(&app, token).await,
            with_header(&app, &format!("Basic {token}")).await,
        ];
        for answer in answers {
            let expected = no(401, "invalid_token", "an access token is required");
            assert_eq!(refusal(&answer), expected);
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"keystead\"");
        }
    })
    .await;
}

#[tokio::test]
async fn userinfo_opens_only_to_a_living_access_token() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[("scope", "openid offline_access")]).await;
        let code = scene.code().await;
        let refused = no(401, "invalid_token", NOT_VALID);
        let challenge = "Bearer realm=\"keystead\", error=\"invalid_token\", \
                         error_description=\"the access token is not valid\"";
        let (id_token, refresh) = (tokens.get("id_token"), tokens.get("refresh_token"));
        for wrong in ["x", "", "a b", &code, id_token, refresh, &"A".repeat(54)] {
            let answer = scene.party.userinfo(wrong).await;
            assert_eq!(refusal(&answer), refused, "{wrong}");
            assert_eq!(answer.header("www-authenticate"), challenge);
        }
        let token = tokens.get("access_token");
        assert_eq!(scene.party.userinfo(token).await.status, 200);
        app.wait(3600);
        assert_eq!(refusal(&scene.party.userinfo(token).await), refused, "expired");
        let token = scene.tokens(&[]).await;
        let token = token.get("access_token");
        let revoked = scene.party.call("revocation_endpoint", &[("token", token)]).await;
        assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
        assert_eq!(refusal(&scene.party.userinfo(token).await), refused, "revoked");
    })
    .await;
}

#[tokio::test]
async fn userinfo_refuses_a_token_sent_twice_and_one_that_does_not_open_it() {
    each_database(async |app| {
        let grants = |web: &mut Client| web.settings.grant_types.push(GrantType::ClientCredentials);
        let mut scene = Scene::with(&app, grants).await;
        let tokens = scene.tokens(&[]).await;
        let token = tokens.get("access_token");
        let bearer = format!("Bearer {token}");
        let form = [("access_token", token)];
        let answer =
            http::post_with(&app.app, PATH, &form, &[("authorization", bearer.as_str())]).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "invalid_request");
        assert_eq!(answer.json()["error_description"], "the access token is sent twice");

        let own = [("grant_type", "client_credentials")];
        let own = scene.party.call("token_endpoint", &own).await.json();
        let code = scene.code_for(&[("scope", "profile")]).await;
        let bare = scene.party.exchange(&code).await.json();
        assert!(bare.get("id_token").is_none(), "without openid there is no ID token");
        for narrow in [own, bare] {
            let answer = scene.party.userinfo(narrow["access_token"].as_str().unwrap()).await;
            let body = answer.json();
            assert_eq!((answer.status, body["error"].as_str()), (403, Some("insufficient_scope")));
            assert_eq!(body["error_description"], "the access token does not open userinfo");
        }
    })
    .await;
}

#[tokio::test]
async fn introspection_and_revocation_want_a_client_and_a_token() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let open = app.client_with("open", |client| client.public = true).await;
        let open = Party::new(&app.app, &open).await;
        let tokens = scene.tokens(&[]).await;
        let token = [("token", tokens.get("access_token"))];
        for endpoint in ["introspection_endpoint", "revocation_endpoint"] {
            let path = scene.party.path(endpoint);
            let must = no(401, "invalid_client", "the client must authenticate");
            assert_eq!(refusal(&http::post(&app.app, &path, &token).await), must);
            let wrong = [token[0], ("client_id", "web"), ("client_secret", "x")];
            let failed = no(401, "invalid_client", "client authentication failed");
            assert_eq!(refusal(&http::post(&app.app, &path, &wrong).await), failed);
            let required = no(400, "invalid_request", "token is required");
            assert_eq!(refusal(&scene.party.call(endpoint, &[]).await), required);
            assert_eq!(refusal(&scene.party.call(endpoint, &[("token", "")]).await), required);
            let doubled = "the body must be a form without doubled parameters";
            let answer = scene.party.call(endpoint, &[token[0], token[0]]).await;
            assert_eq!(refusal(&answer), no(400, "invalid_request", doubled));
            assert_eq!(http::get(&app.app, &path).await.status, 405);
        }
        let answer = open.call("introspection_endpoint", &token).await;
        let public = no(401, "invalid_client", "a public client may not introspect");
        assert_eq!(refusal(&answer), public);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_living_token_is_inactive_and_revoking_it_is_done_at_once() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[("scope", "openid offline_access")]).await;
        for wrong in ["x", tokens.get("id_token"), &"A".repeat(54), "a.b.c"] {
            let answer = scene.party.call("introspection_endpoint", &[("token", wrong)]).await;
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (200, r#"{"active":false}"#),
                "{wrong}"
            );
            let answer = scene.party.call("revocation_endpoint", &[("token", wrong)]).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{wrong}");
        }
        let other = Party::new(&app.app, &app.client("other").await).await;
        for foreign in ["access_token", "refresh_token"] {
            let form = [("token", tokens.get(foreign))];
            assert_eq!(other.call("revocation_endpoint", &form).await.status, 200);
            let answer = scene.party.call("introspection_endpoint", &form).await;
            assert_eq!(answer.json()["active"], true, "another client's {foreign} is left alone");
        }
    })
    .await;
}
