//! The forms that people fill in: sign-in, consent, sign-out.

use super::{page, shown};
use crate::harness::http::{self, Answer};
use crate::harness::{Browser, PASSWORD, Scene, each_database};

/// Every page with a form.
const FORMS: [&str; 7] =
    ["/login", "/consent", "/device", "/logout", "/setup", "/invite", "/recover"];

fn csrf(page: &Answer) -> String {
    let found = page.inputs().into_iter().find(|(name, _)| name == "csrf");
    found.expect("a form with its token").1
}

#[tokio::test]
async fn a_form_without_the_token_of_this_browser_does_nothing() {
    each_database(async |app| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        let own = csrf(&browser.get("/login").await);
        let foreign = csrf(&Browser::new(&app.app).get("/login").await);
        let rejected = shown(400, "form_rejected");
        let filled = [("username", "alice"), ("password", PASSWORD), ("action", "login")];
        for path in FORMS {
            for token in [None, Some(""), Some("x"), Some(foreign.as_str()), Some(&own[1..])] {
                let token = token.map(|token| ("csrf", token));
                let form: Vec<(&str, &str)> = filled.into_iter().chain(token).collect();
                assert_eq!(page(&browser.post(path, &form).await), rejected, "{path} {token:?}");
            }
            let form = [filled.as_slice(), &[("csrf", &own)]].concat();
            let cookieless = http::post(&app.app, path, &form).await;
            assert_eq!(page(&cookieless), rejected, "{path} without cookies");
            let doubled = [form, vec![("csrf", "x")]].concat();
            let answer = browser.post(path, &doubled).await;
            assert_eq!(page(&answer), shown(400, "malformed_request"), "{path} doubled");
        }
        assert!(browser.get("/").await.location().starts_with("/login"), "nobody is signed in");
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_no_form_is_malformed() {
    each_database(async |app| {
        for path in FORMS {
            let request =
                axum::http::Request::post(path).header("content-type", "application/json");
            let answer = http::send(&app.app, request.body("{}".into()).unwrap()).await;
            assert_eq!(page(&answer), shown(400, "malformed_request"), "{path}");
            let put = axum::http::Request::put(path).body(axum::body::Body::empty()).unwrap();
            assert_eq!(http::send(&app.app, put).await.status, 405, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_lacks_something_shows_the_form_again_with_the_name_kept() {
    each_database(async |app| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        let form = browser.get("/login").await;
        let csrf = csrf(&form);
        for sent in [
            &[][..],
            &[("username", "alice")],
            &[("password", PASSWORD)],
            &[("username", "alice"), ("password", "")],
            &[("username", "al ice"), ("password", PASSWORD)],
        ] {
            let all = [&[("csrf", csrf.as_str()), ("action", "login")], sent].concat();
            let answer = browser.post("/login", &all).await;
            assert_eq!(answer.status, 422, "{sent:?}");
            assert_eq!(answer.text("login-error"), "That name and password do not match.");
            let name = sent.iter().find(|(name, _)| *name == "username").map_or("", |(_, v)| v);
            assert!(answer.inputs().contains(&("username".into(), name.into())), "{sent:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_stale_or_changed_request_is_not_taken_up_by_its_forms() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let login = scene.browser.get(&scene.party.ask(&[])).await;
        let login = scene.browser.follow(login).await;
        let consent = scene.browser.log_in(&login, "alice", PASSWORD).await;
        assert!(consent.has("consent-allow"), "{}", consent.body);
        let expired = shown(400, "request_expired");
        for (form, button) in [(&login, "login"), (&consent, "allow"), (&consent, "deny")] {
            for resume in ["x", "AAAA", " "] {
                let filled = [("resume", resume), ("action", button)];
                let answer = scene.browser.submit(form, &filled).await;
                assert_eq!(page(&answer), expired, "{button} {resume}");
            }
        }
        let answer = scene.browser.submit(&consent, &[("resume", ""), ("action", "allow")]).await;
        assert_eq!(page(&answer), expired);
        app.wait(3601);
        for (form, button) in [(&login, "login"), (&consent, "allow")] {
            let answer = scene.browser.submit(form, &[("action", button)]).await;
            assert_eq!(page(&answer), expired, "{button}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_consent_without_a_button_is_none() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let login = scene.browser.get(&scene.party.ask(&[])).await;
        let login = scene.browser.follow(login).await;
        let consent = scene.browser.log_in(&login, "alice", PASSWORD).await;
        for action in ["", "ALLOW", "yes"] {
            let answer = scene.browser.submit(&consent, &[("action", action)]).await;
            assert_eq!(answer.param("error").as_deref(), Some("access_denied"), "{action}");
            assert_eq!(
                answer.param("error_description").as_deref(),
                Some("the person did not consent")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_out_that_makes_no_sense_is_refused_and_leads_nowhere() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let other = app.client("other").await;
        assert_eq!(other.client.id.as_str(), "other");
        let tokens = scene.tokens(&[]).await;
        let (hint, back) = (tokens.get("id_token"), "https://web.example.com/");
        let mismatch = "post_logout_redirect_uri_mismatch";
        for (sent, code) in [
            (&[("client_id", "nobody")][..], "unknown_client"),
            (&[("id_token_hint", "not.a.token")], "bad_id_token_hint"),
            (&[("id_token_hint", tokens.get("access_token"))], "bad_id_token_hint"),
            (&[("id_token_hint", hint), ("client_id", "other")], "bad_id_token_hint"),
            (&[("post_logout_redirect_uri", back)], mismatch),
            (&[("client_id", "other"), ("post_logout_redirect_uri", back)], mismatch),
            (
                &[("client_id", "web"), ("post_logout_redirect_uri", "https://evil.example/")],
                mismatch,
            ),
            (
                &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://web.example.com")],
                mismatch,
            ),
            (&[("client_id", "web"), ("client_id", "web")], "malformed_request"),
        ] {
            let asked = format!("/oauth2/end-session?{}", http::encode(sent));
            assert_eq!(page(&scene.browser.get(&asked).await), shown(400, code), "{sent:?}");
            let answer = scene.browser.post("/oauth2/end-session", sent).await;
            let answer = scene.browser.follow(answer).await;
            assert_eq!(page(&answer), shown(400, code), "{sent:?}");
            let confirm = scene.browser.get("/logout").await;
            let csrf = csrf(&confirm);
            let form = [sent, &[("csrf", csrf.as_str())]].concat();
            assert_eq!(
                page(&scene.browser.post("/logout", &form).await),
                shown(400, code),
                "{sent:?}"
            );
        }
        assert!(scene.browser.get("/").await.has("current-user"), "still signed in");
    })
    .await;
}
