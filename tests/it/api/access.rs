//! Who may call what: tokens, scopes and roles against every route.

use keystead::domain::{ApiScope, Role};
use serde_json::{Value, json};

use super::{Caller, done, problem};
use crate::harness::http::{self, Answer};
use crate::harness::{TestApp, each_database};

/// Every route of the document: method, path with something in its gaps, and its scope.
async fn routes(app: &TestApp) -> Vec<(String, String, String)> {
    let document = http::get(&app.app, "/api/openapi.json").await.json();
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let scope = operation["security"][0]["token"][0].as_str().unwrap();
            let mut filled = path.clone();
            while let Some((start, rest)) = filled.clone().split_once('{') {
                filled = format!("{start}nothing{}", rest.split_once('}').unwrap().1);
            }
            all.push((method.to_uppercase(), filled, scope.to_owned()));
        }
    }
    assert!(all.len() > 40, "{}", all.len());
    all
}

async fn call(caller: &Caller, method: &str, path: &str) -> Answer {
    let body = (method != "GET" && method != "DELETE").then(|| json!({}));
    caller.call(method, path, body, &[("if-match", "*")]).await
}

#[tokio::test]
async fn a_token_opens_what_its_scope_names_and_nothing_else() {
    each_database(async |app: TestApp| {
        Caller::new(&app).await;
        let routes = routes(&app).await;
        for held in ApiScope::ALL {
            let caller = Caller::again(&app, "root", &[held]).await;
            for (method, path, needed) in &routes {
                let answer = call(&caller, method, path).await;
                let at = format!("{method} {path} with {}: {}", held.as_str(), answer.body);
                if held.as_str() == needed {
                    assert!(![401, 403, 500].contains(&answer.status), "{at}");
                    continue;
                }
                assert_eq!(problem(&answer), (403, "insufficient_scope".to_owned()), "{at}");
                let challenge = format!("error=\"insufficient_scope\", scope=\"{needed}\"");
                assert!(answer.header("www-authenticate").ends_with(&challenge), "{at}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_enters_without_a_token_that_works() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        for (method, path, _) in routes(&app).await {
            let address = format!("/api/v1{path}");
            let request = axum::http::Request::builder().method(&*method).uri(&address);
            let answer =
                http::send(&app.app, request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(problem(&answer), (401, "token_missing".to_owned()), "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"keystead-api\"");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
        let wrong = [
            ("Basic cm9vdDpyb290", "token_missing"),
            ("Bearer kst_nonsense", "token_invalid"),
            ("Bearer ", "token_invalid"),
        ];
        for (sent, code) in wrong {
            let request = axum::http::Request::get("/api/v1/users").header("authorization", sent);
            let answer =
                http::send(&app.app, request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(problem(&answer), (401, code.to_owned()), "{sent}");
        }
        done(&caller.get("/users").await, 200);
        app.wait(keystead::domain::DAY);
        assert_eq!(problem(&caller.get("/users").await), (401, "token_invalid".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_session_of_a_browser_opens_nothing_here() {
    each_database(async |app: TestApp| {
        app.user("alice").await;
        let mut browser = crate::harness::Browser::new(&app.app);
        browser.sign_in("alice").await;
        let answer = browser.get("/api/v1/users").await;
        assert_eq!(problem(&answer), (401, "token_missing".to_owned()));
        assert_eq!(answer.header("set-cookie"), "");
    })
    .await;
}

#[tokio::test]
async fn a_token_never_exceeds_the_role_of_whoever_it_acts_for() {
    each_database(async |app: TestApp| {
        let root = Caller::new(&app).await;
        let read = [ApiScope::Read];
        let people = [ApiScope::Read, ApiScope::WriteUsers, ApiScope::WriteSessions];
        let own = [ApiScope::Read, ApiScope::WriteClients];
        let auditor = Caller::of(&app, "auditor", Role::Auditor, &read).await;
        let desk = Caller::of(&app, "desk", Role::Helpdesk, &people).await;
        let owner = Caller::of(&app, "owner", Role::ApplicationOwner, &own).await;
        app.user("alice").await;
        app.client("web").await;
        app.client("wiki").await;
        let cli = keystead::domain::Actor::CommandLine;
        keystead::directory::owners::add(&app, &cli, "wiki", "owner").await.unwrap();

        for path in ["/users", "/clients", "/events", "/flows", "/keys", "/groups"] {
            done(&auditor.get(path).await, 200);
        }
        done(&desk.get("/users/alice").await, 200);
        done(&desk.patch("/users/alice", json!({ "nickname": "al" })).await, 200);
        let told = |answer: Answer| problem(&answer);
        let no = || (403, "not_allowed".to_owned());
        assert_eq!(told(desk.patch("/users/root", json!({ "nickname": "r" })).await), no());
        assert_eq!(
            told(desk.patch("/users/alice", json!({ "role": "administrator" })).await),
            no()
        );
        assert_eq!(told(desk.delete("/users/root/sessions").await), no());
        assert_eq!(told(desk.get("/events").await), no());
        assert_eq!(told(desk.get("/clients/web").await), no());

        let seen = done(&owner.get("/clients").await, 200);
        assert_eq!(seen["items"].as_array().unwrap().len(), 1);
        assert_eq!(told(owner.get("/clients/web").await), no());
        assert_eq!(told(owner.patch("/clients/web", json!({ "name": "Mine" })).await), no());
        assert_eq!(told(owner.delete("/clients/wiki").await), no());
        assert_eq!(told(owner.get("/users").await), no());
        done(&owner.patch("/clients/wiki", json!({ "name": "Mine" })).await, 200);
        done(
            &owner.put("/clients/wiki/scope-maps/everyone", json!({ "scopes": ["openid"] })).await,
            200,
        );
        let event = done(&root.get("/events?client=wiki&limit=1").await, 200)["items"][0].clone();
        assert_eq!(
            (&event["actor"], &event["kind"]),
            (&json!("owner"), &json!("client.scope_map_set"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_dies_with_whoever_it_acts_for() {
    each_database(async |app: TestApp| {
        let root = Caller::new(&app).await;
        let dead = (401, "token_invalid".to_owned());
        let auditor = Caller::of(&app, "auditor", Role::Auditor, &[ApiScope::Read]).await;
        done(&auditor.get("/users").await, 200);
        done(&root.patch("/users/auditor", json!({ "role": null })).await, 200);
        assert_eq!(problem(&auditor.get("/users").await), dead);
        done(&root.patch("/users/auditor", json!({ "role": "auditor" })).await, 200);
        let auditor = Caller::again(&app, "auditor", &[ApiScope::Read]).await;
        done(&root.patch("/users/auditor", json!({ "disabled": true })).await, 200);
        assert_eq!(problem(&auditor.get("/users").await), dead);
        done(&root.patch("/users/auditor", json!({ "disabled": false })).await, 200);
        let auditor = Caller::again(&app, "auditor", &[ApiScope::Read]).await;
        done(&root.delete("/users/auditor").await, 204);
        assert_eq!(problem(&auditor.get("/users").await), dead);
        let last: Value = done(&root.get("/users").await, 200);
        assert_eq!(last["items"].as_array().unwrap().len(), 1);
    })
    .await;
}
