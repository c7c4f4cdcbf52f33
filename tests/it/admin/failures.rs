//! Failed sign-ins: counted where they are alike, told one by one, and mended by a button.

use std::collections::BTreeSet;

use keystead::domain::{
    Cause, Client, ClientId, FailureId, FailureKind, Flow, FlowRef, FlowState, Layout, Role,
};
use keystead::store::failures::Tally;
use keystead::store::{self, failures, flows};

use super::Visitor;
use crate::harness::http::{Answer, encode};
use crate::harness::samples::NOW;
use crate::harness::{Scene, TestApp, each_database};

const OTHER: &str = "https://web.example.com/callback/";

/// Waits until what happened is stored.
pub async fn flushed(app: &TestApp) {
    while app.flows.flush(&app.db).await.unwrap() {}
}

/// Failures at `shop`, counted.
pub async fn counted(app: &TestApp) -> FailureId {
    let id = FailureId("SH0P-SH0P-SH0P".to_owned());
    let found = app.read(async |conn| failures::find(conn, &id).await).await;
    if found.is_none() {
        count(app, id.as_str(), "shop", (3, 0)).await;
    }
    id
}

/// An attempt at `shop` that is counted with them.
pub async fn refused(app: &TestApp) -> FlowRef {
    let group = counted(app).await;
    let flow = flow("SH0P-0001", "shop", &group);
    app.write(async |tx| flows::put(tx, std::slice::from_ref(&flow)).await).await;
    flow.reference
}

async fn count(app: &TestApp, id: &str, client: &str, (times, at): (i64, i64)) {
    let cause = Cause::RedirectUriMismatch;
    let kind = FailureKind::of(cause, Some(ClientId(client.into())), Some(format!("x:{id}")));
    let tally = Tally { times, first_at: NOW + at, last_at: NOW + at };
    let id = FailureId(id.to_owned());
    app.write(async |tx| failures::count(tx, (&id, &kind, false), tally).await).await;
}

fn flow(reference: &str, client: &str, group: &FailureId) -> Flow {
    Flow {
        reference: FlowRef(reference.to_owned()),
        client_id: Some(ClientId(client.to_owned())),
        user_id: None,
        layout: Layout::Native,
        state: FlowState::Failed,
        cause: Some(Cause::RedirectUriMismatch.code().to_owned()),
        group_id: Some(group.clone()),
        address: None,
        started_at: NOW,
        updated_at: NOW,
        begun_ms: NOW.0 * 1000,
    }
}

/// Somebody is refused because `web` sends this address; the reference they read.
pub async fn refused_at(scene: &mut Scene, app: &TestApp, uri: &str) -> String {
    let page = scene.browser.get(&scene.party.ask(&[("redirect_uri", uri)])).await;
    assert_eq!(page.text("error-code"), "redirect_uri_mismatch", "{}", page.body);
    flushed(app).await;
    page.text("error-ref")
}

fn web(app: &TestApp) -> std::sync::Arc<Client> {
    app.registry().client(&ClientId("web".to_owned())).unwrap()
}

/// What the form of an offer carries.
pub fn offer(page: &Answer, words: &str) -> String {
    let offers = page.inputs().into_iter().filter(|(name, _)| name == "offer");
    let mut texts = offers.map(|(_, text)| text);
    texts.find(|text| text.contains(words)).unwrap_or_else(|| panic!("{words}: {}", page.body))
}

