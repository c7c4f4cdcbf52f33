//! The audit log.

use keystead::domain::{ClientId, Event, FlowRef, Selector, Timestamp, UserId};
use keystead::store::events::{self, Filter};
use keystead::store::page::Order;
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

/// The first selector of the second `NOW + seconds`.
fn at(seconds: i64) -> Selector {
    Selector::floor(NOW + seconds)
}

fn object(value: Value) -> Json<Map<String, Value>> {
    Json(value.as_object().unwrap().clone())
}

async fn add(app: &TestApp, event: &Event) {
    app.write(async |tx| events::insert(tx, event).await).await;
}

/// The seconds after `NOW` of the lines a filter shows.
async fn listed(app: &TestApp, filter: &Filter) -> Vec<i64> {
    let lines = app.read(async |conn| events::list(conn, filter, None, 99).await).await;
    lines.iter().map(|event| event.at - NOW).collect()
}

#[tokio::test]
async fn a_line_comes_back_as_written() {
    each_database(async |app: TestApp| {
        let text = |value: &str| Some(value.to_owned());
        let complete = Event {
            at: NOW + 2,
            kind: "sign_in.failed".to_owned(),
            actor: "somebody".to_owned(),
            user_id: Some(UserId("gone".to_owned())),
            client_id: Some(ClientId("never was".to_owned())),
            target: text("alice"),
            failed: true,
            reason: text("wrong_password"),
            flow: Some(FlowRef("K7QF-2M9X".to_owned())),
            address: text("192.0.2.1"),
            detail: object(json!({ "from": null, "to": ["ü", 1, { "x": 1.5 }] })),
            ..samples::event(at(2))
        };
        let plain = samples::event(at(1));
        add(&app, &plain).await;
        add(&app, &complete).await;
        let found = app.read(async |c| events::list(c, &Filter::default(), None, 9).await).await;
        assert_same(&found, &vec![complete, plain]);
    })
    .await;
}

/// A line a second: of Alice and Bob in turn, of NetBox in the first half, every third refused.
async fn twelve_lines(app: &TestApp) {
    for n in 0..12 {
        let user = if n % 2 == 0 { "alice" } else { "bob" };
        let client = if n < 6 { "netbox" } else { "wiki" };
        let event = Event {
            at: NOW + n,
            user_id: Some(UserId(user.to_owned())),
            client_id: Some(ClientId(client.to_owned())),
            failed: n % 3 == 0,
            ..samples::event(at(n))
        };
        add(app, &event).await;
    }
}

