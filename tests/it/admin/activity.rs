//! What happened, and who is signed in right now.

use keystead::domain::Role;
use keystead::store::page::Order;
use keystead::store::{events, sessions};

use super::{Visitor, of};
use crate::harness::{Browser, TestApp, each_database};

async fn signed_in(app: &TestApp, name: &str) -> Browser {
    let mut browser = Browser::new(&app.app);
    browser.sign_in(name).await;
    browser
}

#[tokio::test]
async fn events_are_sentences_that_can_be_narrowed_down() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        signed_in(&app, "alice").await;
        root.done(&of(&alice, "/state"), &[("action", "disable")]).await;
        let login = Browser::new(&app.app).get("/login").await;
        assert!(login.has("login-submit"));
        let all = root.get("/admin/events").await;
        for told in ["root disabled the user alice", "alice signed in", "root signed in"] {
            assert!(all.body.contains(told), "{told}: {}", all.body);
        }
        let hers = root.get("/admin/events?user=alice&kind=sign_in.succeeded").await;
        assert!(hers.body.contains("alice signed in") && !hers.body.contains("root signed in"));
        assert!(!hers.body.contains("<td>root disabled"), "{}", hers.body);
        let failed = root.get("/admin/events?failed=1").await;
        assert!(failed.body.contains("Nothing fits"), "{}", failed.body);
        assert!(root.get("/admin/events?since=2026-09-22").await.body.contains("Nothing fits"));
        assert!(root.get("/admin/events?since=2026-09-21").await.body.contains("root signed in"));
        for (query, field) in
            [("user=nobody", "user"), ("client=none", "client"), ("since=x", "since")]
        {
            let answer = root.get(&format!("/admin/events?{query}")).await;
            assert_eq!(answer.status, 422, "{query}");
            let link = format!("href=\"#filter-{field}\"");
            assert!(answer.body.contains(&link), "{}", answer.body);
        }
        let odd = root.get("/admin/events?kind=%27%3B&before=x&user=%3Cscript%3E").await;
        assert!(!odd.body.contains("<script>") && odd.status == 422);
        let filter = events::Filter { kind: Some("user.disabled".into()), ..Default::default() };
        let found = app.read(async |conn| events::list(conn, &filter, None, 9).await).await;
        assert_eq!(found.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn going_through_the_pages_meets_every_event_once_and_the_file_has_all() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for n in 0..120 {
            let target = format!("=cmd{n}<b>");
            let actor = keystead::domain::Actor::CommandLine;
            let entry = keystead::explain::audit::Entry::new(&app, "group.created", &actor);
            app.write(async |tx| entry.target(&target).append(tx).await).await;
        }
        let mut page = root.get("/admin/events?kind=group.created").await;
        let mut seen = page.body.matches("created the group =cmd").count();
        assert_eq!(page.text("list-count"), "120 events");
        while let Some(link) = super::lists::next(&page) {
            page = root.get(&link).await;
            assert!(!page.body.contains("<b>"));
            seen += page.body.matches("created the group =cmd").count();
        }
        assert_eq!(seen, 120);
        let file = root.get("/admin/events?kind=group.created&format=csv").await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(file.body.matches("created the group").count(), 120);
    })
    .await;
}

#[tokio::test]
async fn sessions_of_everybody_are_seen_and_ended_one_by_one() {
    each_database(async |app| {
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let mut auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await;
        let alice = app.user("alice").await;
        let mut browser = signed_in(&app, "alice").await;
        let found = app.read(async |c| sessions::of_user(c, &alice.id).await).await;
        let session = found[0].id.0.to_string();
        let page = desk.get("/admin/sessions").await;
        assert!(page.body.contains(">alice</a>") && page.body.contains(&session));
        assert!(!auditor.get("/admin/sessions").await.body.contains(&session), "only to read");
        let wrong = [("user", desk.user.id.0.clone()), ("session", session.clone())];
        let wrong: Vec<(&str, &str)> = wrong.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(desk.post("/admin/sessions", &wrong).await.status, 404);
        let form = [("user", alice.id.as_str()), ("session", session.as_str())];
        let page = desk.done("/admin/sessions", &form).await;
        assert_eq!(page.text("toast"), "Ended a session of alice.");
        assert!(browser.get("/").await.location().starts_with("/login"));
        let theirs = app.read(async |c| sessions::of_user(c, &auditor.user.id).await).await;
        let theirs = theirs[0].id.0.to_string();
        let form = [("user", auditor.user.id.as_str()), ("session", theirs.as_str())];
        assert_eq!(desk.post("/admin/sessions", &form).await.status, 403, "may do more");
    })
    .await;
}

#[tokio::test]
async fn only_sessions_that_stand_are_listed() {
    each_database(async |app| {
        app.user("alice").await;
        signed_in(&app, "alice").await;
        let now = app.clock.now();
        let standing = async |now, idle| {
            let filter = sessions::Filter::standing(now, idle);
            let page = app.read(async |c| sessions::page(c, &filter, (Order::Down, None), 9).await);
            let shown = page.await.len();
            let counted = app.read(async |c| sessions::count(c, &filter, 9).await).await;
            assert_eq!(i64::try_from(shown).unwrap(), counted);
            shown
        };
        assert_eq!(standing(now, now + -1).await, 1);
        assert_eq!(standing(now, now).await, 0, "idle for too long");
        assert_eq!(standing(now + 400 * 86_400, now + -1).await, 0, "expired");
    })
    .await;
}
