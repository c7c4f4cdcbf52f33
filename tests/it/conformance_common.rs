//! What nearly every module of the OpenID Foundation's suite checks along the way.

use std::collections::BTreeSet;

use keystead::domain::{AccessTokenFormat, Algorithm};
use keystead::store::users;
use serde_json::{Map, Value};

use crate::harness::steps::{half_hash, handed_over, header_of, party, signed_in};
use crate::harness::{Browser, Party, each_database, http, samples};

/// 128 characters, most of which mean something to a URL, to HTML or to a form.
fn odd_state() -> String {
    let odd = r##"-._~ !"#$%&'()*+,/:;<=>?@[\]^`{|}%20+%2B&amp;é"##;
    odd.chars().cycle().take(128).collect()
}

#[tokio::test]
async fn the_jwks_holds_public_keys_of_known_kinds_each_with_a_kid_of_its_own() {
    each_database(async |app| {
        let party = party(&app).await;
        let answer = http::get(&app.app, &party.path("jwks_uri")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        let keys = answer.json()["keys"].as_array().unwrap().clone();
        let kids: BTreeSet<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!((keys.len(), kids.len()), (3, 3));
        for key in &keys {
            assert_eq!(key["use"], "sig");
            let kind = (key["kty"].as_str().unwrap(), key["alg"].as_str().unwrap());
            assert!([("RSA", "RS256"), ("EC", "ES256"), ("OKP", "EdDSA")].contains(&kind));
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(key.get(private).is_none(), "{private} in {key}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn codes_and_tokens_are_too_long_and_too_random_to_guess() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        let ask = party.ask(&[("scope", "openid offline_access")]);
        let answer = browser.authorize(&ask, "alice").await;
        let tokens = party.redeem(&answer).await;
        let code = answer.param("code").unwrap();
        for secret in [&code, tokens.get("access_token"), tokens.get("refresh_token")] {
            assert!(secret.len() >= 43 && http::entropy(secret) > 128.0, "{secret}");
            assert!(secret.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)));
        }
    })
    .await;
}

#[tokio::test]
async fn state_comes_back_byte_for_byte_in_answers_and_in_errors() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser, state) = (party(&app).await, Browser::new(&app.app), odd_state());
        for mode in ["query", "form_post"] {
            let both = [("state", state.as_str()), ("response_mode", mode)];
            let said_yes = browser.authorize(&party.ask(&both), "alice").await;
            let said_no =
                http::get(&app.app, &party.ask(&[both[0], both[1], ("prompt", "none")])).await;
            for (answer, first) in [(said_yes, "code"), (said_no, "error")] {
                let fields = handed_over(&answer);
                assert_eq!(fields[0].0, first);
                assert!(fields.contains(&("state".to_owned(), state.clone())), "{mode} {fields:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_state_is_invented_when_none_was_sent() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        let answer = browser.authorize(&party.ask(&[("state", "")]), "alice").await;
        let names: Vec<String> = handed_over(&answer).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["code", "iss"]);
    })
    .await;
}

#[tokio::test]
async fn the_redirect_uris_own_query_survives() {
    each_database(async |app| {
        app.user("alice").await;
        let registered =
            app.client_with("web", |c| c.redirect_uris[0].push_str("?dummy1=lorem&dummy2=i+p%20s"));
        let party = Party::new(&app.app, &registered.await).await;
        let mut browser = Browser::new(&app.app);
        let said_yes = browser.authorize(&party.ask(&[]), "alice").await;
        let said_no = http::get(&app.app, &party.ask(&[("prompt", "none")])).await;
        let start = "https://web.example.com/callback?dummy1=lorem&dummy2=i+p%20s&";
        for answer in [&said_yes, &said_no] {
            assert!(answer.location().starts_with(start), "{}", answer.location());
        }
        party.redeem(&said_yes).await;
    })
    .await;
}

