//! People over the API.

use keystead::domain::ApiScope;
use serde_json::json;

use super::{Caller, done, problem};
use crate::harness::{Browser, PASSWORD, TestApp, each_database};

#[tokio::test]
async fn a_person_comes_changes_and_goes() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let made = caller
            .post(
                "/users",
                json!({
                    "username": "alice", "email": "Alice@Example.com", "email_verified": true,
                    "password": PASSWORD, "address": { "country": "CH" },
                }),
            )
            .await;
        let alice = done(&made, 201);
        assert_eq!(made.location(), format!("/api/v1/users/{}", alice["id"].as_str().unwrap()));
        assert_eq!(alice["email"], "alice@example.com");
        assert!(!made.body.contains(PASSWORD));
        Browser::new(&app.app).sign_in("alice").await;

        let read = caller.get("/users/alice").await;
        assert_eq!(read.header("etag"), made.header("etag"));
        let change = json!({ "nickname": "al", "address": null, "email": null });
        let headers = [("if-match", read.header("etag"))];
        let changed = caller.call("PATCH", "/users/alice", Some(change), &headers).await;
        let now = done(&changed, 200);
        assert_eq!((&now["nickname"], &now["email"]), (&json!("al"), &json!(null)));
        assert!(now.get("address").is_none() && now["email_verified"] == false);
        assert_eq!(now["has_password"], true, "what is not named stays");
        assert_eq!(caller.get("/users/alice").await.header("etag"), changed.header("etag"));

        assert_eq!(
            done(&caller.patch("/users/alice", json!({ "disabled": true })).await, 200)["disabled"],
            true
        );
        done(&caller.delete("/users/alice").await, 204);
        assert_eq!(problem(&caller.get("/users/alice").await), (404, "not_found".to_owned()));
        let events = done(&caller.get("/events?limit=3").await, 200);
        assert_eq!(events["items"][0]["sentence"], "root deleted the user alice");
    })
    .await;
}

#[tokio::test]
async fn people_with_a_role_are_out_of_reach_of_a_token_without_the_scope_for_it() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let few = [ApiScope::Read, ApiScope::WriteUsers, ApiScope::WriteSessions];
        let leaked = Caller::again(&app, "root", &few).await;
        let evil = json!({ "username": "evil", "role": "administrator", "password": PASSWORD });
        let refused = (403, "not_allowed".to_owned());
        let told = leaked.post("/users", evil.clone()).await;
        assert_eq!(problem(&told), refused);
        assert!(told.body.contains("roles:write"), "{}", told.body);
        assert_eq!(problem(&caller.get("/users/evil").await).0, 404);
        done(&leaked.post("/users", json!({ "username": "bob" })).await, 201);
        done(&leaked.post("/users/bob/reset-link", json!({})).await, 201);
        let role = json!({ "role": "auditor" });
        assert_eq!(problem(&leaked.patch("/users/bob", role.clone()).await), refused);
        for (path, body) in [("reset-link", json!({})), ("invitation", json!({}))] {
            let answer = leaked.post(&format!("/users/root/{path}"), body).await;
            assert_eq!(problem(&answer), refused, "{path}");
        }
        assert_eq!(
            problem(&leaked.patch("/users/root", json!({ "nickname": "r" })).await),
            refused
        );
        assert_eq!(problem(&leaked.delete("/users/root").await), refused);
        done(&caller.patch("/users/bob", role).await, 200);
        assert_eq!(problem(&leaked.delete("/users/bob").await), refused, "from then on");
        done(&caller.post("/users", evil).await, 201);
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_with_a_person_is_told() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let body =
            json!({ "username": 1, "emial": "a@b.c", "role": "king", "address": { "city": "x" } });
        let answer = caller.post("/users", body).await;
        assert_eq!(problem(&answer), (422, "invalid_document".to_owned()));
        let errors = answer.json()["errors"].clone();
        let pointers: Vec<&str> =
            errors.as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/emial", "/username", "/role", "/address/city"]);
        assert_eq!(errors[0]["detail"], "there is no 'emial' here; did you mean 'email'?");

        for (body, status, code) in [
            (json!({}), 422, "invalid_document"),
            (json!({ "username": "al ice" }), 422, "invalid_value"),
            (json!({ "username": "root" }), 409, "taken"),
            (json!({ "username": "x", "email": "nobody" }), 422, "invalid_value"),
            (json!({ "username": "x", "password": "password" }), 422, "weak_password"),
            (
                json!({ "username": "x", "password": PASSWORD, "invite": true }),
                422,
                "invalid_document",
            ),
            (json!({ "username": "x", "id": "1" }), 422, "invalid_document"),
            (json!({ "username": "x", "password_hash": "y" }), 422, "invalid_document"),
        ] {
            let answer = caller.post("/users", body.clone()).await;
            assert_eq!(problem(&answer), (status, code.to_owned()), "{body}");
        }
        let last = caller.patch("/users/root", json!({ "role": "auditor" })).await;
        assert_eq!(problem(&last), (409, "last_administrator".to_owned()));
        let all = done(&caller.get("/users").await, 200);
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "nothing was half made");
    })
    .await;
}

#[tokio::test]
async fn links_are_made_and_sessions_end() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let made =
            done(&caller.post("/users", json!({ "username": "bob", "invite": true })).await, 201);
        let url = made["invitation"]["url"].as_str().unwrap();
        let path = url.strip_prefix("https://id.example.com").unwrap();
        assert!(Browser::new(&app.app).get(path).await.has("set-password-submit"), "{path}");
        let link = done(&caller.post("/users/bob/reset-link", json!({})).await, 201);
        assert!(link["url"].as_str().unwrap().contains("/recover?token="));
        let event = done(&caller.get("/events?limit=1").await, 200);
        assert!(!event.to_string().contains("token="), "{event}");

        app.user("alice").await;
        let (mut here, mut there) = (Browser::new(&app.app), Browser::new(&app.app));
        here.sign_in("alice").await;
        there.sign_in("alice").await;
        let sessions = done(&caller.get("/users/alice/sessions").await, 200);
        let id = sessions["items"][0]["id"].as_str().unwrap();
        assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
        done(&caller.delete(&format!("/users/alice/sessions/{id}")).await, 204);
        let gone = caller.delete(&format!("/users/alice/sessions/{id}")).await;
        assert_eq!(problem(&gone), (404, "not_there".to_owned()));
        assert_eq!(problem(&caller.delete("/users/alice/sessions/x").await).0, 404);
        done(&caller.delete("/users/alice/sessions").await, 204);
        assert!(
            !there.get("/").await.has("current-user") && !here.get("/").await.has("current-user")
        );
        let none = Caller::again(&app, "root", &[ApiScope::WriteSessions]).await;
        assert_eq!(problem(&none.get("/users/alice/sessions").await).0, 403);
    })
    .await;
}
