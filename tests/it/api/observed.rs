//! Keys, events and flows over the API.

use serde_json::json;

use super::{Caller, done, problem};
use crate::harness::{Scene, TestApp, each_database, http};

#[tokio::test]
async fn keys_are_rotated_and_retired() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let made = caller.post("/keys", json!({ "alg": "ES256" })).await;
        let next = done(&made, 201);
        assert_eq!((&next["state"], &next["alg"]), (&json!("next"), &json!("ES256")));
        assert!(next["public"].get("d").is_none(), "a private half");
        let waits = caller.post("/keys", json!({ "alg": "ES256" })).await;
        assert_eq!(problem(&waits), (409, "key_waits".to_owned()));
        let wrong = caller.post("/keys", json!({ "alg": "HS256" })).await;
        assert_eq!(wrong.json()["errors"][0]["pointer"], "/alg");
        let kid = next["kid"].as_str().unwrap();
        assert_eq!(done(&caller.get(&format!("/keys/{kid}")).await, 200), next);
        let rotated =
            done(&caller.post("/keys", json!({ "alg": "ES256", "at_once": true })).await, 201);
        assert_eq!(rotated["state"], "active");
        let only = caller.delete(&format!("/keys/{kid}")).await;
        assert_eq!(problem(&only), (409, "only_key".to_owned()));
        let all = done(&caller.get("/keys").await, 200);
        let retired = all["items"].as_array().unwrap().iter().find(|key| key["state"] == "retired");
        let kid = retired.unwrap()["kid"].as_str().unwrap();
        assert_eq!(
            problem(&caller.delete(&format!("/keys/{kid}")).await),
            (409, "key_retired".to_owned())
        );
        done(&caller.delete(&format!("/keys/{kid}?at_once=true")).await, 204);
        assert_eq!(problem(&caller.get(&format!("/keys/{kid}")).await).0, 404);
    })
    .await;
}

#[tokio::test]
async fn flows_and_events_tell_what_happened() {
    each_database(async |app: TestApp| {
        let caller = Caller::new(&app).await;
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        for _ in 0..3 {
            let wrong = scene.party.ask(&[("redirect_uri", "https://web.example.com/other")]);
            http::get(&app.app, &wrong).await;
            app.wait(1);
        }
        app.flows.flush(&app.db).await.unwrap();
        let all = done(&caller.get("/flows").await, 200);
        assert_eq!(all["items"].as_array().unwrap().len(), 4);
        let first = done(&caller.get("/flows?failed=true&limit=2").await, 200);
        let next = first["next"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
        assert!(next.contains("failed=true"));
        let second = done(&caller.get(next).await, 200);
        assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (1, &json!(null)));
        let reference = second["items"][0]["ref"].as_str().unwrap();
        let flow = done(&caller.get(&format!("/flows/{}", reference.to_lowercase())).await, 200);
        assert_eq!(flow["cause"], "redirect_uri_mismatch");
        assert!(flow["story"]["trouble"]["fix"].is_string() && flow["steps"].is_array());
        assert_eq!(problem(&caller.get("/flows/AAAA-0000").await).0, 404);

        let events = done(&caller.get("/events?client=web").await, 200);
        let sentence = events["items"][0]["sentence"].as_str().unwrap();
        assert!(sentence.starts_with("alice "), "{sentence}");
        let none = done(&caller.get("/events?failed=true&client=web").await, 200);
        assert_eq!(none["items"], json!([]));
        let later = done(&caller.get("/events?since=2030-01-01T00:00:00Z").await, 200);
        assert_eq!(later["items"], json!([]));
    })
    .await;
}
