//! The OpenID Foundation's basic plan, row by row: what each module demands of the code flow.

use serde_json::json;

use crate::harness::{Browser, Party, TestApp, Tokens, each_database, http};

async fn party(app: &TestApp) -> Party {
    Party::new(&app.app, &app.client("web").await).await
}

async fn signed_in(app: &TestApp, more: &[(&str, &str)]) -> (Party, Browser, Tokens) {
    app.user("alice").await;
    let (party, mut browser) = (party(app).await, Browser::new(&app.app));
    let tokens = party.sign_in(&mut browser, "alice", more).await;
    (party, browser, tokens)
}

#[tokio::test]
async fn server_the_plain_code_flow_works() {
    each_database(async |app| {
        let (party, _, tokens) = signed_in(&app, &[]).await;
        assert_eq!(tokens.answer["token_type"], "Bearer");
        assert_eq!(tokens.answer["expires_in"], 3600);
        assert_eq!(tokens.claims["nonce"], "n-1");
        assert_eq!(tokens.claims["azp"], "web");
        assert_eq!(tokens.claims["aud"], json!("web"));
        assert!(!tokens.claims.contains_key("nbf"));
        assert!(!tokens.claims.contains_key("email"), "profile data belongs to userinfo");
        let methods = party.metadata["token_endpoint_auth_methods_supported"].to_string();
        assert!(methods.contains("client_secret_basic"));
    })
    .await;
}

