//! What the help desk does all day.

use keystead::domain::Role;

use super::{Visitor, of};
use crate::harness::{Browser, PASSWORD, Scene, each_database};

#[tokio::test]
async fn a_user_is_added_by_a_link_that_is_shown_once() {
    each_database(async |app| {
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let form = [
            ("username", "Bob"),
            ("display_name", "Bob Builder"),
            ("email", "bob@example.com"),
            ("email_verified", "1"),
            ("first", "invite"),
        ];
        let made = desk.post("/admin/users/new", &form).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let link = made.body.split_once("https://id.example.com/invite").unwrap().1;
        let link = format!("/invite{}", link.split('<').next().unwrap());
        let mut bob = Browser::new(&app.app);
        let page = bob.get(&link).await;
        let filled = [("password", PASSWORD), ("password_again", PASSWORD)];
        assert!(bob.submit(&page, &filled).await.has("current-user"));
        let list = desk.get("/admin/users?q=builder").await;
        assert!(list.body.contains(">bob</a>"), "{}", list.body);
        let again = [("username", "bob"), ("display_name", "Bob Builder")];
        let twice = desk.post("/admin/users/new", &again).await;
        assert_eq!(twice.status, 422);
        assert!(twice.body.contains("The username &#39;bob&#39; is taken; choose another."));
        assert!(twice.inputs().contains(&("display_name".into(), "Bob Builder".into())));
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_is_refused_beside_its_field_and_not_sent_back() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let form = [("username", "bob"), ("first", "password"), ("password", "hunter2")];
        let answer = root.post("/admin/users/new", &form).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("href=\"#password\"") && !answer.body.contains("hunter2"));
        let alice = app.user("alice").await;
        let form = [("action", "set-password"), ("password", "hunter2")];
        let answer = root.post(&of(&alice, "/credentials"), &form).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("href=\"#password\"") && !answer.body.contains("hunter2"));
    })
    .await;
}

#[tokio::test]
async fn sessions_and_consents_are_seen_and_ended() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        let refresh = scene.refresh_token().await;
        let name = keystead::domain::Username::parse("alice").unwrap();
        let alice = app.read(async |c| keystead::store::users::find_by_username(c, &name).await);
        let alice = alice.await.unwrap();
        let page = root.get(&of(&alice, "/consents")).await;
        assert!(page.body.contains("openid"), "{}", page.body);
        let page = root.get(&of(&alice, "/applications")).await;
        assert!(page.body.contains("everyone"), "{}", page.body);
        let page = root.done(&of(&alice, "/consents"), &[("client", "web")]).await;
        assert_eq!(page.text("toast"), "web will ask alice again.");
        assert_eq!(scene.party.refresh(&refresh).await.status, 400);
        assert!(scene.browser.get("/").await.has("current-user"));
        let page = root.get(&of(&alice, "/sessions")).await;
        let session = page.body.split_once("name=\"pick\" value=\"").unwrap().1;
        let session = session.split('"').next().unwrap().to_owned();
        let other = root.user.clone();
        let answer =
            root.post(&of(&other, "/sessions"), &[("action", "end"), ("session", &session)]).await;
        assert_eq!(answer.status, 404, "a session of somebody else");
        let form = [("action", "end"), ("session", session.as_str())];
        root.done(&of(&alice, "/sessions"), &form).await;
        assert!(!scene.browser.get("/").await.has("current-user"));
        scene.browser.sign_in("alice").await;
        root.done(&of(&alice, "/sessions"), &[("action", "end-all")]).await;
        assert!(!scene.browser.get("/").await.has("current-user"));
        let events = root.get(&of(&alice, "/events")).await;
        for told in ["root ended all sessions of alice", "root withdrew the consent of alice"] {
            assert!(events.body.contains(told), "{told}: {}", events.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_works_and_unlocking_says_what_it_did() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        let path = of(&alice, "/credentials");
        let page = root.post(&path, &[("action", "reset-link")]).await;
        assert!(page.body.contains("https://id.example.com/recover?token="), "{}", page.body);
        assert!(!root.get(&path).await.body.contains("token="));
        let page = root.done(&path, &[("action", "unlock")]).await;
        assert_eq!(page.text("toast"), "No failed attempts held &#39;alice&#39; up.");
        assert!(root.get(&path).await.text("toast").is_empty(), "said once");
    })
    .await;
}

#[tokio::test]
async fn closing_and_deleting_say_what_goes_along() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        let name = keystead::domain::Username::parse("alice").unwrap();
        let alice = app.read(async |c| keystead::store::users::find_by_username(c, &name).await);
        let alice = alice.await.unwrap();
        let asked = root.get(&of(&alice, "/state")).await;
        for ended in ["<li>1 session</li>", "<li>1 grant</li>"] {
            assert!(asked.body.contains(ended), "{ended}: {}", asked.body);
        }
        let page = root.done(&of(&alice, "/state"), &[("action", "disable")]).await;
        assert!(page.body.contains("Disabled"));
        assert!(!scene.browser.get("/").await.has("current-user"));
        root.done(&of(&alice, "/state"), &[("action", "enable")]).await;
        let asked = root.get(&of(&alice, "/delete")).await;
        assert!(asked.body.contains("<li>1 consent</li>"), "{}", asked.body);
        assert_eq!(asked.text("confirm-hint"), "alice");
        let wrong = root.post(&of(&alice, "/delete"), &[("confirm", "bob")]).await;
        assert_eq!(wrong.status, 422);
        let page = root.done(&of(&alice, "/delete"), &[("confirm", "alice")]).await;
        assert_eq!(page.text("toast"), "Deleted alice.");
        assert_eq!(root.get(&of(&alice, "")).await.status, 404);
        let own = of(&root.user.clone(), "/state");
        let last = root.post(&own, &[("action", "disable")]).await;
        assert_eq!((last.status, last.text("error-code").as_str()), (409, "last_administrator"));
    })
    .await;
}

#[tokio::test]
async fn a_role_is_given_by_an_administrator() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        let path = of(&alice, "/role");
        let page = root.get(&path).await;
        let revision = page.inputs().into_iter().find(|(name, _)| name == "revision").unwrap().1;
        let form = [("role", "auditor"), ("revision", revision.as_str())];
        let page = root.done(&path, &form).await;
        assert_eq!(page.text("toast"), "alice has Auditor now.");
        let late = root.post(&path, &form).await;
        assert_eq!((late.status, late.text("error-code").as_str()), (409, "changed"));
    })
    .await;
}
