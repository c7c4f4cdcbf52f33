//! Text that somebody chose stays text on every page of the console.

use axum::http::Request;
use keystead::domain::{Group, GroupId};
use keystead::store;

use super::{Visitor, at, of};
use crate::harness::{Scene, each_database, samples};

const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{123456*7}}";

#[tokio::test]
async fn stored_text_is_shown_as_it_is() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::with(&app, |web| web.name = EVIL.to_owned()).await;
        scene.tokens(&[]).await;
        let name = keystead::domain::Username::parse("alice").unwrap();
        let found = app.read(async |c| store::users::find_by_username(c, &name).await).await;
        let mut alice = found.unwrap();
        alice.display_name = Some(EVIL.to_owned());
        alice.profile.0.nickname = Some(EVIL.to_owned());
        let group = Group {
            id: GroupId("evil-group".to_owned()),
            name: EVIL.to_owned(),
            description: Some(EVIL.to_owned()),
            created_at: samples::NOW,
        };
        let session = keystead::domain::Session {
            user_agent: Some(EVIL.to_owned()),
            address: Some(EVIL.to_owned()),
            ..samples::session(77, &alice)
        };
        let mut event = samples::event(keystead::domain::Selector(78));
        event.user_id = Some(alice.id.clone());
        event.actor = EVIL.to_owned();
        event.address = Some(EVIL.to_owned());
        app.write(async |tx| {
            store::users::update(tx, &alice).await?;
            store::groups::insert(tx, &group).await?;
            store::groups::add_member(tx, &group.id, &alice.id).await?;
            store::sessions::insert(tx, &session).await?;
            store::events::insert(tx, &event).await?;
            keystead::registry::changed(tx).await
        })
        .await;
        app.refresh_registry().await.unwrap();
        let mut pages: Vec<String> = ["", "/groups", "/applications", "/sessions", "/consents"]
            .map(|tab| of(&alice, tab))
            .to_vec();
        pages.extend(["/events", "/delete", "/state", "/credentials"].map(|tab| of(&alice, tab)));
        let q = crate::harness::http::encode(&[("q", EVIL)]);
        pages.extend(["/admin/users", "/admin/groups", "/admin/groups/tree"].map(str::to_owned));
        pages.extend(["evil-group", "evil-group/delete"].map(|id| format!("/admin/groups/{id}")));
        let lists = ["search", "users", "groups", "applications"];
        pages.extend(lists.map(|list| format!("/admin/{list}?{q}")));
        pages.extend(["/admin/applications".to_owned(), at("web", "")]);
        let tabs = ["connect", "access", "claims", "security", "redirects", "activity"];
        pages.extend(tabs.map(|tab| at("web", &format!("/{tab}"))));
        pages.extend(["state", "delete", "rotate"].map(|tab| at("web", &format!("/{tab}"))));
        let whom = crate::harness::http::encode(&[("person", "alice"), ("scope", EVIL)]);
        pages.push(at("web", &format!("/claims?{whom}")));
        let mut shown = 0;
        for page in pages {
            let answer = root.get(&page).await;
            assert_eq!(answer.status, 200, "{page}");
            for live in ["<script>alert", "<img src=x", "\"'>", "864192"] {
                assert!(!answer.body.contains(live), "{live} on {page}: {}", answer.body);
            }
            shown += usize::from(answer.body.contains("&#60;script&#62;alert(1)"));
        }
        assert!(shown >= 20, "shown on {shown} pages");
    })
    .await;
}

#[tokio::test]
async fn a_toast_that_we_did_not_make_is_not_shown() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut other = Visitor::new(&app, "other", root.user.role).await;
        let answer = other.post("/admin/groups/new", &[("name", "secret-crew")]).await;
        assert_eq!(answer.status, 303);
        let theirs = other.browser.cookies["__Host-keystead-toast"].clone();
        for value in ["forged".to_owned(), theirs] {
            root.browser.cookies.insert("__Host-keystead-toast".into(), value);
            let page = root.get("/admin").await;
            assert!(!page.has("toast") && page.status == 200, "{}", page.body);
        }
        let request = Request::get("/admin").body(axum::body::Body::empty()).unwrap();
        assert_eq!(crate::harness::http::send(&app.app, request).await.status, 303);
    })
    .await;
}
