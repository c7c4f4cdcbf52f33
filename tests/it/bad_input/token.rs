//! The token endpoint.

use axum::body::Body;
use axum::http::Request;
use base64::prelude::{BASE64_STANDARD, Engine};
use keystead::domain::{Client, GrantType, Pkce, Timestamp};

use super::{no, refusal};
use crate::harness::http::{self, Answer};
use crate::harness::{Party, Scene, TestApp, VERIFIER, each_database};

const CODE: &str = "the code is not valid";
const REFRESH: &str = "the refresh token is not valid";

async fn post(app: &TestApp, form: &[(&str, &str)], authorization: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> =
        authorization.map(|value| ("authorization", value)).into_iter().collect();
    http::post_with(&app.app, "/oauth2/token", form, &headers).await
}

#[tokio::test]
async fn the_form_must_be_a_form_and_say_once_what_it_wants() {
    each_database(async |app| {
        let Scene { party, .. } = Scene::new(&app).await;
        let (invalid, doubled) =
            ("invalid_request", "the body must be a form without doubled parameters");
        let kinds = "this grant_type is not served";
        for (form, expected) in [
            (&[][..], no(400, invalid, "grant_type is required")),
            (&[("grant_type", "")], no(400, invalid, "grant_type is required")),
            (&[("grant_type", "password")], no(400, "unsupported_grant_type", kinds)),
            (&[("grant_type", "Authorization_Code")], no(400, "unsupported_grant_type", kinds)),
            (&[("grant_type", "authorization_code")], no(400, invalid, "code is required")),
            (&[("grant_type", "refresh_token")], no(400, invalid, "refresh_token is required")),
            (&[("grant_type", "refresh_token"), ("grant_type", "x")], no(400, invalid, doubled)),
            (&[("code", "1"), ("code", "2")], no(400, invalid, doubled)),
        ] {
            assert_eq!(refusal(&party.call("token_endpoint", form).await), expected, "{form:?}");
        }
        let body = r#"{"grant_type":"client_credentials"}"#;
        for (kind, body) in [("application/json", body), ("text/plain", "grant_type=x"), ("", "x")]
        {
            let request = Request::post("/oauth2/token").header("content-type", kind);
            let answer = http::send(&app.app, request.body(Body::from(body)).unwrap()).await;
            assert_eq!(refusal(&answer), no(400, invalid, doubled), "{kind}");
        }
        let query = "/oauth2/token?grant_type=client_credentials&client_id=web&client_secret=x";
        let answer = http::get(&app.app, query).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
        let answer = http::post(&app.app, query, &[]).await;
        assert_eq!(refusal(&answer), no(400, invalid, "grant_type is required"));
    })
    .await;
}

