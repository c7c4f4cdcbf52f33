//! Browser sessions, throttles and settings.

use keystead::domain::{Consent, Layout, Scopes, Selector, Session, Timestamp, User};
use keystead::store::page::Order;
use keystead::store::throttles::Throttle;
use keystead::store::{consents, sessions, settings, throttles, users};
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

async fn add_user(app: &TestApp, name: &str) -> User {
    let user = samples::user(name);
    app.write(async |tx| users::insert(tx, &user, None).await).await;
    user
}

async fn add(app: &TestApp, session: &Session) {
    app.write(async |tx| sessions::insert(tx, session).await).await;
}

async fn find(app: &TestApp, id: i64) -> Option<Session> {
    app.read(async |conn| sessions::find(conn, Selector(id)).await).await
}

#[tokio::test]
async fn what_is_held_is_what_still_stands() {
    each_database(async |app: TestApp| {
        let alice = add_user(&app, "alice").await;
        add(&app, &samples::session(1, &alice)).await;
        add(&app, &Session { ended_at: Some(NOW), ..samples::session(2, &alice) }).await;
        let held = async |id| app.write(async |tx| sessions::hold(tx, Selector(id)).await).await;
        assert_eq!((held(1).await, held(2).await, held(3).await), (true, false, false));
        let web = app.client("web").await.client.id.clone();
        let held = async || app.write(async |tx| consents::hold(tx, &alice.id, &web).await).await;
        assert!(!held().await);
        let (user_id, client_id) = (alice.id.clone(), web.clone());
        let scopes = Json(Scopes::parse("openid"));
        let consent = Consent { user_id, client_id, scopes, granted_at: NOW };
        app.write(async |tx| consents::put(tx, &consent).await).await;
        assert!(held().await);
    })
    .await;
}

