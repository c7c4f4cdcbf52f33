//! Errors that travel through a browser: where they go, and what they consist of.

use crate::harness::steps::{closed_client, handed_over, party};
use crate::harness::{Browser, PASSWORD, Party, TestApp, each_database, http};

/// Every wrong request that is answered before anybody is asked: the parameters, and the error.
const AT_ONCE: [(&[(&str, &str)], &str); 17] = [
    (&[("response_type", "")], "invalid_request"),
    (&[("response_type", "token")], "unsupported_response_type"),
    (&[("response_type", "code id_token")], "unsupported_response_type"),
    (&[("response_mode", "web_message")], "invalid_request"),
    (&[("request", "e30.e30.")], "request_not_supported"),
    (&[("request_uri", "https://web.example.com/r")], "request_uri_not_supported"),
    (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
    (&[("code_challenge", "")], "invalid_request"),
    (&[("code_challenge", "short")], "invalid_request"),
    (&[("code_challenge_method", "plain")], "invalid_request"),
    (&[("code_challenge_method", "")], "invalid_request"),
    (&[("prompt", "none login")], "invalid_request"),
    (&[("max_age", "soon")], "invalid_request"),
    (&[("max_age", "-1")], "invalid_request"),
    (&[("claims", "name")], "invalid_request"),
    (&[("id_token_hint", "e30.e30.")], "invalid_request"),
    (&[("prompt", "none")], "login_required"),
];

/// Only what RFC 6749 4.1.2.1 and RFC 9207 name, in words that fit its grammar.
#[track_caller]
fn check(answer: &http::Answer, party: &Party, error: &str) {
    let fields = handed_over(answer);
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["error", "error_description", "state", "iss"], "{}", answer.body);
    assert_eq!(fields[0].1, error);
    let description = &fields[1].1;
    let plain = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(!description.is_empty() && description.chars().all(plain), "{description}");
    assert_eq!(fields[2].1, "s-1");
    assert_eq!(fields[3].1, party.metadata["issuer"].as_str().unwrap());
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn each_wrong_request_is_told_to_the_client_in_plain_words_and_nothing_else() {
    each_database(async |app| {
        let party = party(&app).await;
        for (wrong, error) in AT_ONCE {
            let answer = http::get(&app.app, &party.ask(wrong)).await;
            // Where tokens would come in the fragment, so does what is said in their place.
            let joint = if wrong[0].1.contains("token") && wrong[0].0 == "response_type" {
                '#'
            } else {
                '?'
            };
            let callback = format!("https://web.example.com/callback{joint}");
            assert!(answer.location().starts_with(&callback), "{wrong:?}");
            check(&answer, &party, error);
        }
    })
    .await;
}

#[tokio::test]
async fn errors_of_form_post_are_posted_and_leave_the_url_alone() {
    each_database(async |app| {
        let party = party(&app).await;
        for (wrong, error) in AT_ONCE {
            if wrong[0].0 == "response_mode" {
                continue;
            }
            let wrong = [wrong, &[("response_mode", "form_post")]].concat();
            let answer = http::get(&app.app, &party.ask(&wrong)).await;
            assert_eq!((answer.status, answer.location()), (200, ""), "{wrong:?}");
            assert_eq!(answer.action(), party.redirect_uri);
            check(&answer, &party, error);
        }
    })
    .await;
}

async fn login_page(app: &TestApp, party: &Party) -> (Browser, http::Answer) {
    let mut browser = Browser::new(&app.app);
    let page = browser.get(&party.ask(&[])).await;
    let page = browser.follow(page).await;
    assert!(page.has("login-submit"));
    (browser, page)
}

#[tokio::test]
async fn saying_no_on_our_pages_is_access_denied() {
    each_database(async |app| {
        app.user("alice").await;
        let party = party(&app).await;
        let (mut browser, page) = login_page(&app, &party).await;
        let cancelled = browser.submit(&page, &[("action", "cancel")]).await;
        check(&cancelled, &party, "access_denied");
        let (mut browser, page) = login_page(&app, &party).await;
        let consent = browser.log_in(&page, "alice", PASSWORD).await;
        let denied = browser.submit(&consent, &[("action", "deny")]).await;
        check(&denied, &party, "access_denied");
        let unasked = browser.get(&party.ask(&[("prompt", "none")])).await;
        check(&unasked, &party, "consent_required");
    })
    .await;
}

#[tokio::test]
async fn another_person_than_the_hint_names_is_login_required() {
    each_database(async |app| {
        app.user("alice").await;
        app.user("bob").await;
        let party = party(&app).await;
        let alices = party.sign_in(&mut Browser::new(&app.app), "alice", &[]).await;
        let mut browser = Browser::new(&app.app);
        let ask = party.ask(&[("id_token_hint", alices.get("id_token"))]);
        let page = browser.get(&ask).await;
        let page = browser.follow(page).await;
        let answer = browser.log_in(&page, "bob", PASSWORD).await;
        check(&answer, &party, "login_required");
    })
    .await;
}

#[tokio::test]
async fn no_access_is_told_to_the_client_only_where_no_page_may_be_shown() {
    each_database(async |app| {
        app.user("alice").await;
        let party = Party::new(&app.app, &closed_client(&app, "web", |_| ()).await).await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        let answer = browser.get(&party.ask(&[("prompt", "none")])).await;
        check(&answer, &party, "access_denied");
        let page = browser.get(&party.ask(&[])).await;
        assert_eq!((page.status, page.location()), (403, ""));
    })
    .await;
}

#[tokio::test]
async fn errors_in_json_and_in_headers_are_as_plain() {
    each_database(async |app| {
        let party = party(&app).await;
        let plain = |text: &str| {
            text.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\')
                && !text.is_empty()
        };
        for endpoint in ["token_endpoint", "introspection_endpoint", "revocation_endpoint"] {
            for form in [vec![], vec![("grant_type", "refresh_token"), ("refresh_token", "x")]] {
                let path = party.path(endpoint);
                for answer in
                    [http::post(&app.app, &path, &form).await, party.call(endpoint, &form).await]
                {
                    let json = answer.json();
                    assert!(plain(json["error_description"].as_str().unwrap()), "{json}");
                }
            }
        }
        let answer = party.userinfo("nonsense").await;
        assert_eq!(answer.error(), (401, "invalid_token".into()));
        let challenge = "Bearer realm=\"keystead\", error=\"invalid_token\", error_description=\"";
        assert!(answer.header("www-authenticate").starts_with(challenge));
        let unasked = http::get(&app.app, "/oauth2/userinfo").await;
        assert_eq!(unasked.status, 401);
        assert_eq!(unasked.header("www-authenticate"), "Bearer realm=\"keystead\"");
    })
    .await;
}
