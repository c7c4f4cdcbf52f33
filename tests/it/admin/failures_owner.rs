//! Application owners work through the failures of their own applications, and learn of no others.

use keystead::directory::owners;
use keystead::domain::{Actor, ClientId, Role};

use super::Visitor;
use super::failures::{counted, flushed, offer, refused, refused_at};
use crate::harness::steps::closed_client;
use crate::harness::{Browser, Party, Scene, TestApp, each_database};

const OTHER: &str = "https://web.example.com/callback/";

async fn owner(app: &TestApp) -> Visitor {
    let visitor = Visitor::new(app, "owner", Some(Role::ApplicationOwner)).await;
    owners::add(app, &Actor::CommandLine, "web", "owner").await.unwrap();
    visitor
}

#[tokio::test]
async fn owners_see_and_mend_what_fails_at_their_own() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        app.client("shop").await;
        let (theirs, group) = (refused(&app).await, counted(&app).await);
        let mut owner = owner(&app).await;
        let reference = refused_at(&mut scene, &app, OTHER).await;
        let list = owner.get("/admin/failures").await;
        assert_eq!(list.text("list-count"), "1 kind of failure", "{}", list.body);
        assert!(!list.body.contains("shop"), "{}", list.body);
        assert!(!owner.get("/admin/failures?format=csv").await.body.contains("shop"));
        let here = format!("/admin/flows/{reference}");
        let page = owner.get(&here).await;
        assert!(page.body.contains("<mark>/</mark>"), "{}", page.body);
        assert!(!page.body.contains("198.51.100.7") && !page.body.contains("/admin/users/"));
        let key = offer(&page, "Register");
        owner.done(&here, &[("offer", &key), ("seen", &key)]).await;
        let web = app.registry().client(&ClientId("web".into())).unwrap();
        assert!(web.owns_redirect_uri(OTHER));
        for path in [format!("/admin/flows/{theirs}"), format!("/admin/failures/{group}")] {
            assert_eq!(owner.get(&path).await.status, 403, "{path}");
            let form = [("offer", "x"), ("action", "solve")];
            assert_eq!(owner.post(&path, &form).await.status, 403, "{path}");
        }
        // Whether there is one at all is told to nobody who could not open it.
        for path in ["/admin/flows/N0NE-0000", "/admin/failures/N0NE-N0NE-N0NE"] {
            assert_eq!(owner.get(path).await.status, 403, "{path}");
        }
        for there in [theirs.as_str(), group.as_str(), "N0NE-0000"] {
            let answer = owner.get(&format!("/admin/failures?q={there}")).await;
            assert_eq!(answer.status, 200, "{there}");
            let anywhere = owner.get(&format!("/admin/search?q={there}")).await;
            assert!(!anywhere.body.contains("/admin/flows/"), "{}", anywhere.body);
        }
        assert!(owner.get("/admin/failures?state=solved").await.body.contains("Solved"));
    })
    .await;
}

#[tokio::test]
async fn owners_are_offered_nothing_that_tells_of_groups() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.group("secret-project", &[&alice]).await;
        let registered = closed_client(&app, "web", |web| web.trusted = true).await;
        let party = Party::new(&app.app, &registered).await;
        let page = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await;
        assert_eq!(page.text("error-code"), "no_scope_map");
        let here = format!("/admin/flows/{}", page.text("error-ref"));
        flushed(&app).await;
        let mut owner = owner(&app).await;
        let seen = owner.get(&here).await;
        assert_eq!(seen.status, 200);
        assert!(!seen.body.contains("secret-project"), "{}", seen.body);
        let mut root = Visitor::root(&app).await;
        let seen = root.get(&here).await;
        let key = offer(&seen, "Let members of secret-project use web");
        let answer = owner.post(&here, &[("offer", &key), ("seen", &key)]).await;
        assert_eq!(answer.status, 409, "an owner cannot do it by its words: {}", answer.body);
        assert!(!answer.body.contains("secret-project"), "{}", answer.body);
        root.done(&here, &[("offer", &key)]).await;
        let again = Browser::new(&app.app).authorize(&party.ask(&[]), "alice").await;
        assert!(again.param("code").is_some(), "{}", again.body);
        let key = offer(&owner.get(&here).await, "Mark this failure");
        let after = owner.done(&here, &[("offer", &key)]).await;
        assert!(after.has("toast"), "{}", after.body);
    })
    .await;
}