#[tokio::test]
async fn the_token_answer_is_json_of_the_right_types_that_nobody_keeps() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        let code = browser.authorize(&party.ask(&[]), "alice").await.param("code").unwrap();
        let answer = party.exchange(&code).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        let tokens = answer.json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert!((1..=31_536_000).contains(&tokens["expires_in"].as_i64().unwrap()));
        assert_eq!(tokens["scope"], "email openid profile");
        for text in ["access_token", "id_token"] {
            assert!(!tokens[text].as_str().unwrap().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn the_id_token_has_the_claims_it_needs_and_no_others() {
    each_database(async |app| {
        let (_, _, tokens) = signed_in(&app, &[]).await;
        let names: Vec<&str> = tokens.claims.keys().map(String::as_str).collect();
        let known = [
            "acr",
            "amr",
            "at_hash",
            "aud",
            "auth_time",
            "azp",
            "exp",
            "iat",
            "iss",
            "nonce",
            "sid",
            "sub",
        ];
        assert_eq!(names, known);
        let number = |name: &str| tokens.claims[name].as_i64().unwrap();
        let now = app.clock.now().0;
        assert!((now - 300..=now).contains(&number("iat")), "within five minutes, never ahead");
        assert!(number("exp") > now && number("exp") < now + 86_400);
        assert!(number("auth_time") <= number("iat"));
        for text in ["sub", "acr", "sid"] {
            assert!(!tokens.claims[text].as_str().unwrap().is_empty());
        }
        let header = header_of(tokens.get("id_token"));
        assert_eq!((&header["alg"], header["kid"].is_string()), (&"RS256".into(), true));
    })
    .await;
}

#[tokio::test]
async fn at_hash_is_the_hash_of_the_access_token_for_each_kind_of_both() {
    each_database(async |app| {
        app.user("alice").await;
        for (n, alg) in Algorithm::ALL.into_iter().enumerate() {
            for format in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
                let id = format!("web{n}{format:?}").to_lowercase();
                let registered = app.client_with(&id, |c| {
                    c.settings.alg = alg;
                    c.settings.access_token = format;
                });
                let party = Party::new(&app.app, &registered.await).await;
                let mut browser = Browser::new(&app.app);
                let tokens = party.sign_in(&mut browser, "alice", &[]).await;
                assert_eq!(header_of(tokens.get("id_token"))["alg"], alg.as_str());
                let expected = half_hash(alg.as_str(), tokens.get("access_token"));
                let expected = (alg != Algorithm::EdDSA).then(|| Value::from(expected));
                assert_eq!(tokens.claims.get("at_hash"), expected.as_ref(), "{alg:?} {format:?}");
            }
        }
    })
    .await;
}

const EVERYTHING: &str = "openid profile email address phone groups";

async fn userinfo(party: &Party, name: &str) -> Map<String, Value> {
    let mut browser = Browser::new(&party.app);
    let tokens = party.sign_in(&mut browser, name, &[("scope", EVERYTHING)]).await;
    let answer = party.userinfo(tokens.get("access_token")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.json()["sub"], tokens.claims["sub"]);
    answer.json().as_object().unwrap().clone()
}

#[tokio::test]
async fn somebody_with_nothing_filled_in_has_no_empty_claims() {
    each_database(async |app| {
        let mut user = app.user("bob").await;
        (user.email, user.email_verified, user.display_name) = (None, false, Some(" ".into()));
        app.write(async |tx| users::update(tx, &user).await).await;
        let registered = app.client("web").await;
        app.allow(&registered.client.id, keystead::domain::EVERYONE, EVERYTHING).await;
        let claims = userinfo(&Party::new(&app.app, &registered).await, "bob").await;
        let names: Vec<&str> = claims.keys().map(String::as_str).collect();
        // An empty list of groups tells something: "in none".
        assert_eq!(names, ["groups", "preferred_username", "sub", "updated_at"]);
    })
    .await;
}

#[tokio::test]
async fn claims_have_the_types_of_the_specification() {
    each_database(async |app| {
        let mut user = app.user("alice").await;
        samples::fill(&mut user);
        app.write(async |tx| users::update(tx, &user).await).await;
        let registered = app.client("web").await;
        app.allow(&registered.client.id, keystead::domain::EVERYONE, EVERYTHING).await;
        let claims = userinfo(&Party::new(&app.app, &registered).await, "alice").await;
        assert_eq!(claims.len(), 14 + 2 + 1 + 2 + 1 + 1, "{claims:?}");
        for (name, value) in &claims {
            match name.as_str() {
                "email_verified" | "phone_number_verified" => assert!(value.is_boolean()),
                "updated_at" => assert!(value.as_i64().unwrap() > 1_700_000_000),
                "address" => assert!(!value.as_object().unwrap().is_empty()),
                "groups" => assert!(value.is_array()),
                _ => assert!(!value.as_str().unwrap().trim().is_empty(), "{name}"),
            }
        }
        let birthdate: Vec<usize> =
            claims["birthdate"].as_str().unwrap().split('-').map(str::len).collect();
        assert_eq!(birthdate, [4, 2, 2]);
    })
    .await;
}

#[tokio::test]
async fn sub_is_the_same_wherever_it_is_told() {
    each_database(async |app| {
        let (party, _, first) = signed_in(&app, &[("scope", "openid offline_access")]).await;
        let sub = &first.claims["sub"];
        let access_token = first.get("access_token");
        assert_eq!(party.userinfo(access_token).await.json()["sub"], *sub);
        let form = [("token", access_token)];
        assert_eq!(party.call("introspection_endpoint", &form).await.json()["sub"], *sub);
        let second = party.refresh(first.get("refresh_token")).await.json();
        assert_eq!(party.verify(second["id_token"].as_str().unwrap()).await["sub"], *sub);
    })
    .await;
}

#[tokio::test]
async fn form_post_answers_put_everything_into_a_form_that_sends_itself() {
    each_database(async |app| {
        app.user("alice").await;
        let (party, mut browser) = (party(&app).await, Browser::new(&app.app));
        let ask = party.ask(&[("response_mode", "form_post")]);
        let page = browser.authorize(&ask, "alice").await;
        assert_eq!((page.status, page.location()), (200, ""));
        assert_eq!(page.action(), party.redirect_uri, "nothing in the URL");
        assert!(page.body.contains("method=\"post\"") && !page.body.contains("enctype"));
        let fields = page.inputs();
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss"], "and nothing of ours");
        assert_eq!(party.exchange(&fields[0].1).await.status, 200);
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("form-action"), "{policy}");
        let (_, script) = page.body.split_once("<script src=\"").unwrap();
        let script = http::get(&app.app, script.split_once('"').unwrap().0).await;
        assert!(script.status == 200 && script.body.contains("onload"));
    })
    .await;
}

#[tokio::test]
async fn errors_of_the_token_endpoint_are_json_with_exact_codes() {
    each_database(async |app| {
        let party = party(&app).await;
        for (form, error) in [
            (vec![], (400, "invalid_request")),
            (vec![("grant_type", "password")], (400, "unsupported_grant_type")),
            (vec![("grant_type", "client_credentials")], (400, "unauthorized_client")),
            (vec![("grant_type", "authorization_code")], (400, "invalid_request")),
            (vec![("grant_type", "authorization_code"), ("code", "x")], (400, "invalid_grant")),
            (vec![("grant_type", "refresh_token")], (400, "invalid_request")),
            (vec![("grant_type", "refresh_token"), ("refresh_token", "x")], (400, "invalid_grant")),
        ] {
            let answer = party.call("token_endpoint", &form).await;
            assert_eq!(answer.error(), (error.0, error.1.to_owned()), "{form:?}");
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let stranger = http::post(&app.app, "/oauth2/token", &[("grant_type", "refresh_token")]);
        let stranger = stranger.await;
        assert_eq!(stranger.error(), (401, "invalid_client".into()));
        assert!(stranger.header("www-authenticate").starts_with("Basic"));
    })
    .await;
}
