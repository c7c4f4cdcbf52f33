//! Signing keys, seen and changed with a warning first.

use keystead::domain::{Algorithm, KeyState};

use super::Visitor;
use crate::harness::{TestApp, each_database};

fn signing(app: &TestApp, alg: Algorithm) -> String {
    let registry = app.registry();
    let found = registry.keys().iter().find(|k| k.alg == alg.into() && k.state == KeyState::Active);
    found.unwrap().kid.0.clone()
}

#[tokio::test]
async fn a_key_is_rotated_gently_or_at_once_after_saying_what_applications_keep() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let old = signing(&app, Algorithm::ES256);
        let list = root.get("/admin/keys").await;
        assert!(list.body.contains(&old) && list.body.contains("Signs since"), "{}", list.body);
        let path = format!("/admin/keys/{old}/rotate");
        let asks = root.get(&path).await;
        assert!(asks.text("consequences").contains("up to 24 hours"), "{}", asks.body);
        assert_eq!(root.post(&path, &[("pace", "")]).await.status, 422);
        let page = root.done(&path, &[("pace", "gently")]).await;
        assert!(page.text("toast").starts_with("Published "), "{}", page.text("toast"));
        assert_eq!(signing(&app, Algorithm::ES256), old);
        let twice = root.post(&path, &[("pace", "gently")]).await;
        assert_eq!(twice.status, 409);
        root.done(&path, &[("pace", "now")]).await;
        assert_ne!(signing(&app, Algorithm::ES256), old);
        let page = root.get("/admin/keys").await;
        assert!(page.body.contains("still published"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_retired_and_its_private_half_never_shown() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let old = signing(&app, Algorithm::EdDSA);
        let path = format!("/admin/keys/{old}/retire");
        assert!(root.get(&path).await.has("retire-now"));
        let alone = root.post(&path, &[("pace", "now")]).await;
        assert_eq!(alone.status, 409, "nothing else signs with its algorithm");
        root.done(&format!("/admin/keys/{old}/rotate"), &[("pace", "gently")]).await;
        let page = root.done(&path, &[("pace", "now")]).await;
        assert!(page.text("toast").starts_with("Withdrew "), "{}", page.text("toast"));
        assert!(app.registry().keys().iter().all(|key| key.kid.as_str() != old));
        assert!(!page.body.to_lowercase().contains("private"));
        for path in [path.as_str(), "/admin/keys/none/rotate", "/admin/keys/%3Cb%3E/retire"] {
            assert_eq!(root.get(path).await.status, 404, "{path}");
        }
    })
    .await;
}
