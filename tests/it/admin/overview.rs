//! The front page: what to do first, how the last day went, what fails, and whether all is in order.

use keystead::directory::{owners, scope_maps};
use keystead::domain::{Actor, KeyState, Role};
use keystead::registry;
use keystead::store::keys;

use super::Visitor;
use super::failures::{counted, flushed, refused_at};
use crate::harness::{Scene, each_database};

const OTHER: &str = "https://web.example.com/callback/";

#[tokio::test]
async fn an_empty_installation_says_what_to_do_first_until_it_is_done() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let page = root.get("/admin").await;
        assert!(page.has("hints") && page.body.contains("/admin/add-application"), "{}", page.body);
        assert!(page.body.contains("You are alone here"), "{}", page.body);
        assert!(page.text("chart-text").starts_with("Nobody tried"), "{}", page.body);
        assert!(!page.body.contains("<svg"), "{}", page.body);
        app.user("alice").await;
        app.client("web").await;
        scope_maps::remove(&app.app, &Actor::CommandLine, "web", "everyone").await.unwrap();
        let page = root.get("/admin").await;
        assert!(!page.body.contains("/admin/add-application"), "{}", page.body);
        assert!(page.body.contains("Nobody may use web yet"), "{}", page.body);
        let what = ("everyone", &keystead::domain::Scopes::parse("openid"));
        scope_maps::set(&app.app, &Actor::CommandLine, "web", what).await.unwrap();
        assert!(!root.get("/admin").await.has("hints"));
        let mut auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await;
        assert!(!auditor.get("/admin").await.has("hints"), "who may do none of it is told none");
    })
    .await;
}

#[tokio::test]
async fn the_last_day_is_drawn_and_told_and_what_fails_is_a_click_away() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        scene.tokens(&[]).await;
        refused_at(&mut scene, &app, OTHER).await;
        let page = root.get("/admin").await;
        let told = "2 sign-ins worked, and 1 failed, in the last 24 hours.";
        assert_eq!(page.text("chart-text"), told);
        assert!(page.body.contains("<title>14:00: 2 worked, 1 failed</title>"), "{}", page.body);
        assert!(!page.body.contains("style=\""), "{}", page.body);
        let (_, open) = page.body.split_once("id=\"open-failures\"").unwrap();
        assert!(open.contains("Redirect URI does not match</a> at web"), "{open}");
        let (_, link) = open.split_once("href=\"/admin/failures/").unwrap();
        let at = format!("/admin/failures/{}", link.split('"').next().unwrap());
        root.done(&at, &[("action", "solve")]).await;
        let page = root.get("/admin").await;
        assert!(page.body.contains("Nothing that is not solved"), "{}", page.body);
        app.wait(25 * 3600);
        let mut later = Visitor::new(&app, "later", Some(Role::Auditor)).await;
        flushed(&app).await;
        assert!(later.get("/admin").await.text("chart-text").starts_with("Nobody tried"));
    })
    .await;
}

#[tokio::test]
async fn health_says_what_is_wrong_and_where_to_mend_it() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let page = root.get("/admin").await;
        assert!(page.body.contains("the next rotation is on 20"), "{}", page.body);
        assert!(page.body.contains("There is one alone"), "{}", page.body);
        assert!(page.body.contains("trusted_proxies"), "a warning of the settings: {}", page.body);
        assert!(page.body.contains("handed over by hand"), "no mail yet: {}", page.body);
        let (_, clock) = page.body.split_once("id=\"clock\"").unwrap();
        assert!(clock.contains(&app.clock.now().rfc3339()[..16]), "{clock}");
        let kid = registry_key(&app);
        app.write(async |tx| {
            keys::delete(tx, &kid).await?;
            registry::changed(tx).await
        })
        .await;
        app.refresh_registry().await.unwrap();
        Visitor::new(&app, "second", Some(Role::Administrator)).await;
        let page = root.get("/admin").await;
        assert!(page.body.contains("There is none for"), "{}", page.body);
        assert!(!page.body.contains("There is one alone"), "{}", page.body);
    })
    .await;
}

fn registry_key(app: &keystead::app::App) -> keystead::domain::Kid {
    let registry = app.registry();
    let active = registry.keys().iter().find(|key| key.state == KeyState::Active);
    active.unwrap().kid.clone()
}

#[tokio::test]
async fn each_role_is_told_what_it_may_know() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        app.client("shop").await;
        let theirs = counted(&app).await;
        refused_at(&mut scene, &app, OTHER).await;
        let mut owner = Visitor::new(&app, "owner", Some(Role::ApplicationOwner)).await;
        owners::add(&app, &Actor::CommandLine, "web", "owner").await.unwrap();
        let page = owner.get("/admin").await;
        assert!(page.body.contains("does not match</a> at web"), "{}", page.body);
        assert!(!page.body.contains(theirs.as_str()) && !page.body.contains("shop"));
        assert!(!page.has("health") && !page.has("day") && !page.has("hints"), "{}", page.body);
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let page = desk.get("/admin").await;
        assert!(!page.has("health") && !page.has("day") && !page.has("open-failures"));
        assert!(page.body.contains("/admin/users"), "{}", page.body);
    })
    .await;
}
