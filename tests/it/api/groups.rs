//! Groups and scopes over the API.

use serde_json::json;

use super::{Caller, done, problem};
use crate::harness::{TestApp, each_database};

#[tokio::test]
async fn a_group_its_members_and_its_nesting() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        app.user("alice").await;
        let name = json!({ "name": "Ärzte / Söhne", "description": "x" });
        let made = caller.post("/groups", name).await;
        let id = done(&made, 201)["id"].as_str().unwrap().to_owned();
        assert_eq!(made.location(), format!("/api/v1/groups/{id}"));
        let path = "/groups/%C3%84rzte%20%2F%20S%C3%B6hne";
        assert_eq!(done(&caller.get(path).await, 200)["id"], *id);
        let renamed = caller.patch(path, json!({ "name": "doctors", "description": null })).await;
        assert_eq!(done(&renamed, 200)["description"], json!(null));

        done(&caller.post("/groups", json!({ "name": "staff" })).await, 201);
        for _ in 0..2 {
            done(&caller.put("/groups/doctors/members/alice", json!({})).await, 204);
            done(&caller.put("/groups/staff/groups/doctors", json!({})).await, 204);
        }
        let members = done(&caller.get("/groups/doctors/members").await, 200);
        assert_eq!(members["items"], json!([{ "username": "alice" }]));
        let inside = done(&caller.get("/groups/staff/groups").await, 200);
        assert_eq!(inside["items"][0]["name"], "doctors");

        let circle = caller.put("/groups/doctors/groups/staff", json!({})).await;
        assert_eq!(problem(&circle), (409, "group_cycle".to_owned()));
        let nobody = caller.put("/groups/doctors/members/alcie", json!({})).await;
        assert_eq!(problem(&nobody), (404, "not_found".to_owned()));
        assert_eq!(nobody.json()["detail"], "no user 'alcie'; did you mean 'alice'?");
        done(&caller.delete("/groups/doctors/members/alice").await, 204);
        let gone = caller.delete("/groups/doctors/members/alice").await;
        assert_eq!(problem(&gone), (404, "not_there".to_owned()));
        done(&caller.delete("/groups/staff/groups/doctors").await, 204);
        done(&caller.delete("/groups/doctors").await, 204);
        assert_eq!(problem(&caller.get("/groups/doctors").await).0, 404);
        let taken = caller.post("/groups", json!({ "name": "staff" })).await;
        assert_eq!(problem(&taken), (409, "taken".to_owned()));
        for answer in [
            caller.delete("/groups/everyone").await,
            caller.patch("/groups/everyone", json!({ "name": "all" })).await,
            caller.put("/groups/everyone/members/alice", json!({})).await,
        ] {
            assert_eq!(problem(&answer), (409, "builtin_group".to_owned()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_scope_of_ones_own() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let new =
            json!({ "name": "contact", "sentence": "See how to reach you", "claims": ["email"] });
        let made = caller.post("/scopes", new).await;
        assert_eq!(
            (done(&made, 201)["builtin"].clone(), made.location()),
            (json!(false), "/api/v1/scopes/contact")
        );
        let change = json!({ "claims": ["phone_number", "email"] });
        let changed = done(&caller.patch("/scopes/contact", change).await, 200);
        assert_eq!(changed["claims"], json!(["email", "phone_number"]));
        assert_eq!(changed["sentence"], "See how to reach you");
        let wrong = caller.patch("/scopes/contact", json!({ "claims": ["emial"] })).await;
        assert_eq!(problem(&wrong), (422, "invalid_value".to_owned()));
        for answer in [
            caller.delete("/scopes/openid").await,
            caller.patch("/scopes/openid", json!({ "sentence": "x" })).await,
        ] {
            assert_eq!(problem(&answer), (422, "invalid_value".to_owned()));
        }
        done(&caller.delete("/scopes/contact").await, 204);
        assert_eq!(problem(&caller.get("/scopes/contact").await).0, 404);
    })
    .await;
}
