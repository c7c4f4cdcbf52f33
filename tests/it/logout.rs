//! Signing out beside the rows of the suite: OpenID Connect RP-Initiated Logout, and our own page. Nothing redirects anywhere
//! that the client did not register, and nobody is signed out by somebody else's link.

use keystead::directory::keys::{self, Pace};
use keystead::domain::{Actor, Algorithm};

use crate::harness::http::Answer;
use crate::harness::steps::{header_of, signed_in};
use crate::harness::{Browser, Party, TestApp, Tokens, each_database, http};

const HOME: &str = "https://web.example.com/";

fn bye(party: &Party, params: &[(&str, &str)]) -> String {
    format!("{}?{}", party.path("end_session_endpoint"), http::encode(params))
}

/// Whether this browser is still signed in, as a client can find out.
async fn is_signed_in(browser: &mut Browser, party: &Party) -> bool {
    let answer = browser.get(&party.ask(&[("prompt", "none")])).await;
    match answer.param("error").as_deref() {
        None => answer.param("code").is_some(),
        Some(error) => {
            assert_eq!(error, "login_required");
            false
        }
    }
}

#[track_caller]
fn asks(answer: &Answer) {
    assert!(answer.has("logout-confirm"), "{} '{}'", answer.status, answer.location());
    assert_eq!(answer.location(), "");
}

#[track_caller]
fn refuses(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.location()), (400, ""));
    assert_eq!(answer.text("error-code"), code);
    assert!(answer.has("error-ref"));
    // Nothing has happened yet, and the page does not say that it has.
    assert!(!answer.body.contains("signed out"), "{}", answer.body);
    assert!(answer.body.contains(">Sign out</a>"), "{}", answer.body);
}

#[tokio::test]
async fn a_sign_out_takes_the_cookie_of_the_session_away() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        let cookies = browser.cookies.len();
        browser.get(&bye(&party, &[("id_token_hint", tokens.get("id_token"))])).await;
        assert_eq!(browser.cookies.len(), cookies - 1);
    })
    .await;
}

#[tokio::test]
async fn a_hint_alone_signs_out_and_says_so() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        app.wait(7200);
        let old = ("id_token_hint", tokens.get("id_token"));
        let answer = browser.get(&bye(&party, &[old, ("client_id", "web")])).await;
        assert!(answer.has("logout-done"), "an expired hint tells as much as a fresh one");
        assert!(!is_signed_in(&mut browser, &party).await);
    })
    .await;
}

#[tokio::test]
async fn with_client_id_instead_of_a_hint_the_person_is_asked_and_then_sent_back() {
    each_database(async |app| {
        let (party, mut browser, _) = signed_in(&app, &[]).await;
        let params =
            [("client_id", "web"), ("post_logout_redirect_uri", HOME), ("state", "s\"<1>")];
        let page = browser.get(&bye(&party, &params)).await;
        asks(&page);
        assert!(page.body.contains("alice") && page.body.contains("web"));
        assert!(is_signed_in(&mut browser, &party).await, "not before the answer");
        let answer = browser.submit(&page, &[]).await;
        assert_eq!(answer.location(), format!("{HOME}?state=s%22%3C1%3E"));
        assert!(!is_signed_in(&mut browser, &party).await);
    })
    .await;
}

#[tokio::test]
async fn with_client_id_alone_the_person_is_asked_and_signed_out_here() {
    each_database(async |app| {
        let (party, mut browser, _) = signed_in(&app, &[]).await;
        let page = browser.get(&bye(&party, &[("client_id", "web")])).await;
        asks(&page);
        let done = browser.submit(&page, &[]).await;
        assert!(done.has("logout-done") && done.location().is_empty());
        assert!(!is_signed_in(&mut browser, &party).await);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_not_registered_byte_for_byte_is_refused() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        for uri in [
            "https://web.example.com/?x=1",
            "https://web.example.com",
            "https://web.example.com/elsewhere",
            "https://evil.example/",
            "https://web.example.com/callback",
            "javascript:alert(1)",
        ] {
            for named in [("id_token_hint", tokens.get("id_token")), ("client_id", "web")] {
                let params = [named, ("post_logout_redirect_uri", uri)];
                let answer = browser.get(&bye(&party, &params)).await;
                refuses(&answer, "post_logout_redirect_uri_mismatch");
                assert!(!answer.body.contains("evil.example"));
            }
        }
        assert!(is_signed_in(&mut browser, &party).await);
    })
    .await;
}

