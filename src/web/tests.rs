//! What no request can bring about: a handler with a bug in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use tower::ServiceExt;

use super::{BODY_LIMIT, bounded, pages};
use crate::app::{App, AppState};
use crate::clock::Clock;
use crate::config::{Config, Flags};
use crate::random::Random;
use crate::store::Db;

async fn app(folder: &Path) -> AppState {
    let flags = Flags { config: Some(PathBuf::from("/dev/null")), ..Flags::default() };
    let config = Config::load(&flags, std::iter::empty(), folder).unwrap();
    let db = Db::open(&format!("sqlite://{}/test.db", folder.display()), 2).await.unwrap();
    let app = App::assemble(config, db, Clock::System, Random::seeded(1), &[7; 32]).await;
    AppState(Arc::new(app.unwrap()))
}

async fn buggy() -> &'static str {
    panic!("a secret detail")
}

#[tokio::test]
async fn whoever_opens_a_page_that_panics_reads_a_page_and_programs_read_json() {
    let folder = std::env::temp_dir().join(format!("keystead_panic_{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let app = app(&folder).await;
    let people = pages(Router::new().route("/page", get(buggy)), &app);
    let all = bounded(Router::new().route("/token", get(buggy)).merge(people), &app, BODY_LIMIT);
    let all = all.with_state(app.clone());
    let answer = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = all.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        assert_eq!(head.status, 500);
        (head.headers, String::from_utf8(body.to_vec()).unwrap())
    };
    let (headers, page) = answer("/page").await;
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"), "{headers:?}");
    assert!(headers.contains_key("content-security-policy"));
    assert!(!headers.contains_key("set-cookie"), "the browser's own stay as they are");
    assert!(page.contains("id=\"error-code\">server_error<"), "{page}");
    assert!(page.contains("id=\"error-ref\">"), "{page}");
    let (headers, json) = answer("/token").await;
    assert_eq!(headers["content-type"], "application/json");
    assert!(json.contains("\"server_error\""), "{json}");
    assert!(!page.contains("secret detail") && !json.contains("secret detail"));
    app.db.close().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