#[tokio::test]
async fn whoever_cannot_prove_to_be_the_client_is_refused() {
    each_database(async |app| {
        let Scene { party, .. } = Scene::new(&app).await;
        app.client_with("open", |client| client.public = true).await;
        app.client_with("closed", |client| client.disabled_at = Some(Timestamp(1))).await;
        let secret = party.secret.as_deref().unwrap();
        let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        let good = basic(&format!("web:{secret}"));
        let (bad, failed) = ("invalid_client", "client authentication failed");
        let (must, basic_only) =
            ("the client must authenticate", "the Authorization header is not readable as Basic");
        let two = no(400, "invalid_request", "the client authenticates in two ways at once");
        let differs = "client_id differs from the one in the Authorization header";
        for (sent, authorization, expected) in [
            (&[][..], None, no(401, bad, must)),
            (&[("client_secret", secret)], None, no(401, bad, must)),
            (&[("client_id", "web")], None, no(401, bad, must)),
            (&[("client_id", "web"), ("client_secret", "")], None, no(401, bad, must)),
            (&[("client_id", "web"), ("client_secret", "x")], None, no(401, bad, failed)),
            (&[("client_id", "nobody"), ("client_secret", "x")], None, no(401, bad, failed)),
            (&[("client_id", "nobody")], None, no(401, bad, failed)),
            (&[("client_id", "closed"), ("client_secret", "x")], None, no(401, bad, failed)),
            (&[("client_id", "open"), ("client_secret", "x")], None, no(401, bad, failed)),
            (&[], Some(basic("open:x")), no(401, bad, failed)),
            (&[], Some(basic("web:wrong")), no(401, bad, failed)),
            (&[], Some(basic(&format!("web:{secret} "))), no(401, bad, failed)),
            (&[], Some(basic("web:")), no(401, bad, must)),
            (&[], Some(basic("nobody:x")), no(401, bad, failed)),
            (&[], Some(basic("nocolon")), no(401, bad, basic_only)),
            (&[], Some("Basic".into()), no(401, bad, basic_only)),
            (&[], Some("Basic !!!".into()), no(401, bad, basic_only)),
            (&[], Some("Basic //79".into()), no(401, bad, basic_only)),
            (&[], Some(format!("Bearer {secret}")), no(401, bad, basic_only)),
            (&[("client_id", "web"), ("client_secret", secret)], Some(good.clone()), two.clone()),
            (&[("client_secret", secret)], Some(good.clone()), two),
            (&[("client_id", "open")], Some(good), no(400, "invalid_request", differs)),
        ] {
            let form = [&[("grant_type", "authorization_code"), ("code", "x")], sent].concat();
            let answer = post(&app, &form, authorization.as_deref()).await;
            assert_eq!(refusal(&answer), expected, "{sent:?} {authorization:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_gets_only_the_grants_it_is_set_to() {
    each_database(async |app| {
        let only = |grant| move |client: &mut Client| client.settings.grant_types = vec![grant];
        let machine = app.client_with("machine", only(GrantType::ClientCredentials)).await;
        let machine = Party::new(&app.app, &machine).await;
        let web = app.client_with("web", only(GrantType::AuthorizationCode)).await;
        let web = Party::new(&app.app, &web).await;
        let public = |client: &mut Client| {
            client.public = true;
            client.settings.grant_types.push(GrantType::ClientCredentials);
        };
        let open = Party::new(&app.app, &app.client_with("open", public).await).await;
        let (code, error) = ("unauthorized_client", "the client may not use this grant_type");
        for (party, grant, expected) in [
            (&machine, "authorization_code", no(400, code, error)),
            (&machine, "refresh_token", no(400, code, error)),
            (&web, "refresh_token", no(400, code, error)),
            (&web, "client_credentials", no(400, code, error)),
            (&open, "client_credentials", no(400, code, "a public client cannot act for itself")),
        ] {
            let form = [("grant_type", grant), ("code", "x"), ("refresh_token", "x")];
            let answer = party.call("token_endpoint", &form).await;
            assert_eq!(refusal(&answer), expected, "{} {grant}", party.id);
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_opens_nothing_without_all_that_it_was_bound_to() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let uri = scene.party.redirect_uri.clone();
        let (own, wrong) = ("code_verifier is required", "code_verifier does not match");
        let other_uri = "https://web.example.com/callback/";
        for (uri, verifier, why) in [
            (other_uri, VERIFIER, CODE),
            ("", VERIFIER, CODE),
            (uri.as_str(), "", own),
            (uri.as_str(), "wrong", wrong),
            (uri.as_str(), &VERIFIER.to_lowercase(), wrong),
        ] {
            let code = scene.code().await;
            let form = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", uri),
                ("code_verifier", verifier),
            ];
            let answer = scene.party.call("token_endpoint", &form).await;
            assert_eq!(refusal(&answer), no(400, "invalid_grant", why), "{uri} {verifier}");
            let late = scene.party.exchange(&code).await;
            assert_eq!(refusal(&late), no(400, "invalid_grant", CODE), "a refusal uses it up");
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_that_is_not_the_callers_own_fresh_one_is_refused() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let other = Party::new(&app.app, &app.client("other").await).await;
        let refused = no(400, "invalid_grant", CODE);
        let code = scene.code().await;
        let last = if code.ends_with('A') { 'B' } else { 'A' };
        let changed = format!("{}{last}", &code[..code.len() - 1]);
        for unknown in ["x", "-", &changed, &"A".repeat(54), &format!("{code}A"), "null"] {
            assert_eq!(refusal(&scene.party.exchange(unknown).await), refused, "{unknown}");
        }
        assert_eq!(refusal(&other.exchange(&code).await), refused);
        assert_eq!(
            refusal(&scene.party.exchange(&code).await),
            refused,
            "it leaked, so it is gone"
        );
        let code = scene.code().await;
        app.wait(60);
        assert_eq!(refusal(&scene.party.exchange(&code).await), refused);
    })
    .await;
}

#[tokio::test]
async fn a_verifier_that_nobody_asked_for_is_refused() {
    each_database(async |app| {
        let mut scene = Scene::with(&app, |web| web.settings.pkce = Pkce::Optional).await;
        let bare = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = scene.code_for(&bare).await;
        let why = "code_verifier without code_challenge";
        let answer = scene.party.exchange(&code).await;
        assert_eq!(refusal(&answer), no(400, "invalid_grant", why));
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_not_the_callers_own_living_one_is_refused() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let other = Party::new(&app.app, &app.client("other").await).await;
        let refused = no(400, "invalid_grant", REFRESH);
        let token = scene.refresh_token().await;
        let code = scene.code().await;
        for unknown in ["x", &code, &"A".repeat(54), &token.to_lowercase()] {
            assert_eq!(refusal(&scene.party.refresh(unknown).await), refused, "{unknown}");
        }
        assert_eq!(refusal(&other.refresh(&token).await), refused);
        let wider = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
            ("scope", "openid offline_access email"),
        ];
        let answer = scene.party.call("token_endpoint", &wider).await;
        let more = "scope asks for more than was granted";
        assert_eq!(refusal(&answer), no(400, "invalid_scope", more));
        assert_eq!(scene.party.refresh(&token).await.status, 200, "none of that used it up");
        let token = scene.refresh_token().await;
        app.wait(30 * 24 * 3600);
        assert_eq!(refusal(&scene.party.refresh(&token).await), refused);
    })
    .await;
}