/// What the rows of the suite (`conformance_logout`) do not send: a signature that does not belong to
/// it, none at all, and another kind of token.
fn forgeries(tokens: &Tokens) -> Vec<String> {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    let token = tokens.get("id_token");
    let mut header = header_of(token);
    header["alg"] = "none".into();
    let parts: Vec<&str> = token.split('.').collect();
    let unsigned = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    vec![
        format!("{unsigned}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        tokens.get("access_token").to_owned(),
    ]
}

#[tokio::test]
async fn a_forged_hint_is_refused() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        for forged in forgeries(&tokens) {
            let hint = ("id_token_hint", forged.as_str());
            for more in [&[][..], &[("post_logout_redirect_uri", HOME), ("client_id", "web")]] {
                let params = [&[hint], more].concat();
                refuses(&browser.get(&bye(&party, &params)).await, "bad_id_token_hint");
            }
        }
        assert!(is_signed_in(&mut browser, &party).await);
    })
    .await;
}

#[tokio::test]
async fn a_hint_whose_key_was_forgotten_asks_as_if_there_were_none() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        let kid = header_of(tokens.get("id_token"))["kid"].as_str().unwrap().to_owned();
        let actor = Actor::CommandLine;
        keys::rotate(&app, &actor, Algorithm::RS256.into(), Pace::AtOnce).await.unwrap();
        keys::retire(&app, &actor, &kid, Pace::AtOnce).await.unwrap();
        let hint = ("id_token_hint", tokens.get("id_token"));
        let evil = [hint, ("post_logout_redirect_uri", "https://evil.example/")];
        refuses(&browser.get(&bye(&party, &evil)).await, "post_logout_redirect_uri_mismatch");
        let page = browser.get(&bye(&party, &[hint, ("post_logout_redirect_uri", HOME)])).await;
        asks(&page);
        assert!(is_signed_in(&mut browser, &party).await, "it proves nothing");
        let answer = browser.submit(&page, &[]).await;
        assert_eq!(answer.location(), HOME);
        assert!(!is_signed_in(&mut browser, &party).await);
    })
    .await;
}

async fn another_client(app: &TestApp) -> Party {
    Party::new(&app.app, &app.client("other").await).await
}

#[tokio::test]
async fn a_hint_of_one_client_does_not_speak_for_another() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        another_client(&app).await;
        let hint = ("id_token_hint", tokens.get("id_token"));
        let answer = browser.get(&bye(&party, &[hint, ("client_id", "other")])).await;
        refuses(&answer, "bad_id_token_hint");
        let others = ("post_logout_redirect_uri", "https://other.example.com/");
        let answer = browser.get(&bye(&party, &[hint, others])).await;
        refuses(&answer, "post_logout_redirect_uri_mismatch");
        refuses(&browser.get(&bye(&party, &[("client_id", "nobody")])).await, "unknown_client");
    })
    .await;
}

#[tokio::test]
async fn a_hint_of_another_session_proves_nothing() {
    each_database(async |app| {
        let (party, mut alices, tokens) = signed_in(&app, &[]).await;
        app.user("bob").await;
        let mut bobs = Browser::new(&app.app);
        party.sign_in(&mut bobs, "bob", &[]).await;
        let hint = ("id_token_hint", tokens.get("id_token"));
        let params = [hint, ("post_logout_redirect_uri", HOME)];
        asks(&bobs.get(&bye(&party, &params)).await);
        assert!(is_signed_in(&mut bobs, &party).await);
        let mut elsewhere = Browser::new(&app.app);
        elsewhere.sign_in("alice").await;
        asks(&elsewhere.get(&bye(&party, &params)).await);
        assert!(is_signed_in(&mut alices, &party).await);
    })
    .await;
}

