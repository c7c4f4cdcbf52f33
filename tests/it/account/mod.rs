//! The portal, as people meet it: their applications, their password, their browsers, their data.

mod connections;
mod home;
mod profile;
mod security;

use crate::admin::Visitor;
use crate::harness::{TestApp, http};

/// A person without a role, signed in.
pub async fn person(app: &TestApp, name: &str) -> Visitor {
    Visitor::new(app, name, None).await
}

/// The kinds of the events about somebody, the newest first.
pub async fn events_of(app: &TestApp, visitor: &Visitor) -> Vec<String> {
    let user = Some(visitor.user.id.clone());
    let filter = keystead::store::events::Filter { user, ..Default::default() };
    let found =
        app.read(async |conn| keystead::store::events::list(conn, &filter, None, 100).await).await;
    found.into_iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn strangers_are_led_to_the_sign_in_and_back() {
    crate::harness::each_database(async |app| {
        for path in [
            "/account/security",
            "/account/connections",
            "/account/profile",
            "/account/profile/export",
            "/approvals",
        ] {
            let answer = http::get(&app.app, path).await;
            assert_eq!(answer.location(), format!("/login?next={path}"));
        }
        for path in ["/account/security", "/account/connections", "/account/profile", "/approvals"]
        {
            let answer = http::post(&app.app, path, &[("action", "end-others")]).await;
            assert_eq!(answer.location(), format!("/login?next={path}"));
        }
        assert_eq!(http::get(&app.app, "/account").await.location(), "/");
        let known = http::get(&app.app, "/.well-known/change-password").await;
        assert_eq!((known.status, known.location()), (303, "/account/security"));
    })
    .await;
}

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    crate::harness::each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        for path in ["/account/security", "/account/connections", "/account/profile", "/approvals"]
        {
            for csrf in ["", "AAAA"] {
                let form = [("csrf", csrf), ("action", "end-others"), ("display_name", "Mallory")];
                let answer = alice.browser.post(path, &form).await;
                assert_eq!(answer.text("error-code"), "form_rejected", "{path}");
            }
            let answer = alice.post(path, &[("client", "a\0b"), ("display_name", "\0")]).await;
            assert_eq!(answer.text("error-code"), "malformed_request", "{path}");
        }
        assert_eq!(events_of(&app, &alice).await, ["sign_in.succeeded"]);
    })
    .await;
}