/// The link to the failures that are listed first.
fn first(list: &Answer) -> String {
    let (_, rest) = list.body.split_once("href=\"/admin/failures/").expect("a failure");
    format!("/admin/failures/{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn from_the_list_to_the_cause_to_the_fix_and_people_get_in() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        let reference = refused_at(&mut scene, &app, OTHER).await;
        let list = root.get("/admin/failures?state=open").await;
        assert_eq!(list.text("list-count"), "1 kind of failure");
        assert!(list.body.contains("Redirect URI does not match"), "{}", list.body);
        let group = root.get(&first(&list)).await;
        assert_eq!(group.text("times"), "once");
        assert!(group.body.contains(&format!("/admin/flows/{reference}")), "{}", group.body);
        let page = root.get(&format!("/admin/flows/{reference}")).await;
        assert!(page.body.contains("<mark>/</mark>"), "the slash is marked: {}", page.body);
        assert!(page.text("flow").contains("could not sign in to web"), "{}", page.body);
        assert!(page.body.contains("<time>14:13:20."), "{}", page.body);
        assert!(page.has("reply") && page.body.contains("keystead flow show"), "{}", page.body);
        let key = offer(&page, "Register");
        let at = format!("/admin/flows/{reference}");
        // Anybody can send any address: it is shown whole before it is registered.
        let confirm = root.post(&at, &[("offer", &key)]).await;
        assert_eq!((confirm.status, confirm.text("exact").as_str()), (200, OTHER));
        assert_eq!(web(&app).redirect_uris.len(), 1);
        let form: Vec<_> = confirm.inputs();
        let seen = &form.iter().find(|(name, _)| name == "seen").unwrap().1;
        let after = root.done(&at, &[("offer", &key), ("seen", seen)]).await;
        assert!(after.text("toast").starts_with("Done."), "{}", after.body);
        assert!(web(&app).owns_redirect_uri(OTHER));
        assert!(!after.body.contains("name=\"offer\" value=\"Register"), "{}", after.body);
        assert!(
            after.has("alike") && after.body.contains(">Solved</span> by root"),
            "{}",
            after.body
        );
        let open = root.get("/admin/failures?state=open").await;
        assert!(open.body.contains("Nothing of that kind"), "{}", open.body);
        scene.party.redirect_uri.push('/');
        assert!(scene.ask(&[]).await.param("code").is_some());
        let events = root.get("/admin/events").await;
        assert!(events.body.contains("root marked the failure"), "{}", events.body);
    })
    .await;
}

#[tokio::test]
async fn only_what_the_attempt_offers_is_done_and_only_once_it_was_seen() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        let evil = "https://evil.example/cb";
        let at = format!("/admin/flows/{}", refused_at(&mut scene, &app, evil).await);
        let key = offer(&root.get(&at).await, "Register");
        let forged = key.replace("evil", "worse");
        for form in [
            vec![("offer", forged.as_str()), ("seen", forged.as_str())],
            vec![("offer", ""), ("seen", "")],
            vec![("seen", key.as_str())],
        ] {
            let answer = root.post(&at, &form).await;
            assert_eq!(answer.status, 409, "{form:?}: {}", answer.body);
            assert!(answer.body.contains("not offered any more"), "{}", answer.body);
        }
        for seen in ["", "1", forged.as_str()] {
            let answer = root.post(&at, &[("offer", &key), ("seen", seen)]).await;
            assert_eq!(answer.status, 200, "asked first: {}", answer.body);
            assert!(answer.has("confirm-fix") && answer.body.contains("Think first"));
        }
        assert_eq!(web(&app).redirect_uris, ["https://web.example.com/callback"]);
        // What could never be registered is refused before anybody is asked.
        let never = refused_at(&mut scene, &app, "javascript:alert(1)").await;
        let at = format!("/admin/flows/{never}");
        let key = offer(&root.get(&at).await, "Register");
        assert_eq!(root.post(&at, &[("offer", &key), ("seen", &key)]).await.status, 409);
        assert_eq!(web(&app).redirect_uris.len(), 1);
        assert_eq!(root.get("/admin/flows/N0NE-0000").await.status, 404);
        assert_eq!(root.post("/admin/flows/N0NE-0000", &[("offer", "x")]).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_reference_is_found_as_it_was_heard() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("shop").await;
        let reference = refused(&app).await;
        for heard in ["SH0P-0001", "sh0p0001", " shop oool "] {
            let answer = root.get(&format!("/admin/failures?{}", encode(&[("q", heard)]))).await;
            assert_eq!(answer.location(), format!("/admin/flows/{reference}"), "{heard}");
        }
        assert_eq!(root.get("/admin/flows/sh0p0001").await.status, 200);
        let anywhere = root.get("/admin/search?q=sh0p-0001").await;
        assert!(anywhere.body.contains("href=\"/admin/flows/SH0P-0001\""), "{}", anywhere.body);
        let group = root.get("/admin/failures?q=sh0psh0psh0p").await;
        assert_eq!(group.location(), "/admin/failures/SH0P-SH0P-SH0P");
        let none = root.get("/admin/failures?q=K7QF-2M9X").await;
        assert!(none.text("missing").contains("K7QF-2M9X"), "{}", none.body);
        for (q, lines) in [("shop", 1), ("SHOP&state=solved", 0), ("redirect+uri", 1), ("x%3A", 1)]
        {
            let page = root.get(&format!("/admin/failures?q={q}")).await;
            assert_eq!(page.body.matches("href=\"/admin/failures/").count(), lines, "{q}");
        }
        for odd in ["q=%25%27&state=x&sort=-&after=!!", "after=WyJhXHUwMDAwIiwiYiJd", "q=%ff"] {
            assert_eq!(root.get(&format!("/admin/failures?{odd}")).await.status, 200, "{odd}");
        }
    })
    .await;
}

