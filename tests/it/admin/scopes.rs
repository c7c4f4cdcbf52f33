//! Scopes of the administrator's own: made, changed, deleted.

use keystead::domain::EVERYONE;

use super::Visitor;
use crate::harness::each_database;

#[tokio::test]
async fn a_scope_is_made_changed_and_deleted_with_what_goes_along() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let form = [
            ("name", "wiki/<read>"),
            ("sentence", "Read \"the wiki\" & more"),
            ("claim-email", "1"),
            ("builtin", "1"),
        ];
        let page = root.done("/admin/scopes/new", &form).await;
        assert!(page.text("toast").contains("Nobody gets it before a scope map"));
        let path = "/admin/scopes/wiki%2F%3Cread%3E";
        let page = root.get(path).await;
        assert!(page.has("save") && !page.body.contains("<read>"), "{}", page.body);
        let scope = app.registry().scopes().get("wiki/<read>").cloned().unwrap();
        assert_eq!((scope.claims.0, scope.builtin), (vec!["email".to_owned()], false));
        let change = [("sentence", "Read it"), ("claim-nickname", "1"), ("name", "other")];
        root.done(path, &change).await;
        let scope = app.registry().scopes().get("wiki/<read>").cloned().unwrap();
        assert_eq!((scope.sentence.as_str(), scope.claims.0), ("Read it", vec!["nickname".into()]));
        let events = root.get("/admin/events?kind=scope.updated").await;
        assert!(events.body.contains("root changed claims and sentence of the scope"));
        let web = app.client("web").await;
        app.allow(&web.client.id, EVERYONE, "openid wiki/<read>").await;
        let asks = root.get(&format!("{path}/delete")).await;
        assert!(asks.text("consequences").contains("do not get"), "{}", asks.body);
        let kept = root.post(&format!("{path}/delete"), &[("confirm", "wiki")]).await;
        assert_eq!(kept.status, 422);
        root.done(&format!("{path}/delete"), &[("confirm", "wiki/<read>")]).await;
        assert!(!app.registry().scopes().contains_key("wiki/<read>"));
    })
    .await;
}

#[tokio::test]
async fn what_breaks_a_rule_is_told_beside_its_field_and_built_in_ones_stay() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for (form, field) in [
            ([("name", "a b"), ("sentence", "See it"), ("x", "")], "name"),
            ([("name", "email"), ("sentence", "See it"), ("x", "")], "name"),
            ([("name", "wiki"), ("sentence", ""), ("x", "")], "sentence"),
        ] {
            let answer = root.post("/admin/scopes/new", &form).await;
            assert_eq!(answer.status, 422);
            assert!(answer.body.contains(&format!("href=\"#{field}\"")), "{}", answer.body);
            assert!(answer.inputs().contains(&("name".into(), form[0].1.into())));
        }
        let unknown = [("name", "wiki"), ("sentence", "See it"), ("claim-secret", "1")];
        assert_eq!(root.post("/admin/scopes/new", &unknown).await.status, 422);
        let page = root.get("/admin/scopes/openid").await;
        assert!(!page.has("save") && page.body.contains("comes with Keystead"));
        let before = app.registry().scopes().get("email").cloned().unwrap();
        let answer = root.post("/admin/scopes/email", &[("sentence", "Nothing")]).await;
        assert_eq!(answer.status, 422);
        let answer = root.post("/admin/scopes/email/delete", &[("confirm", "email")]).await;
        assert_eq!(answer.status, 409);
        assert_eq!(app.registry().scopes().get("email").unwrap().sentence, before.sentence);
        assert_eq!(root.get("/admin/scopes/none").await.status, 404);
    })
    .await;
}
