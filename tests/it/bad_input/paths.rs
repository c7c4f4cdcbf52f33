//! Paths that lead nowhere, bodies that are too large, methods that are not served.

use axum::body::Body;
use axum::http::Request;

use super::{page, shown};
use crate::harness::each_database;
use crate::harness::http;

#[tokio::test]
async fn a_path_that_leads_nowhere_is_a_page_for_browsers_and_json_for_everybody_else() {
    each_database(async |app| {
        for path in ["/nothing", "/oauth2", "/oauth2/token/x", "/admin/../etc/passwd", "/login/x"] {
            let answer = http::get(&app.app, path).await;
            assert_eq!(answer.error(), (404, "not_found".into()), "{path}");
            let request = Request::get(path).header("accept", "text/html,*/*;q=0.8");
            let answer = http::send(&app.app, request.body(Body::empty()).unwrap()).await;
            assert_eq!(page(&answer), shown(404, "not_found"), "{path}");
        }
        for path in ["/static/none.css", "/static/../Cargo.toml", "/static/%2e%2e/Cargo.toml"] {
            assert_eq!(http::get(&app.app, path).await.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_of_nobody_is_not_found() {
    each_database(async |app| {
        app.client_with("closed", |client| {
            client.disabled_at = Some(keystead::domain::Timestamp(1));
        })
        .await;
        for path in [
            "/application/o/nobody/.well-known/openid-configuration",
            "/application/o/closed/.well-known/openid-configuration",
            "/oauth2/openid/nobody/.well-known/openid-configuration",
            "/oauth2/openid/closed/.well-known/openid-configuration",
            "/oauth2/openid/%00/.well-known/openid-configuration",
        ] {
            let answer = http::get(&app.app, path).await;
            assert_eq!(answer.error(), (404, "not_found".into()), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn webfinger_needs_a_resource() {
    each_database(async |app| {
        for path in ["/.well-known/webfinger", "/.well-known/webfinger?resource="] {
            let answer = http::get(&app.app, path).await;
            assert_eq!(answer.error(), (400, "invalid_request".into()));
        }
        let doubled = "/.well-known/webfinger?resource=a&resource=b";
        assert_eq!(page(&http::get(&app.app, doubled).await), shown(400, "malformed_request"));
    })
    .await;
}

#[tokio::test]
async fn a_body_of_a_hundred_kilobytes_is_too_large_wherever_it_is_sent() {
    each_database(async |app| {
        let large = "x".repeat(100_000);
        for path in [
            "/oauth2/authorize",
            "/oauth2/token",
            "/oauth2/userinfo",
            "/oauth2/introspect",
            "/oauth2/revoke",
            "/oauth2/end-session",
            "/login",
            "/consent",
            "/logout",
            "/setup",
            "/invite",
            "/recover",
        ] {
            let announced = [("content-length", "100002")];
            let answer = http::post_with(&app.app, path, &[("x", &large)], &announced).await;
            assert_eq!(answer.status, 413, "{path}");
            let unannounced = http::post(&app.app, path, &[("x", &large)]).await;
            assert!(
                [400, 401, 413].contains(&unannounced.status),
                "{path}: {}",
                unannounced.status
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_method_that_is_not_served_is_refused() {
    each_database(async |app| {
        for (method, path) in [
            ("PUT", "/oauth2/authorize"),
            ("DELETE", "/oauth2/token"),
            ("PUT", "/oauth2/userinfo"),
            ("POST", "/oauth2/jwks"),
            ("POST", "/.well-known/openid-configuration"),
            ("DELETE", "/oauth2/end-session"),
            ("POST", "/"),
            ("POST", "/healthz"),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            assert_eq!(http::send(&app.app, request).await.status, 405, "{method} {path}");
        }
    })
    .await;
}