#[tokio::test]
async fn going_through_the_pages_meets_each_failure_once() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("shop").await;
        for n in 0..120 {
            count(&app, &format!("AAAA-BBBB-{n:04}"), "shop", (n % 5 + 1, n % 7)).await;
        }
        for query in ["?state=open", "?sort=-age", "?sort=times", "?sort=-times&q=redirect"] {
            let mut page = root.get(&format!("/admin/failures{query}")).await;
            assert!(page.text("list-count").starts_with("120"), "{query}");
            let mut all = Vec::new();
            loop {
                let links = page.body.split("href=\"/admin/failures/").skip(1);
                all.extend(links.map(|rest| rest.split('"').next().unwrap().to_owned()));
                let Some((_, rest)) = page.body.split_once("id=\"next-page\" href=\"") else {
                    break;
                };
                let to = rest.split('"').next().unwrap().replace("&#38;", "&");
                page = root.get(&to).await;
            }
            assert_eq!(all.len(), 120, "{query}");
            assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 120, "{query}");
        }
        let file = root.get("/admin/failures?format=csv&state=open").await;
        assert_eq!(file.body.lines().count(), 121);
    })
    .await;
}

#[tokio::test]
async fn what_is_solved_is_so_until_it_happens_again_or_is_opened_again() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.client("shop").await;
        let at = format!("/admin/failures/{}", counted(&app).await);
        let solved = root.done(&at, &[("action", "solve")]).await;
        assert!(solved.has("reopen") && solved.body.contains("</time>, by root"));
        assert!(root.get("/admin/failures?state=solved").await.body.contains(&at));
        let again = root.done(&at, &[("action", "solve")]).await;
        assert!(again.text("toast").contains("solved before"), "{}", again.body);
        let opened = root.done(&at, &[("action", "reopen")]).await;
        assert!(opened.has("solve") && !opened.has("solved"), "{}", opened.body);
        let again = root.done(&at, &[("action", "reopen")]).await;
        assert!(again.text("toast").contains("not marked"), "{}", again.body);
        root.done(&at, &[("action", "solve")]).await;
        count(&app, "SH0P-SH0P-SH0P", "shop", (1, 60)).await;
        let back = root.get("/admin/failures?state=back").await;
        assert!(back.body.contains("Came back") && back.body.contains(&at), "{}", back.body);
        let events = root.get("/admin/events").await;
        for told in ["root marked the failure SH0P-", "root opened the failure SH0P-"] {
            assert!(events.body.contains(told), "{told}: {}", events.body);
        }
        assert_eq!(root.get("/admin/failures/N0NE-N0NE-N0NE").await.status, 404);
        assert_eq!(root.post("/admin/failures/none", &[("action", "solve")]).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_anybody_sent_is_shown_as_it_is_and_where_it_stands() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut scene = Scene::new(&app).await;
        let evil = "https://web.example.com/callback\"'><script>alert(1)</script>\u{202e}{{7*7}}";
        let reference = refused_at(&mut scene, &app, evil).await;
        let at = format!("/admin/flows/{reference}");
        let list = root.get("/admin/failures").await;
        let flow = root.get(&at).await;
        let group = root.get(&first(&list)).await;
        let key = offer(&flow, "Register");
        let sent = root.post(&at, &[("offer", &key)]).await;
        for page in [&list, &flow, &group, &sent] {
            for live in ["<script>alert", "\"'>", "\u{202e}", "49}"] {
                assert!(!page.body.contains(live), "{live}: {}", page.body);
            }
        }
        assert!(flow.body.contains("&#60;script&#62;alert(1)"), "{}", flow.body);
    })
    .await;
}

