//! The description of the API is the API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Caller, done, logout_tokens};
use crate::harness::{Scene, TestApp, each_database, http};

#[tokio::test]
async fn each_route_is_described_and_each_description_is_a_route() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let answer = http::get(&app.app, "/api/openapi.json").await;
        let document = answer.json();
        assert_eq!((answer.status, &document["openapi"]), (200, &json!("3.1.0")));
        assert_eq!(document["servers"][0]["url"], "https://id.example.com/api/v1");
        let mut ids = BTreeSet::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            let described: BTreeSet<String> = operations
                .as_object()
                .unwrap()
                .keys()
                .map(|method| method.to_uppercase())
                .collect();
            for operation in operations.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} twice");
            }
            let filled = path.replace(['{', '}'], "");
            let trace = caller.call("TRACE", &filled, None, &[]).await;
            assert_eq!(trace.status, 405, "{path}");
            let served: BTreeSet<String> = trace
                .header("allow")
                .split(',')
                .map(|method| method.trim().to_owned())
                .filter(|method| method != "HEAD")
                .collect();
            assert_eq!(served, described, "{path}");
        }
        let refs = document.to_string();
        for name in refs.split("#/components/schemas/").skip(1) {
            let name = name.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "no schema {name}");
        }
    })
    .await;
}

/// Holds an answer to its schema: nothing missing, nothing undescribed, each of its type.
fn check(document: &Value, name: &str, value: &Value) {
    let schema = &document["components"]["schemas"][name];
    let members = value.as_object().unwrap_or_else(|| panic!("{name}: {value}"));
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(members.contains_key(required.as_str().unwrap()), "{name} lacks {required}");
    }
    for (member, value) in members {
        let described = schema["properties"].get(member);
        let described = described.unwrap_or_else(|| panic!("{name}.{member} is not described"));
        typed(document, described, value, &format!("{name}.{member}"));
    }
}

fn typed(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return check(document, reference.rsplit('/').next().unwrap(), value);
    }
    if let Some(either) = schema["anyOf"].as_array() {
        if !value.is_null() {
            typed(document, &either[0], value, at);
        }
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = match &schema["type"] {
        Value::String(one) => one == kind,
        several => several.as_array().unwrap().contains(&json!(kind)),
    };
    assert!(fits, "{at}: {value} is no {}", schema["type"]);
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value} is not one of {allowed:?}");
    }
}

#[tokio::test]
async fn answers_are_as_described() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        http::get(&app.app, &scene.party.ask(&[("redirect_uri", "https://web.example.com/")]))
            .await;
        app.flows.flush(&app.db).await.unwrap();
        let document = http::get(&app.app, "/api/openapi.json").await.json();
        for (path, body) in [
            (
                "/users",
                json!({ "username": "bob", "invite": true, "address": { "country": "CH" } }),
            ),
            ("/groups", json!({ "name": "staff" })),
            ("/scopes", json!({ "name": "x", "sentence": "See x" })),
            ("/clients", json!({ "client_id": "wiki" })),
            ("/keys", json!({ "alg": "EdDSA" })),
            ("/registration-tokens", json!({ "name": "ci" })),
        ] {
            let made = done(&caller.post(path, body).await, 201);
            let success = &document["paths"][path]["post"]["responses"]["201"];
            typed(&document, &success["content"]["application/json"]["schema"], &made, path);
        }
        done(&caller.put("/groups/staff/members/bob", json!({})).await, 204);
        done(
            &caller.put("/clients/wiki/claim-maps/roles/staff", json!({ "values": ["a"] })).await,
            200,
        );
        done(
            &caller.put("/clients/wiki/scope-maps/staff", json!({ "scopes": ["openid"] })).await,
            200,
        );
        logout_tokens::queue(&app, "wiki", 1).await;
        for (path, operations) in document["paths"].as_object().unwrap() {
            let Some(operation) = operations.get("get") else { continue };
            let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            let Some(items) = schema["properties"].get("items") else { continue };
            let filled = path.replace("{group}", "staff").replace("{client}", "wiki");
            let answer = done(&caller.get(&filled.replace("{user}", "alice")).await, 200);
            let listed = answer["items"].as_array().unwrap();
            let may_be_empty = path == "/groups/{group}/groups";
            assert!(may_be_empty || !listed.is_empty(), "nothing at {path}");
            for item in listed {
                typed(&document, &items["items"], item, path);
            }
        }
        let flow = done(&caller.get("/flows?limit=1").await, 200);
        let reference = flow["items"][0]["ref"].as_str().unwrap();
        check(
            &document,
            "FlowStory",
            &done(&caller.get(&format!("/flows/{reference}")).await, 200),
        );
        check(&document, "Problem", &caller.get("/nothing").await.json());
    })
    .await;
}

#[tokio::test]
async fn people_can_read_it_on_one_page() {
    each_database(async |app: TestApp| {
        let page = http::get(&app.app, "/api").await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
        for text in [
            "/clients/{client}/secret",
            "users:write",
            "revision_required",
            "https://id.example.com/api/v1/users",
        ] {
            assert!(page.body.contains(text), "{text}");
        }
        assert!(!page.body.contains("<script") && !page.body.contains("style=\""));
    })
    .await;
}