#[tokio::test]
async fn the_log_shows_what_is_asked_for() {
    each_database(async |app: TestApp| {
        twelve_lines(&app).await;
        let all = Filter::default();
        let netbox = Filter { client: Some(ClientId("netbox".to_owned())), ..all.clone() };
        let alice = Filter { user: Some(UserId("alice".to_owned())), ..all.clone() };
        assert_eq!(listed(&app, &all).await, (0..12).rev().collect::<Vec<_>>());
        assert_eq!(listed(&app, &netbox).await, [5, 4, 3, 2, 1, 0]);
        assert_eq!(listed(&app, &alice).await, [10, 8, 6, 4, 2, 0]);
        assert_eq!(listed(&app, &Filter { failed: true, ..all.clone() }).await, [9, 6, 3, 0]);
        let since = Filter { since: Some(NOW + 9), ..all.clone() };
        assert_eq!(listed(&app, &since).await, [11, 10, 9]);
        let everything = Filter {
            user: alice.user.clone(),
            since: Some(NOW + 1),
            failed: true,
            ..netbox.clone()
        };
        assert_eq!(listed(&app, &Filter { user: alice.user, ..netbox }).await, [4, 2, 0]);
        assert_eq!(listed(&app, &everything).await, Vec::<i64>::new());
        let never = Filter { since: Some(Timestamp(i64::MAX)), ..all };
        assert_eq!(listed(&app, &never).await, Vec::<i64>::new());
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_each_other_down_whichever_index_answers() {
    each_database(async |app: TestApp| {
        for (n, kind) in
            (0..12).zip(["sign_in.failed", "client.updated", "user.updated"].into_iter().cycle())
        {
            let line = Event {
                at: NOW + n,
                kind: kind.to_owned(),
                user_id: Some(UserId(if n % 2 == 0 { "alice" } else { "bob" }.to_owned())),
                client_id: (n % 4 != 0).then(|| ClientId("wiki".to_owned())),
                failed: kind == "sign_in.failed",
                ..samples::event(at(n))
            };
            add(&app, &line).await;
        }
        let wiki = Some(ClientId("wiki".to_owned()));
        let alice = Some(UserId("alice".to_owned()));
        let kind = |kind: &str| Some(kind.to_owned());
        let all = Filter::default();
        for (filter, expected) in [
            (
                Filter { client: wiki.clone(), kind: kind("client.updated"), ..all.clone() },
                vec![10, 7, 1],
            ),
            (
                Filter { client: wiki.clone(), kind: kind("sign_in.failed"), ..all.clone() },
                vec![9, 6, 3],
            ),
            (Filter { user: alice.clone(), kind: kind("user.updated"), ..all.clone() }, vec![8, 2]),
            (Filter { user: alice.clone(), failed: true, ..all.clone() }, vec![6, 0]),
            (Filter { client: wiki.clone(), failed: true, ..all.clone() }, vec![9, 6, 3]),
            (Filter { client: wiki.clone(), user: alice.clone(), ..all.clone() }, vec![10, 6, 2]),
            (Filter { failed: true, kind: kind("user.updated"), ..all.clone() }, vec![]),
        ] {
            assert_eq!(listed(&app, &filter).await, expected, "{filter:?}");
            let counted = app.read(async |c| events::count(c, &filter, 99).await).await;
            assert_eq!(counted, i64::try_from(expected.len()).unwrap());
        }
    })
    .await;
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    each_database(async |app: TestApp| {
        twelve_lines(&app).await;
        let (mut before, mut seen) = (None, Vec::new());
        loop {
            let filter = Filter::default();
            let page = app.read(async |c| events::list(c, &filter, before, 5).await).await;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            seen.extend(page.iter().map(|event| event.at - NOW));
            // What is written meanwhile does not shift the pages.
            add(&app, &samples::event(at(100 + seen.len() as i64))).await;
        }
        assert_eq!(seen, (0..12).rev().collect::<Vec<_>>());
        let filter = Filter { since: Some(NOW + 2), ..Filter::default() };
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let from = (Order::Up, after);
            let page = app.read(async |c| events::page(c, &filter, from, 3).await).await;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            seen.extend(page.iter().map(|event| event.at - NOW));
        }
        assert_eq!(seen[..10], (2..12).collect::<Vec<_>>(), "the oldest first");
        let count = async |most| app.read(async |c| events::count(c, &filter, most).await).await;
        assert_eq!(count(5).await, 5);
        assert_eq!(count(99).await, i64::try_from(seen.len()).unwrap());
    })
    .await;
}

#[tokio::test]
async fn each_line_is_chained_once_in_order() {
    each_database(async |app: TestApp| {
        for n in [2, 0, 1] {
            add(&app, &samples::event(at(n))).await;
        }
        let unchained = async |until, limit| -> Vec<Selector> {
            let lines = app.read(async |conn| events::unchained(conn, until, limit).await).await;
            lines.iter().map(|event| event.id).collect()
        };
        assert_eq!(unchained(at(9), 2).await, [at(0), at(1)]);
        assert_eq!(unchained(at(2), 9).await, [at(0), at(1)]);
        let set = async |link: &[u8]| {
            app.write(async |tx| events::set_chain(tx, at(0), link).await).await
        };
        let replace = async |n: i64, link: &[u8]| {
            app.write(async |tx| events::replace_chain(tx, at(n), link).await).await
        };
        assert!(!replace(0, &[7]).await, "it has none to be replaced");
        assert!(set(&[7]).await);
        assert!(replace(0, &[1, 0, 255]).await);
        assert!(!set(&[2]).await);
        assert_eq!(unchained(at(9), 9).await, [at(1), at(2)]);
        let lines = app.read(async |c| events::chained(c, Selector(i64::MIN), 2).await).await;
        let links: Vec<_> = lines.into_iter().map(|(event, link)| (event.id, link)).collect();
        assert_eq!(links, [(at(0), Some(vec![1, 0, 255])), (at(1), None)]);
        let rest = app.read(async |conn| events::chained(conn, at(1), 9).await).await;
        assert_same(&rest, &vec![(samples::event(at(2)), None)]);

        // Only what is chained may go, so that the chain has no hole.
        let last = app.read(async |conn| events::last_to_sweep(conn, at(9)).await).await;
        assert!(last.is_some_and(|link| !link.is_empty()));
        assert_eq!(app.write(async |tx| events::sweep(tx, at(9)).await).await, 1);
        assert_eq!(unchained(at(9), 9).await, [at(1), at(2)]);
        app.write(async |tx| events::set_chain(tx, at(2), &[3]).await).await;
        assert_eq!(app.write(async |tx| events::sweep(tx, at(2)).await).await, 0);
        assert_eq!(listed(&app, &Filter::default()).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_was_deleted_is_found_by_their_last_name() {
    each_database(async |app: TestApp| {
        let deleted = |n: i64, name: &str, id: &str| Event {
            kind: "user.deleted".to_owned(),
            target: Some(name.to_owned()),
            user_id: Some(UserId(id.to_owned())),
            ..samples::event(at(n))
        };
        for event in [deleted(1, "bob", "first"), deleted(2, "bob", "second")] {
            add(&app, &event).await;
        }
        add(&app, &Event { kind: "user.created".to_owned(), ..deleted(3, "carol", "third") }).await;
        let find = async |name: &str| {
            app.read(async |conn| events::deleted_user(conn, name).await).await.map(|id| id.0)
        };
        assert_eq!(find("bob").await.as_deref(), Some("second"));
        assert_eq!((find("carol").await, find("nobody").await), (None, None));
    })
    .await;
}
