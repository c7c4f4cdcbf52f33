//! Clients and their maps over the API.

use serde_json::json;

use super::{Caller, done, problem};
use crate::harness::{TestApp, each_database};

#[tokio::test]
async fn a_client_comes_changes_and_goes() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let new = json!({
            "client_id": "wiki", "name": "Wiki", "settings": { "alg": "ES256" },
            "redirect_uris": ["https://wiki.example.com/cb"],
        });
        let made = caller.post("/clients", new).await;
        let wiki = done(&made, 201);
        assert_eq!(made.location(), "/api/v1/clients/wiki");
        assert_eq!(wiki["client_secret"].as_str().unwrap().len(), 43);
        assert_eq!(wiki["redirect_uris"], json!(["https://wiki.example.com/cb"]));
        let read = caller.get("/clients/wiki").await;
        assert!(!read.body.contains("secret\""), "{}", read.body);
        assert_eq!(read.header("etag"), made.header("etag"));

        let change = json!({
            "redirect_uris": ["https://wiki.example.com/new"], "trusted": true,
            "settings": { "pkce": "optional", "alg": null },
        });
        let changed = done(&caller.patch("/clients/wiki", change).await, 200);
        assert_eq!(changed["redirect_uris"], json!(["https://wiki.example.com/new"]));
        assert_eq!(changed["settings"]["pkce"], "optional");
        assert_eq!(changed["settings"]["alg"], "RS256", "null is the default again");
        assert_eq!((&changed["trusted"], &changed["name"]), (&json!(true), &json!("Wiki")));

        let rotated = done(&caller.post("/clients/wiki/secret", json!({})).await, 200);
        assert_ne!(rotated["client_secret"], wiki["client_secret"]);
        let client = app.registry().client(&keystead::domain::ClientId("wiki".into())).unwrap();
        let secret = rotated["client_secret"].as_str().unwrap();
        assert!(client.knows_secret(&keystead::domain::Secret::sent(secret)));
        done(&caller.delete("/clients/wiki").await, 204);
        assert_eq!(problem(&caller.get("/clients/wiki").await), (404, "not_found".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_change_that_cannot_be_changes_nothing() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        app.client("wiki").await;
        let before = caller.get("/clients/wiki").await;
        for (change, status, code) in [
            (
                json!({ "name": "New", "redirect_uris": ["https://ok.example/", "javascript:x"] }),
                422,
                "invalid_value",
            ),
            (json!({ "public": true }), 422, "invalid_document"),
            (json!({ "settings": { "grant_types": [] } }), 422, "invalid_settings"),
            (json!({ "settings": { "code_lifetime": 600 } }), 422, "invalid_value"),
            (json!({ "settings": { "code_lifetime": "x" } }), 422, "invalid_document"),
            (json!({ "settings": { "sub": "email" } }), 409, "sub_is_stable"),
            (json!({ "client_secret": "x" }), 422, "invalid_document"),
            (json!({ "created_at": "x" }), 422, "invalid_document"),
        ] {
            let answer = caller.patch("/clients/wiki", change.clone()).await;
            assert_eq!(problem(&answer), (status, code.to_owned()), "{change}");
        }
        let wrong = caller.patch("/clients/wiki", json!({ "settings": { "algo": "x" } })).await;
        assert_eq!(wrong.json()["errors"][0]["pointer"], "/settings/algo");
        assert_eq!(caller.get("/clients/wiki").await.body, before.body);
        let taken = caller.post("/clients", json!({ "client_id": "wiki" })).await;
        assert_eq!(problem(&taken), (409, "taken".to_owned()));
        done(&caller.post("/clients", json!({ "client_id": "app", "public": true })).await, 201);
        let none = caller.post("/clients/app/secret", json!({})).await;
        assert_eq!(problem(&none), (409, "public_client".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn maps_of_a_client() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        done(&caller.post("/clients", json!({ "client_id": "wiki" })).await, 201);
        done(&caller.post("/groups", json!({ "name": "staff" })).await, 201);
        let set = caller
            .put("/clients/wiki/scope-maps/staff", json!({ "scopes": ["openid", "email"] }))
            .await;
        let map = json!({ "group": "staff", "scopes": ["email", "openid"], "default": false });
        assert_eq!(done(&set, 200), map);
        assert_eq!(done(&caller.get("/clients/wiki/scope-maps").await, 200)["items"], json!([map]));
        for (body, code) in [
            (json!({ "scopes": ["opneid"] }), "invalid_value"),
            (json!({ "scopes": [] }), "invalid_value"),
            (json!({ "scopes": "openid" }), "invalid_document"),
        ] {
            let answer = caller.put("/clients/wiki/scope-maps/staff", body).await;
            assert_eq!(problem(&answer), (422, code.to_owned()));
        }
        let nobody =
            caller.put("/clients/wiki/scope-maps/satff", json!({ "scopes": ["openid"] })).await;
        assert_eq!(problem(&nobody), (404, "not_found".to_owned()));

        let path = "/clients/wiki/claim-maps/roles/staff";
        let set =
            done(&caller.put(path, json!({ "values": ["a", "b"], "join": "csv" })).await, 200);
        assert_eq!(
            set,
            json!({ "claim": "roles", "group": "staff", "values": ["a", "b"], "join": "csv" })
        );
        assert_eq!(done(&caller.get("/clients/wiki/claim-maps").await, 200)["items"], json!([set]));
        assert_eq!(problem(&caller.put(path, json!({ "join": "xml" })).await).0, 422);
        let comma = caller.put(path, json!({ "values": ["a,b"] })).await;
        assert_eq!(problem(&comma), (422, "invalid_value".to_owned()));
        let reserved = "/clients/wiki/claim-maps/sub/staff";
        assert_eq!(problem(&caller.put(reserved, json!({ "values": ["a"] })).await).0, 422);
        done(&caller.delete(path).await, 204);
        assert_eq!(problem(&caller.delete(path).await), (404, "not_there".to_owned()));
        done(&caller.delete("/clients/wiki/scope-maps/staff").await, 204);
    })
    .await;
}