#[tokio::test]
async fn response_type_missing_is_told_to_the_client() {
    each_database(async |app| {
        let answer = http::get(&app.app, &party(&app).await.ask(&[("response_type", "")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
        assert_eq!(answer.param("state").as_deref(), Some("s-1"));
        assert_eq!(answer.param("code"), None);
    })
    .await;
}

#[tokio::test]
async fn userinfo_answers_get_post_header_and_post_body() {
    each_database(async |app| {
        let (party, _, tokens) = signed_in(&app, &[]).await;
        let token = tokens.get("access_token");
        let bearer = format!("Bearer {token}");
        let path = party.path("userinfo_endpoint");
        let by_get = party.userinfo(token).await;
        let empty = axum::http::Request::post(&path)
            .header("authorization", &bearer)
            .body(axum::body::Body::empty());
        let by_header = http::send(&app.app, empty.unwrap()).await;
        let by_body = http::post(&app.app, &path, &[("access_token", token)]).await;
        for answer in [by_get, by_header, by_body] {
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
            assert_eq!(answer.json()["sub"], tokens.claims["sub"]);
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    })
    .await;
}

#[tokio::test]
async fn ensure_request_without_nonce_succeeds_for_code_flow() {
    each_database(async |app| {
        let (.., tokens) = signed_in(&app, &[("nonce", "")]).await;
        assert!(!tokens.claims.contains_key("nonce"));
    })
    .await;
}

#[tokio::test]
async fn each_scope_brings_all_of_its_claims_and_no_others() {
    const PROFILE: [&str; 14] = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ];
    each_database(async |app| {
        let mut user = app.user("alice").await;
        crate::harness::samples::fill(&mut user);
        app.write(async |tx| keystead::store::users::update(tx, &user).await).await;
        let registered = app.client("web").await;
        app.allow(&registered.client.id, keystead::domain::EVERYONE, "profile email address phone")
            .await;
        let party = Party::new(&app.app, &registered).await;
        for (scope, claims) in [
            ("openid profile", &PROFILE[..]),
            ("openid email", &["email", "email_verified"]),
            ("address openid", &["address"]),
            ("openid phone", &["phone_number", "phone_number_verified"]),
        ] {
            let mut browser = Browser::new(&app.app);
            let tokens = party.sign_in(&mut browser, "alice", &[("scope", scope)]).await;
            let userinfo = party.userinfo(tokens.get("access_token")).await.json();
            let mut got: Vec<&str> =
                userinfo.as_object().unwrap().keys().map(String::as_str).collect();
            let mut wanted = [claims, &["sub"]].concat();
            got.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(got, wanted, "{scope}");
        }
    })
    .await;
}

#[tokio::test]
async fn display_ui_locales_claims_locales_and_unknown_parameters_are_no_errors() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app).await;
        for parameter in [
            ("display", "popup"),
            ("ui_locales", "se"),
            ("claims_locales", "se"),
            ("login_hint", "buffy@id.example.com"),
            ("extra", "foobar"),
        ] {
            party.sign_in(&mut Browser::new(&app.app), "alice", &[parameter]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn prompt_login_asks_again_in_a_live_session_and_auth_time_moves() {
    each_database(async |app| {
        let (party, mut browser, first) = signed_in(&app, &[]).await;
        app.wait(2);
        let page = browser.get(&party.ask(&[("prompt", "login")])).await;
        let page = browser.follow(page).await;
        assert!(page.has("password"));
        let answer = browser.log_in(&page, "alice", crate::harness::PASSWORD).await;
        let second = party.redeem(&answer).await;
        assert!(second.claims["auth_time"].as_i64() > first.claims["auth_time"].as_i64());
    })
    .await;
}

#[tokio::test]
async fn prompt_none_without_a_session_is_login_required_with_state_intact() {
    each_database(async |app| {
        let state = format!("{}-._~", "a1".repeat(62));
        let party = party(&app).await;
        let ask = party.ask(&[("prompt", "none"), ("state", &state)]);
        let answer = http::get(&app.app, &ask).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
        assert_eq!(answer.param("state"), Some(state));
    })
    .await;
}

#[tokio::test]
async fn prompt_none_with_a_session_is_silent_and_tells_the_same() {
    each_database(async |app| {
        let (party, mut browser, first) = signed_in(&app, &[]).await;
        app.wait(5);
        let answer = browser.get(&party.ask(&[("prompt", "none")])).await;
        let second = party.redeem(&answer).await;
        assert_eq!(second.claims["sub"], first.claims["sub"]);
        assert_eq!(second.claims["auth_time"], first.claims["auth_time"]);
    })
    .await;
}

#[tokio::test]
async fn prompt_none_needs_consent_to_be_remembered() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        browser.sign_in("alice").await;
        let answer = browser.get(&party.ask(&[("prompt", "none")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("consent_required"));
        party.sign_in(&mut browser, "alice", &[]).await;
        let wider = party.ask(&[("prompt", "none"), ("scope", "openid profile email groups")]);
        let answer = browser.get(&wider).await;
        assert_eq!(answer.param("error").as_deref(), Some("consent_required"));
    })
    .await;
}

#[tokio::test]
async fn max_age_1_reauthenticates_after_two_seconds() {
    each_database(async |app| {
        let (party, mut browser, first) = signed_in(&app, &[]).await;
        app.wait(2);
        let page = browser.get(&party.ask(&[("max_age", "1")])).await;
        let page = browser.follow(page).await;
        let answer = browser.log_in(&page, "alice", crate::harness::PASSWORD).await;
        let second = party.redeem(&answer).await;
        assert!(second.claims["auth_time"].as_i64() > first.claims["auth_time"].as_i64());
    })
    .await;
}

#[tokio::test]
async fn max_age_10000_asks_nobody_and_keeps_auth_time() {
    each_database(async |app| {
        let (party, mut browser, first) = signed_in(&app, &[("max_age", "15000")]).await;
        app.wait(10);
        let answer = browser.get(&party.ask(&[("max_age", "10000")])).await;
        let second = party.redeem(&answer).await;
        assert_eq!(second.claims["auth_time"], first.claims["auth_time"]);
    })
    .await;
}

#[tokio::test]
async fn id_token_hint_with_prompt_none_succeeds_even_when_expired() {
    each_database(async |app| {
        let (party, mut browser, first) = signed_in(&app, &[]).await;
        app.wait(7200);
        let hint = first.get("id_token");
        let answer = browser.get(&party.ask(&[("prompt", "none"), ("id_token_hint", hint)])).await;
        assert_eq!(party.redeem(&answer).await.claims["sub"], first.claims["sub"]);
    })
    .await;
}

#[tokio::test]
async fn id_token_hint_of_somebody_else_is_login_required() {
    each_database(async |app| {
        let (party, _, alice) = signed_in(&app, &[]).await;
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        party.sign_in(&mut bobs, "bob", &[]).await;
        let hint = alice.get("id_token");
        let answer = bobs.get(&party.ask(&[("prompt", "none"), ("id_token_hint", hint)])).await;
        assert_eq!(answer.param("error").as_deref(), Some("login_required"));
        let answer = bobs.get(&party.ask(&[("id_token_hint", "not.a.token")])).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
    })
    .await;
}

#[tokio::test]
async fn acr_values_are_accepted_and_one_of_them_returned() {
    each_database(async |app| {
        let (party, _, tokens) = signed_in(&app, &[("acr_values", "1 2")]).await;
        assert_eq!(tokens.claims["acr"], "1");
        assert_eq!(party.metadata["acr_values_supported"], json!(["1"]));
    })
    .await;
}

#[tokio::test]
async fn codereuse_is_refused_at_once_and_after_thirty_seconds_and_kills_the_tokens() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        for pause in [0, 30] {
            let answer = browser.authorize(&party.ask(&[]), "alice").await;
            let tokens = party.redeem(&answer).await;
            assert_eq!(party.userinfo(tokens.get("access_token")).await.status, 200);
            app.wait(pause);
            let again = party.exchange(&answer.param("code").unwrap()).await;
            assert_eq!(again.error(), (400, "invalid_grant".into()));
            assert_eq!(party.userinfo(tokens.get("access_token")).await.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn ensure_registered_redirect_uri_shows_a_page_and_never_redirects() {
    each_database(async |app| {
        let party = party(&app).await;
        for uri in ["https://web.example.com/callback/x1", "https://web.example.com/callback?x=1"] {
            let answer = http::get(&app.app, &party.ask(&[("redirect_uri", uri)])).await;
            assert_eq!((answer.status, answer.location()), (400, ""));
            assert_eq!(answer.text("error-code"), "redirect_uri_mismatch");
            assert!(!answer.body.contains("web.example.com"), "nothing registered is shown");
        }
        let answer = http::get(&app.app, &party.ask(&[("redirect_uri", "")])).await;
        assert_eq!(answer.text("error-code"), "redirect_uri_missing");
    })
    .await;
}

#[tokio::test]
async fn ensure_post_request_succeeds_though_cookies_stay_behind() {
    each_database(async |app| {
        let (party, mut browser, _) = signed_in(&app, &[]).await;
        let ask = party.ask(&[]);
        let (path, query) = ask.split_once('?').unwrap();
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        // From another site a browser sends no Lax cookie along with a POST.
        let answer = http::post(&app.app, path, &form).await;
        let answer = browser.follow(answer).await;
        party.redeem(&answer).await;
    })
    .await;
}

#[tokio::test]
async fn server_client_secret_post_works() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        let code = browser.authorize(&party.ask(&[]), "alice").await.param("code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &party.redirect_uri),
            ("code_verifier", crate::harness::VERIFIER),
            ("client_id", &party.id),
            ("client_secret", party.secret.as_deref().unwrap()),
        ];
        assert_eq!(http::post(&app.app, "/oauth2/token", &form).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn unsigned_request_objects_and_unregistered_addresses_are_refused_with_their_own_errors() {
    each_database(async |app| {
        let party = party(&app).await;
        for (name, value, error) in [
            ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
            ("request_uri", "https://web.example.com/r", "request_uri_not_supported"),
        ] {
            let answer = http::get(&app.app, &party.ask(&[(name, value)])).await;
            assert_eq!(answer.param("error").as_deref(), Some(error));
        }
        let algs = party.metadata["request_object_signing_alg_values_supported"].to_string();
        assert!(algs.contains("RS256") && !algs.contains("none"), "{algs}");
        let own = http::get(&app.app, "/oauth2/openid/web/.well-known/openid-configuration").await;
        let own = own.json();
        assert_eq!(own["request_parameter_supported"], false, "it has no keys");
        assert_eq!(own["request_uri_parameter_supported"], false, "and no addresses");
        assert!(own.get("request_object_signing_alg_values_supported").is_none());
    })
    .await;
}

#[tokio::test]
async fn claims_essential_brings_the_claim_into_userinfo_and_not_into_the_id_token() {
    each_database(async |app| {
        let claims = r#"{"userinfo":{"given_name":null,"email":{"essential":true}}}"#;
        let (party, _, tokens) = signed_in(&app, &[("scope", "openid"), ("claims", claims)]).await;
        let userinfo = party.userinfo(tokens.get("access_token")).await.json();
        assert_eq!(userinfo["email"], "alice@example.com");
        assert!(!tokens.claims.contains_key("email"));
    })
    .await;
}

#[tokio::test]
async fn refresh_token_keeps_who_and_when_and_belongs_to_its_client() {
    each_database(async |app| {
        let scope = ("scope", "openid offline_access");
        let (party, _, first) = signed_in(&app, &[scope, ("prompt", "consent")]).await;
        app.wait(1);
        let answer = party.refresh(first.get("refresh_token")).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        let second = answer.json();
        let claims = party.verify(second["id_token"].as_str().unwrap()).await;
        for same in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(claims[same], first.claims[same], "{same}");
        }
        assert_ne!(claims["iat"], first.claims["iat"]);
        assert!(!claims.contains_key("nonce"));
        let other = Party::new(&app.app, &app.client("other").await).await;
        let stolen = other.refresh(second["refresh_token"].as_str().unwrap()).await;
        assert_eq!(stolen.error(), (400, "invalid_grant".into()));
    })
    .await;
}

#[tokio::test]
async fn no_refresh_token_without_offline_access() {
    each_database(async |app| {
        let (.., tokens) = signed_in(&app, &[]).await;
        assert!(tokens.answer.get("refresh_token").is_none());
    })
    .await;
}
