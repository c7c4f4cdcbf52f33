//! Registration in the console: tokens made and revoked, and applications that came by them.

use keystead::directory::registration_tokens;
use keystead::domain::Bounds;
use serde_json::json;

use super::{Visitor, at};
use crate::harness::registrar::{self, closed_node, metadata, register};
use crate::harness::{TestApp, each_database};

/// The id of a token.
pub async fn token(app: &TestApp) -> String {
    let known = registration_tokens::list(app).await.unwrap();
    if let Some(token) = known.iter().find(|token| token.name == "of a story") {
        return token.id.0.to_string();
    }
    registrar::token(&app.app, "of a story", 1, Bounds::default()).await;
    registration_tokens::one(app, "of a story").await.unwrap().id.0.to_string()
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let empty = root.get("/admin/registration").await;
        assert!(empty.has("policy") && empty.body.contains("No tokens"), "{}", empty.body);
        let filled = [
            ("token_name", "ci"),
            ("group", "everyone"),
            ("uses", "2"),
            ("days", "30"),
            ("scopes", "openid email"),
            ("hosts", "*.example.com"),
            ("authorization_code", "1"),
        ];
        let made = root.post("/admin/registration/new", &filled).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let token = made.body.split("data-copy>").nth(1).unwrap().split('<').next().unwrap();
        let node = closed_node(&app).await;
        let more = json!({ "software_id": "wiki", "contacts": ["ops@example.com"] });
        let told = register(&node, Some(token), &metadata(&more)).await;
        assert_eq!(told.status, 201, "{}", told.body);
        app.refresh_registry().await.unwrap();
        let list = root.get("/admin/registration").await;
        assert!(list.body.contains("1 of at most 1000") && !list.body.contains(token));
        let told = told.json();
        let id = told["client_id"].as_str().unwrap();
        let page = root.get(&at(id, "")).await;
        assert!(page.body.contains("With the token ci, from 198.51.100.7"), "{}", page.body);
        assert!(
            page.body.contains("It says: software id") && page.body.contains("ops@example.com")
        );
        for (filter, there) in [("itself", true), ("hand", false)] {
            let page = root.get(&format!("/admin/applications?origin={filter}")).await;
            assert_eq!(page.body.contains(id), there, "{filter}");
        }
        let path = list.body.split("href=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
        let path = path.split('"').next().unwrap().to_owned();
        let asks = root.get(&path).await;
        assert!(asks.body.contains("keystead registration-token revoke ci"), "{}", asks.body);
        assert_eq!(root.done(&path, &[]).await.text("toast"), "Revoked the token ci.");
        assert_eq!(register(&node, Some(token), &metadata(&more)).await.status, 401);
        assert_eq!(root.get(&path).await.status, 404);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for (field, value, told) in [
            ("token_name", "", "1 to 100 characters"),
            ("uses", "none", "1 to 10000 applications"),
            ("group", "nobodies", "No group"),
            ("scopes", "openid magic", "No scope"),
            ("hosts", "https://x", "name of a machine"),
            ("authorization_code", "", ""),
        ] {
            let mut filled = vec![
                ("token_name", "ci"),
                ("uses", "1"),
                ("days", "7"),
                ("scopes", "openid"),
                ("authorization_code", "1"),
            ];
            filled.retain(|(name, _)| *name != field);
            if field != "authorization_code" {
                filled.push((field, value));
            }
            let page = root.post("/admin/registration/new", &filled).await;
            assert_eq!(page.status, 422, "{field}: {}", page.body);
            assert!(page.has("error-summary") && page.body.contains(told), "{field}");
        }
    })
    .await;
}
