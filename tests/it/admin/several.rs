//! Several rows of a list at once: asked for first, then all of them or none.

use keystead::domain::{Role, User};
use keystead::store::page::Order;
use keystead::store::{events, grants, sessions, users};

use super::{Visitor, of};
use crate::harness::{Browser, TestApp, each_database, samples};

const USERS: &str = "/admin/users";

async fn still(app: &TestApp, user: &User) -> Option<User> {
    app.read(async |conn| users::find(conn, &user.id).await).await
}

async fn disabled(app: &TestApp, user: &User) -> bool {
    still(app, user).await.unwrap().disabled_at.is_some()
}

async fn count_events(app: &TestApp, kind: &str) -> usize {
    let filter = events::Filter { kind: Some(kind.to_owned()), ..Default::default() };
    app.read(async |c| events::page(c, &filter, (Order::Up, None), 99).await).await.len()
}

/// The form: these people, and what is to be done with them.
fn form<'f>(action: &'f str, people: &[&'f User]) -> Vec<(&'f str, &'f str)> {
    let mut form = vec![("action", action)];
    form.extend(people.iter().map(|user| ("pick", user.id.as_str())));
    form
}

#[tokio::test]
async fn several_users_are_disabled_at_once_after_saying_what_ends() {
    each_database(async |app| {
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        let list = desk.get("/admin/users?choose=all").await;
        assert!(list.body.contains(" checked>"), "every box is ticked: {}", list.body);
        assert!(!list.body.contains("bulk-add-to-group"), "groups are not for the help desk");
        let mut sent = form("disable", &[&alice, &bob]);
        sent.push(("back", "/admin/users?q=x"));
        let asked = desk.post(USERS, &sent).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        assert!(asked.body.contains("<h1>Disable 2 users?</h1>"), "{}", asked.body);
        assert!(asked.body.contains("<li>1 session</li>"), "{}", asked.body);
        assert!(asked.body.contains("keystead user disable alice bob"), "{}", asked.body);
        assert!(!disabled(&app, &alice).await, "asking changes nothing");
        sent.push(("confirmed", "1"));
        let answer = desk.post(USERS, &sent).await;
        assert_eq!(answer.location(), "/admin/users?q=x");
        let page = desk.browser.follow(answer).await;
        assert_eq!(page.text("toast"), "Disabled alice, bob.");
        assert!(disabled(&app, &alice).await && disabled(&app, &bob).await);
        assert!(browser.get("/").await.location().starts_with("/login"), "signed out");
        assert_eq!(count_events(&app, "user.disabled").await, 2, "one for each");
        let mut sent = form("enable", &[&alice, &bob]);
        sent.push(("confirmed", "1"));
        desk.done(USERS, &sent).await;
        assert!(!disabled(&app, &bob).await);
        let page = desk.done(USERS, &form("disable", &[])).await;
        assert_eq!(page.text("toast"), "Nobody was chosen.");
    })
    .await;
}

#[tokio::test]
async fn one_beyond_reach_keeps_the_whole_batch_from_happening() {
    each_database(async |app| {
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await.user;
        let root = Visitor::root(&app).await.user;
        let alice = app.user("alice").await;
        for action in ["disable", "delete", "end-sessions"] {
            for confirmed in ["", "1"] {
                let mut sent = form(action, &[&alice, &root, &auditor]);
                sent.extend([("confirmed", confirmed), ("confirm", "3")]);
                let answer = desk.post(USERS, &sent).await;
                assert_eq!(answer.status, 403, "{action}");
                let told = "change &#39;auditor&#39;, &#39;root&#39;, so nobody was changed";
                assert!(answer.body.contains(told), "{}", answer.body);
            }
        }
        for action in ["add-to-group", "remove-from-group"] {
            assert_eq!(desk.post(USERS, &form(action, &[&alice])).await.status, 403, "{action}");
        }
        let theirs = sessions_of(&app, &root).await;
        let hers = sessions_of(&app, &desk.user).await;
        let sent = [("action", "end"), ("pick", &*theirs), ("pick", &*hers), ("confirmed", "1")];
        let answer = desk.post("/admin/sessions", &sent).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
        assert!(!disabled(&app, &alice).await && still(&app, &alice).await.is_some());
        let mut sent = form("disable", &[&alice]);
        sent.extend([("pick", "nobody"), ("confirmed", "1")]);
        assert_eq!(desk.post(USERS, &sent).await.status, 404);
        assert!(!disabled(&app, &alice).await, "one of them is not there");
    })
    .await;
}

async fn sessions_of(app: &TestApp, user: &User) -> String {
    let found = app.read(async |conn| sessions::of_user(conn, &user.id).await).await;
    found[0].id.0.to_string()
}

