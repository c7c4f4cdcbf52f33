//! What is sent and answered, whatever it is about: bodies, media types, methods, pages.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{Caller, done, problem};
use crate::harness::http::{self, Answer};
use crate::harness::{TestApp, each_database};

async fn raw(caller: &Caller, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post("/api/v1/groups")
        .header("authorization", format!("Bearer {}", caller.token))
        .header("content-type", kind);
    http::send(&caller.app, request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_right_status() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let told = |answer: Answer| problem(&answer);
        let of = |status: u16, code: &str| (status, code.to_owned());
        let json = "application/json";
        assert_eq!(told(raw(&caller, json, "{").await), of(400, "malformed_request"));
        assert_eq!(told(raw(&caller, json, "").await), of(400, "malformed_request"));
        assert_eq!(told(raw(&caller, json, vec![0xff, 0xfe]).await), of(400, "malformed_request"));
        let deep = "[".repeat(10_000);
        assert_eq!(told(raw(&caller, json, deep).await), of(400, "malformed_request"));
        assert_eq!(told(raw(&caller, json, "[]").await), of(422, "invalid_document"));
        assert_eq!(told(raw(&caller, "text/plain", "{}").await), of(415, "unsupported_media_type"));
        let form = raw(&caller, "application/x-www-form-urlencoded", "name=a").await;
        assert_eq!(told(form), of(415, "unsupported_media_type"));
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(70_000));
        assert_eq!(told(raw(&caller, json, large.clone()).await), of(413, "too_large"));
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(large)]);
        let streamed = raw(&caller, json, Body::from_stream(stream)).await;
        assert_eq!(told(streamed), of(413, "too_large"));
        let charset = raw(&caller, "application/json; charset=utf-8", "{\"name\":\"a\"}").await;
        done(&charset, 201);
    })
    .await;
}

#[tokio::test]
async fn strange_paths_and_methods_are_problems_too() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        assert_eq!(problem(&caller.get("/nothing").await).0, 404);
        assert_eq!(problem(&caller.get("").await).0, 404);
        let answer = caller.call("PUT", "/users", Some(json!({})), &[]).await;
        assert_eq!(problem(&answer), (405, "method_not_allowed".to_owned()));
        let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        assert!(allowed.contains(&"GET") && allowed.contains(&"POST"), "{allowed:?}");
        assert_eq!(problem(&caller.get("/users/%FF").await).0, 400);
        assert_eq!(problem(&caller.get("/users?limit=0").await).0, 400);
        assert_eq!(problem(&caller.get("/users?limit=201").await).0, 400);
        assert_eq!(problem(&caller.get("/users?limit=x").await).0, 400);
        assert_eq!(problem(&caller.get("/users?page=2").await).0, 400);
        assert_eq!(problem(&caller.get("/events?after=x").await).0, 400);
        assert_eq!(problem(&caller.get("/events?since=yesterday").await).0, 400);
        assert_eq!(problem(&caller.get("/flows?after=AAAA-0000").await).0, 400);
        let answer = caller.get("/users").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    })
    .await;
}

#[tokio::test]
async fn lists_come_a_page_at_a_time_each_thing_once() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        for n in 0..5 {
            app.user(&format!("user{n}")).await;
            app.client(&format!("client{n}")).await;
            app.group(&format!("group &{n}"), &[]).await;
        }
        for (path, key, expected) in [
            ("/users", "username", 6),
            ("/clients", "client_id", 5),
            ("/groups", "name", 6),
            ("/scopes", "name", 7),
            ("/keys", "kid", 3),
            ("/events", "id", 1),
        ] {
            let whole = done(&caller.get(path).await, 200);
            let mut found: Vec<Value> = Vec::new();
            let mut next = format!("{path}?limit=2");
            loop {
                let answer = caller.get(&next).await;
                let page = done(&answer, 200);
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= 2);
                found.extend(items.iter().map(|item| item[key].clone()));
                let Some(link) = page["next"].as_str() else {
                    assert_eq!(answer.header("link"), "");
                    break;
                };
                assert_eq!(answer.header("link"), format!("<{link}>; rel=\"next\""));
                next = link.strip_prefix("/api/v1").unwrap().to_owned();
            }
            let all = whole["items"].as_array().unwrap();
            let all: Vec<Value> = all.iter().map(|item| item[key].clone()).collect();
            assert_eq!(found, all, "{path}");
            assert!(found.len() >= expected, "{path}: {found:?}");
        }
    })
    .await;
}
