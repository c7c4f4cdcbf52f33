//! The OpenID Foundation's FAPI 2.0 plans, security profile and message signing: what becomes of a
//! request that was pushed. Each story names its module, and is told with plain and with signed
//! messages.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::harness::bank::each_pair;
use crate::harness::http;

/// fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails
#[tokio::test]
async fn a_request_that_was_not_pushed_is_refused_at_the_callback() {
    each_pair(async |app, one, _| {
        let answer = http::get(&app.app, &one.party.ask(&[])).await;
        assert_eq!(answer.param("error").as_deref(), Some("invalid_request"));
        assert_eq!(answer.param("state").as_deref(), Some("s-1"));
        assert_eq!(answer.param("code"), None);
    })
    .await;
}

/// fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds
#[tokio::test]
async fn opening_the_login_page_does_not_use_a_request_up() {
    each_pair(async |_, mut one, _| {
        let url = one.open(&one.push(&[]).await, &[]);
        let page = one.browser.get(&url).await;
        assert!(one.browser.follow(page).await.has("login-submit"));
        assert!(one.go(&url).await.contains_key("code"));
    })
    .await;
}

/// fapi2-security-profile-final-par-attempt-reuse-request_uri
#[tokio::test]
async fn a_request_that_was_answered_is_not_answered_again() {
    each_pair(async |_, mut one, _| {
        let url = one.open(&one.push(&[]).await, &[]);
        assert!(one.go(&url).await.contains_key("code"));
        let told = one.go(&url).await;
        assert_eq!(told["error"], "invalid_request_uri");
        assert!(!told.contains_key("code"));
    })
    .await;
}

/// fapi2-security-profile-final-par-attempt-to-use-expired-request_uri
#[tokio::test]
async fn a_request_ends_when_it_was_said_to_end() {
    each_pair(async |app, mut one, _| {
        let pushed = one.push(&[]).await;
        let url = one.open(&pushed, &[]);
        app.wait(pushed.json()["expires_in"].as_i64().unwrap() + 1);
        let told = one.go(&url).await;
        assert_eq!(
            (&told["error"], &told["state"]),
            (&json!("invalid_request_uri"), &json!("s-1"))
        );
    })
    .await;
}

/// fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client
#[tokio::test]
async fn a_request_of_another_client_gets_a_page() {
    each_pair(async |app, one, two| {
        let url = two.open(&one.push(&[]).await, &[]);
        let answer = http::get(&app.app, &url).await;
        assert_eq!((answer.status, answer.location()), (400, ""));
        assert_eq!(answer.text("error-code"), "request_uri_unknown");
    })
    .await;
}

/// fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param
#[tokio::test]
async fn a_request_uri_cannot_be_pushed() {
    each_pair(async |_, one, _| {
        let endpoint = "pushed_authorization_request_endpoint";
        let asked = one.asked(&[("request_uri", "urn:ietf:params:oauth:request_uri:x")]);
        let form: Vec<_> = asked.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = one.party.call(endpoint, &form).await;
        assert_eq!(answer.error(), (400, "invalid_request".to_owned()));
    })
    .await;
}

/// fapi2-security-profile-final-par-attempt-invalid-http-method
#[tokio::test]
async fn a_push_is_a_post() {
    each_pair(async |app, one, _| {
        let path = one.party.path("pushed_authorization_request_endpoint");
        for method in ["PUT", "GET", "DELETE"] {
            let request = Request::builder().method(method).uri(&path).body(Body::empty());
            let answer = http::send(&app.app, request.unwrap()).await;
            assert_eq!(answer.status, 405, "{method}");
        }
    })
    .await;
}