#[tokio::test]
async fn several_users_are_deleted_once_their_number_is_typed() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.group("crew", &[&alice, &bob]).await;
        let asked = root.post(USERS, &form("delete", &[&alice, &bob])).await;
        assert!(asked.body.contains("<li>2 group memberships</li>"), "{}", asked.body);
        let mut sent = form("delete", &[&alice, &bob]);
        sent.extend([("confirmed", "1"), ("confirm", "3")]);
        assert_eq!(root.post(USERS, &sent).await.status, 422);
        assert!(still(&app, &alice).await.is_some());
        let mut sent = form("delete", &[&alice, &bob]);
        sent.extend([("confirmed", "1"), ("confirm", "2")]);
        let page = root.done(USERS, &sent).await;
        assert_eq!(page.text("toast"), "Deleted alice, bob.");
        assert!(still(&app, &alice).await.is_none() && still(&app, &bob).await.is_none());
        assert_eq!(count_events(&app, "user.deleted").await, 2);
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_and_too_many_are_refused_whole() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        let own = root.user.clone();
        let mut sent = form("disable", &[&own, &alice]);
        sent.push(("confirmed", "1"));
        let answer = root.post(USERS, &sent).await;
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains("last administrator"), "{}", answer.body);
        assert!(!disabled(&app, &alice).await && !disabled(&app, &own).await);
        let many: Vec<String> = (0..501).map(|n| format!("u{n}")).collect();
        let mut sent: Vec<(&str, &str)> = many.iter().map(|id| ("pick", id.as_str())).collect();
        sent.push(("action", "disable"));
        let answer = root.post(USERS, &sent).await;
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains("choose at most 500 at a time"), "{}", answer.body);
        // Another administrator may close the account they are signed in with, and comes last.
        let mut other = Visitor::new(&app, "other", Some(Role::Administrator)).await;
        let them = other.user.clone();
        let mut sent = form("disable", &[&them, &alice]);
        sent.push(("confirmed", "1"));
        assert_eq!(other.post(USERS, &sent).await.status, 303);
        assert!(disabled(&app, &alice).await && disabled(&app, &them).await);
    })
    .await;
}

#[tokio::test]
async fn several_are_put_into_a_group_and_taken_out_of_it() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let crew = app.group("crew", &[]).await;
        let asked = root.post(USERS, &form("add-to-group", &[&alice, &bob])).await;
        assert!(asked.body.contains("<option value=\"crew\">"), "{}", asked.body);
        let mut sent = form("add-to-group", &[&alice, &bob]);
        sent.extend([("confirmed", "1"), ("group", "crw")]);
        let near = root.post(USERS, &sent).await;
        assert_eq!(near.status, 422);
        assert!(near.body.contains("did you mean &#39;crew&#39;?"), "{}", near.body);
        sent.pop();
        sent.push(("group", "crew"));
        let page = root.done(USERS, &sent).await;
        assert_eq!(page.text("toast"), "Added to crew: alice, bob.");
        let page = root.get("/admin/users?group=crew").await;
        assert_eq!(page.text("list-count"), "2 users");
        assert_eq!(root.get("/admin/users?group=crw").await.status, 422);
        let mut sent = form("remove-from-group", &[&alice]);
        sent.extend([("confirmed", "1"), ("group", "crew")]);
        root.done(USERS, &sent).await;
        let at = format!("/admin/groups/{}", crew.id);
        assert_eq!(root.get(&at).await.text("list-count"), "1 person put into it");
        let named = [("action", "add"), ("people", "alice\r\nnobody-here\r\n")];
        let wrong = root.post(&at, &named).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        assert!(wrong.body.contains("nobody-here"), "{}", wrong.body);
        let named = [("action", "add"), ("people", "alice\r\nroot@example.com\r\n")];
        let page = root.done(&at, &named).await;
        assert_eq!(page.text("toast"), "Added alice, root.");
        let sent = form("remove-chosen", &[&alice, &bob]);
        let asked = root.post(&at, &sent).await;
        assert!(asked.body.contains("Remove 2 users from crew?"), "{}", asked.body);
        let page = root.done(&at, &[&sent[..], &[("confirmed", "1")]].concat()).await;
        assert_eq!(page.text("list-count"), "1 person put into it");
    })
    .await;
}

#[tokio::test]
async fn chosen_sessions_end_and_no_others() {
    each_database(async |app| {
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let mut browsers = Vec::new();
        for name in ["alice", "bob", "carol"] {
            app.user(name).await;
            let mut browser = Browser::new(&app.app);
            browser.sign_in(name).await;
            browsers.push(browser);
        }
        let alice = keystead::domain::Username::parse("alice").unwrap();
        let alice = app.read(async |c| users::find_by_username(c, &alice).await).await.unwrap();
        let page = desk.get("/admin/sessions?q=bo").await;
        assert_eq!(page.text("list-count"), "1 session");
        let bobs = page.body.split_once("name=\"pick\" value=\"").unwrap().1;
        let bobs = bobs.split('"').next().unwrap().to_owned();
        let hers = sessions_of(&app, &alice).await;
        let web = app.client("web").await;
        let session = keystead::domain::Selector(hers.parse().unwrap());
        let granted = keystead::domain::Grant {
            session_id: Some(session),
            ..samples::grant(1, &alice, &web.client)
        };
        app.write(async |tx| grants::insert(tx, &granted).await).await;
        let sent = [("action", "end"), ("pick", &*hers), ("pick", &*bobs)];
        let asked = desk.post("/admin/sessions", &sent).await;
        assert!(asked.body.contains("<h1>End 2 sessions of 2 people?</h1>"), "{}", asked.body);
        assert_eq!(asked.text("consequences").trim(), "1 grant");
        let page = desk.done("/admin/sessions", &[&sent[..], &[("confirmed", "1")]].concat()).await;
        assert_eq!(page.text("toast"), "Ended 2 sessions of 2 people.");
        assert!(browsers[0].get("/").await.location().starts_with("/login"));
        assert!(browsers[1].get("/").await.location().starts_with("/login"));
        assert!(browsers[2].get("/").await.has("current-user"), "not chosen");
        assert_eq!(count_events(&app, "session.ended").await, 2);
        let carol = desk.get("/admin/sessions?q=carol&lasts=short").await;
        assert_eq!(carol.text("list-count"), "1 session");
        assert!(desk.get("/admin/sessions?lasts=long").await.body.contains("No more sessions"));
        let tab = desk.get(&of(&alice, "/sessions")).await;
        assert!(tab.body.contains("Signed in nowhere"), "{}", tab.body);
    })
    .await;
}