#[tokio::test]
async fn where_nobody_is_signed_in_there_is_nothing_to_ask() {
    each_database(async |app| {
        let (party, _, tokens) = signed_in(&app, &[]).await;
        let mut browser = Browser::new(&app.app);
        let back = ("post_logout_redirect_uri", HOME);
        for named in [("client_id", "web"), ("id_token_hint", tokens.get("id_token"))] {
            let answer = browser.get(&bye(&party, &[named, back])).await;
            assert_eq!((answer.status, answer.location()), (303, HOME));
        }
        assert!(browser.get(&bye(&party, &[])).await.has("logout-done"));
        assert!(browser.get("/logout").await.has("logout-done"));
    })
    .await;
}

#[tokio::test]
async fn a_post_from_the_clients_own_site_signs_out_though_cookies_stay_behind() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        let params = [
            ("id_token_hint", tokens.get("id_token")),
            ("post_logout_redirect_uri", HOME),
            ("state", "s"),
        ];
        // From another site a browser sends no Lax cookie along with a POST.
        let answer = http::post(&app.app, &party.path("end_session_endpoint"), &params).await;
        let answer = browser.follow(answer).await;
        assert_eq!(answer.location(), format!("{HOME}?state=s"));
        assert!(!is_signed_in(&mut browser, &party).await);
        browser.sign_in("alice").await;
        let page = http::post(&app.app, &party.path("end_session_endpoint"), &[]).await;
        asks(&browser.follow(page).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_granted_in_the_session_ends_with_it_unless_it_was_to_stay() {
    each_database(async |app| {
        let (party, mut browser, short) = signed_in(&app, &[]).await;
        let offline = [("scope", "openid offline_access")];
        let long = party.sign_in(&mut browser, "alice", &offline).await;
        let hint = ("id_token_hint", long.get("id_token"));
        assert!(browser.get(&bye(&party, &[hint])).await.has("logout-done"));
        assert_eq!(party.userinfo(short.get("access_token")).await.status, 401);
        assert_eq!(party.userinfo(long.get("access_token")).await.status, 200);
        let refreshed = party.refresh(long.get("refresh_token")).await;
        assert_eq!(refreshed.status, 200);
        let token = refreshed.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(party.userinfo(&token).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_waits_when_the_person_signs_out_opens_nothing() {
    each_database(async |app| {
        let (party, mut browser, tokens) = signed_in(&app, &[]).await;
        let code = browser.authorize(&party.ask(&[]), "alice").await.param("code").unwrap();
        browser.get(&bye(&party, &[("id_token_hint", tokens.get("id_token"))])).await;
        assert_eq!(party.exchange(&code).await.error(), (400, "invalid_grant".into()));
    })
    .await;
}

#[tokio::test]
async fn our_own_page_asks_and_heeds_no_form_but_its_own() {
    each_database(async |app| {
        let (party, mut browser, _) = signed_in(&app, &[]).await;
        let page = browser.get("/logout").await;
        asks(&page);
        for forged in [&[][..], &[("csrf", "AAAA")]] {
            refuses(&browser.post("/logout", forged).await, "form_rejected");
        }
        let foreign = Browser::new(&app.app).get("/login").await;
        let (_, csrf) = foreign.inputs().into_iter().find(|(name, _)| name == "csrf").unwrap();
        let answer = browser.post("/logout", &[("csrf", &csrf)]).await;
        refuses(&answer, "form_rejected");
        assert!(is_signed_in(&mut browser, &party).await);
        assert!(browser.submit(&page, &[]).await.has("logout-done"));
        assert!(!is_signed_in(&mut browser, &party).await);
    })
    .await;
}

#[tokio::test]
async fn a_changed_confirm_form_sends_nobody_elsewhere() {
    each_database(async |app| {
        let (party, mut browser, _) = signed_in(&app, &[]).await;
        let params = [("client_id", "web"), ("post_logout_redirect_uri", HOME)];
        let page = browser.get(&bye(&party, &params)).await;
        let evil = [("post_logout_redirect_uri", "https://evil.example/")];
        let answer = browser.submit(&page, &evil).await;
        refuses(&answer, "post_logout_redirect_uri_mismatch");
    })
    .await;
}