#[tokio::test]
async fn people_of_a_failure_are_counted_and_auditors_look_without_touching() {
    each_database(async |app| {
        app.client("shop").await;
        let id = counted(&app).await;
        for (n, name) in ["alice", "bob", "alice"].into_iter().enumerate() {
            let name_of = keystead::domain::Username::parse(name).unwrap();
            let found = app.read(async |c| store::users::find_by_username(c, &name_of).await).await;
            let user = match found {
                Some(user) => user,
                None => app.user(name).await,
            };
            let mut flow = flow(&format!("SH0P-000{n}"), "shop", &id);
            flow.user_id = Some(user.id);
            app.write(async |tx| flows::put(tx, &[flow]).await).await;
        }
        assert_eq!(app.read(async |conn| flows::people(conn, &id, 99).await).await, 2);
        assert_eq!(app.read(async |conn| flows::people(conn, &id, 1).await).await, 1);
        let mut auditor = Visitor::new(&app, "auditor", Some(Role::Auditor)).await;
        let page = auditor.get(&format!("/admin/failures/{id}")).await;
        assert!(page.text("times").contains("3 times, to 2 people"), "{}", page.body);
        assert!(!page.has("solve"), "{}", page.body);
        let page = auditor.get("/admin/flows/SH0P-0001").await;
        assert!(page.has("offers") && !page.has("offer-1"), "{}", page.body);
        assert!(page.body.contains("keystead flow solve SH0P-SH0P-SH0P"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn several_are_solved_at_once_and_the_others_stay() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        for (n, id) in
            ["AAAA-AAAA-AAAA", "BBBB-BBBB-BBBB", "CCCC-CCCC-CCCC"].into_iter().enumerate()
        {
            count(&app, id, "shop", (n as i64 + 1, 0)).await;
        }
        let sent = [("action", "solve"), ("pick", "AAAA-AAAA-AAAA"), ("pick", "CCCC-CCCC-CCCC")];
        let page = root.done("/admin/failures", &sent).await;
        let told = "Marked 2 failures as solved; they come back if they happen again.";
        assert_eq!(page.text("toast"), told);
        let page = root.get("/admin/failures?state=open").await;
        assert!(page.body.contains("x:BBBB") && !page.body.contains("x:AAAA"), "{}", page.body);
        count(&app, "AAAA-AAAA-AAAA", "shop", (1, 60)).await;
        let page = root.get("/admin/failures?state=open").await;
        assert!(page.body.contains("x:AAAA"), "it happened again: {}", page.body);
        let none = root.done("/admin/failures", &sent[..1]).await;
        assert_eq!(none.text("toast"), "Nothing was chosen.");
    })
    .await;
}