#[tokio::test]
async fn a_session_comes_back_as_stored() {
    each_database(async |app: TestApp| {
        let alice = add_user(&app, "alice").await;
        let complete = Session {
            hash: vec![0, 255],
            layout: Layout::Authentik,
            amr: Json(vec!["pwd".to_owned(), "mfa".to_owned()]),
            remember: true,
            address: Some("2001:db8::1".to_owned()),
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64)".to_owned()),
            ended_at: Some(NOW + 9),
            ..samples::session(2, &alice)
        };
        for session in [samples::session(1, &alice), complete] {
            add(&app, &session).await;
            assert_same(&find(&app, session.id.0).await, &Some(session));
        }
        assert!(find(&app, 3).await.is_none());
        let orphan = samples::session(3, &samples::user("nobody"));
        assert!(app.try_write(async |tx| sessions::insert(tx, &orphan).await).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_session_in_use_only_grows_younger() {
    each_database(async |app: TestApp| {
        let alice = add_user(&app, "alice").await;
        add(&app, &samples::session(1, &alice)).await;
        for (now, seen) in [(NOW + 60, NOW + 60), (NOW + 30, NOW + 60)] {
            app.write(async |tx| sessions::touch(tx, Selector(1), now).await).await;
            assert_eq!(find(&app, 1).await.unwrap().last_seen_at, seen);
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_end_once_one_by_one_or_together() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (add_user(&app, "alice").await, add_user(&app, "bob").await);
        for (id, user) in (1..).zip([&alice, &alice, &alice, &bob]) {
            add(&app, &samples::session(id, user)).await;
        }
        let live = async |user: &User| -> Vec<i64> {
            let all = app.read(async |conn| sessions::of_user(conn, &user.id).await).await;
            all.iter().map(|session| session.id.0).collect()
        };
        assert_eq!(live(&alice).await, [3, 2, 1]);
        let end =
            async || app.write(async |tx| sessions::end(tx, Selector(2), NOW + 1).await).await;
        assert!(end().await);
        assert!(!end().await);
        assert_eq!(live(&alice).await, [3, 1]);
        let all = app.write(async |tx| sessions::end_of_user(tx, &alice.id, NOW + 2).await).await;
        assert_eq!(all, 2);
        assert_eq!((live(&alice).await, live(&bob).await), (vec![], vec![4]));
        let ended = [find(&app, 2).await, find(&app, 3).await].map(|s| s.unwrap().ended_at);
        assert_eq!(ended, [Some(NOW + 1), Some(NOW + 2)]);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_swept_once_expired() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (add_user(&app, "alice").await, add_user(&app, "bob").await);
        let before = NOW + 100;
        for (id, expires_at, ended_at) in [
            (1, NOW + 99, None),
            (2, NOW + 500, Some(NOW + 99)),
            (3, NOW + 500, Some(NOW + 100)),
            (4, NOW + 100, None),
        ] {
            add(&app, &Session { expires_at, ended_at, ..samples::session(id, &alice) }).await;
        }
        add(&app, &samples::session(5, &bob)).await;
        assert_eq!(app.write(async |tx| sessions::sweep(tx, before).await).await, 1);
        app.write(async |tx| users::delete(tx, &bob.id).await).await;
        let mut left = Vec::new();
        for id in 1..=5 {
            left.extend(find(&app, id).await.map(|session| session.id.0));
        }
        assert_eq!(left, [2, 3, 4]);
    })
    .await;
}

const KEY: &str = "account:alice";

async fn known(app: &TestApp, key: &str) -> Option<Throttle> {
    app.read(async |conn| throttles::find(conn, key).await).await
}

async fn count(app: &TestApp, now: Timestamp, decay: i64) -> i64 {
    app.write(async |tx| throttles::count(tx, KEY, now, decay).await).await.failures
}

#[tokio::test]
async fn attempts_are_counted_by_key_and_forgotten_one_by_one() {
    each_database(async |app: TestApp| {
        assert_eq!(known(&app, KEY).await, None);
        for n in 1..=4 {
            assert_eq!(count(&app, NOW, 100).await, n);
        }
        app.write(async |tx| throttles::block(tx, KEY, NOW + 30).await).await;
        let wanted =
            Throttle { key: KEY.to_owned(), failures: 4, blocked_until: NOW + 30, updated_at: NOW };
        assert_eq!(known(&app, KEY).await, Some(wanted));
        assert_eq!(known(&app, "account:bob").await, None);

        // Two of the four are forgotten after 200 seconds, all of them after 1000.
        assert_eq!(count(&app, NOW + 200, 100).await, 3);
        assert_eq!(count(&app, NOW + 1200, 100).await, 1);
        app.write(async |tx| throttles::take_back(tx, KEY).await).await;
        assert_eq!(known(&app, KEY).await.unwrap().failures, 0);
    })
    .await;
}

#[tokio::test]
async fn attempts_that_keep_coming_are_forgotten_at_the_same_rate() {
    each_database(async |app: TestApp| {
        // An attempt every 60 seconds, of which one is forgotten every 100.
        let mut counts = Vec::new();
        for n in 0..11 {
            counts.push(count(&app, NOW + 60 * n, 100).await);
        }
        assert_eq!(counts, [1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5]);
        // A clock that is a day behind forgets nothing, and nothing is held against it.
        assert_eq!(count(&app, NOW - 86_400, 100).await, 6);
        assert_eq!(count(&app, NOW - 86_300, 100).await, 6);
    })
    .await;
}

#[tokio::test]
async fn a_throttle_is_cleared_with_or_without_its_browsers_and_swept_when_old() {
    each_database(async |app: TestApp| {
        let add = async |key: &'static str| {
            app.write(async |tx| throttles::count(tx, key, NOW, 100).await).await;
        };
        for key in ["account:al_ce", "account:al_ce:browser", "account:alice:browser", "network:x"]
        {
            add(key).await;
        }
        let clear = async |key| app.write(async |tx| throttles::clear(tx, key).await).await;
        assert!(clear("network:x").await);
        assert!(!clear("network:x").await);
        let all = async |key| app.write(async |tx| throttles::clear_all(tx, key).await).await;
        assert!(all("account:al_ce").await);
        assert!(!all("account:al_ce").await);
        assert!(known(&app, "account:alice:browser").await.is_some());
        assert_eq!(app.write(async |tx| throttles::sweep(tx, NOW).await).await, 0);
        assert_eq!(app.write(async |tx| throttles::sweep(tx, NOW + 1).await).await, 1);
    })
    .await;
}

#[tokio::test]
async fn no_attempt_is_lost_among_many_at_once() {
    each_database(async |app: TestApp| {
        let attempts = (0..50).map(|_| count(&app, NOW, 100));
        let mut counts = futures_util::future::join_all(attempts).await;
        counts.sort_unstable();
        assert_eq!(counts, (1..=50).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_setting_is_put_and_replaced() {
    each_database(async |app: TestApp| {
        let find = async |name| app.read(async |conn| settings::find(conn, name).await).await;
        let object = |value: Value| -> Map<String, Value> { value.as_object().unwrap().clone() };
        assert_eq!(find("brand").await, None);
        let values = [
            json!({ "name": "Häuser & Söhne", "colors": ["#fff", null], "n": 9007199254740993_i64 }),
            json!({}),
        ];
        for value in values.map(object) {
            app.write(async |tx| settings::put(tx, "brand", value.clone()).await).await;
            assert_eq!(find("brand").await, Some(value));
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_sessions_is_narrowed_down_and_counted() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (add_user(&app, "alice").await, add_user(&app, "bob").await);
        for id in 1..=5 {
            let owner = if id == 4 { &bob } else { &alice };
            add(&app, &Session { remember: id == 5, ..samples::session(id, owner) }).await;
        }
        let all = sessions::Filter::standing(NOW, NOW + -1);
        let listed = async |filter: &sessions::Filter, order, after: Option<i64>| {
            let from = (order, after.map(Selector));
            let page = app.read(async |c| sessions::page(c, filter, from, 3).await).await;
            page.into_iter().map(|(session, _)| session.id.0).collect::<Vec<_>>()
        };
        let (up, down) = (Order::Up, Order::Down);
        assert_eq!(listed(&all, down, None).await, [5, 4, 3]);
        assert_eq!(listed(&all, down, Some(3)).await, [2, 1]);
        assert_eq!(listed(&all, up, Some(1)).await, [2, 3, 4]);
        let found = sessions::Filter { search: Some("bo".into()), ..all.clone() };
        assert_eq!(listed(&found, down, None).await, [4]);
        let hers = sessions::Filter { user: Some(alice.id.clone()), ..all.clone() };
        assert_eq!(listed(&hers, up, None).await, [1, 2, 3]);
        let long = sessions::Filter { remember: Some(true), ..all.clone() };
        assert_eq!(listed(&long, up, None).await, [5]);
        for (filter, most, counted) in [(&all, 9, 5), (&all, 2, 2), (&found, 9, 1), (&hers, 9, 4)] {
            let count = app.read(async |c| sessions::count(c, filter, most).await).await;
            assert_eq!(count, counted);
        }
        let people = [alice.id.clone(), bob.id.clone(), samples::user("nobody").id];
        let now = (NOW, NOW + -1);
        let mut each = app.read(async |c| sessions::count_each(c, now, &people).await).await;
        each.sort();
        assert_eq!(each, [(alice.id, 4), (bob.id, 1)]);
        assert!(app.read(async |c| sessions::count_each(c, now, &[]).await).await.is_empty());
    })
    .await;
}
