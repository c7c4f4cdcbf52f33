//! What ends when an account is closed or gets a new password, and what holds when two change at once.

use keystead::directory::{Force, clients, credentials, members, users};
use keystead::domain::{Actor, Role, Secret, Selector};
use keystead::signin::throttle::account_key;
use keystead::store::{grants, sessions, throttles};

use crate::harness::{TestApp, each_database, samples};

const ACTOR: Actor = Actor::CommandLine;

/// Signs alice in at a client, behind the protocol's back.
async fn signed_in(app: &TestApp) {
    let alice = app.user("alice").await;
    let wiki = app.client("wiki").await;
    app.write(async |tx| {
        sessions::insert(tx, &samples::session(1, &alice)).await?;
        grants::insert(tx, &samples::grant(1, &alice, &wiki.client)).await
    })
    .await;
}

async fn nothing_is_left(app: &TestApp) -> bool {
    let (session, grant) = app
        .read(async |conn| {
            let session = sessions::find(conn, Selector(1)).await?.unwrap();
            Ok((session, grants::find(conn, Selector(1)).await?.unwrap()))
        })
        .await;
    session.ended_at.is_some() && grant.revoked_at.is_some()
}

#[tokio::test]
async fn closing_an_account_ends_its_sessions_and_grants() {
    each_database(async |app| {
        signed_in(&app).await;
        users::disable(&app, &ACTOR, "alice", Force::No).await.unwrap();
        assert!(nothing_is_left(&app).await);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    each_database(async |app| {
        signed_in(&app).await;
        let password = Secret::sent("another horse battery");
        credentials::set_password(&app, &ACTOR, "alice", &password).await.unwrap();
        assert!(nothing_is_left(&app).await);
    })
    .await;
}

#[tokio::test]
async fn unlocking_forgets_failures_in_every_browser() {
    each_database(async |app| {
        app.user("al_ce").await;
        let now = app.clock.now();
        let own = account_key(&app.sealer, "al_ce");
        let browser = format!("{own}:browser");
        let other = account_key(&app.sealer, "alice");
        app.write(async |tx| {
            for key in [&own, &browser, &other, &format!("{other}:browser")] {
                throttles::count(tx, key, now, 600).await?;
            }
            Ok(())
        })
        .await;
        assert!(credentials::unlock(&app, &ACTOR, "al_ce").await.unwrap().changed);
        for key in [&own, &browser] {
            assert_eq!(app.read(async |conn| throttles::find(conn, key).await).await, None);
        }
        let others = format!("{other}:browser");
        for key in [&other, &others] {
            assert!(app.read(async |conn| throttles::find(conn, key).await).await.is_some());
        }
        assert!(!credentials::unlock(&app, &ACTOR, "al_ce").await.unwrap().changed);
    })
    .await;
}

#[tokio::test]
async fn of_two_administrators_who_close_each_other_one_stays() {
    each_database(async |app| {
        for name in ["anna", "berta"] {
            let new = users::NewUser {
                username: name.into(),
                role: Some(Role::Administrator),
                ..users::NewUser::default()
            };
            users::create(&app, &ACTOR, new).await.unwrap();
        }
        let node = app.another_node().await;
        let (a, b) = tokio::join!(
            users::disable(&app, &ACTOR, "anna", Force::No),
            users::delete(&node, &ACTOR, "berta", Force::No),
        );
        let refused = a.err().or(b.err()).expect("one of them is refused");
        assert_eq!(refused.code(), "last_administrator");
    })
    .await;
}

#[tokio::test]
async fn two_changes_of_one_client_at_once_are_both_kept() {
    each_database(async |app| {
        app.client("wiki").await;
        let node = app.another_node().await;
        let (a, b) = tokio::join!(
            clients::update(&app, &ACTOR, ("wiki", None), Force::No, |client| client.name =
                "Wiki".into()),
            clients::update(&node, &ACTOR, ("wiki", None), Force::No, |client| client.trusted =
                true),
        );
        a.unwrap();
        b.unwrap();
        app.refresh_registry().await.unwrap();
        let wiki = app.registry().client_by_slug("wiki").unwrap();
        assert_eq!((wiki.name.as_str(), wiki.trusted), ("Wiki", true));
    })
    .await;
}

#[tokio::test]
async fn two_groups_put_into_each_other_at_once_make_no_circle() {
    each_database(async |app| {
        app.group("a", &[]).await;
        app.group("b", &[]).await;
        let node = app.another_node().await;
        let nested = |name: &str| members::Members {
            groups: vec![name.to_owned()],
            ..members::Members::default()
        };
        let (into_a, into_b) = (nested("b"), nested("a"));
        let (a, b) = tokio::join!(
            members::add(&app, &ACTOR, "a", &into_a),
            members::add(&node, &ACTOR, "b", &into_b),
        );
        let refused = a.err().or(b.err()).expect("one of them is refused");
        assert_eq!(refused.code(), "group_cycle");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_seen_here_at_once_and_elsewhere_after_a_look() {
    each_database(async |app| {
        app.client("wiki").await;
        let node = app.another_node().await;
        let rename = |client: &mut keystead::domain::Client| client.name = "Wiki".into();
        clients::update(&app, &ACTOR, ("wiki", None), Force::No, rename).await.unwrap();
        assert_eq!(app.registry().client_by_slug("wiki").unwrap().name, "Wiki");
        node.refresh_registry().await.unwrap();
        assert_eq!(node.registry().client_by_slug("wiki").unwrap().name, "Wiki");
    })
    .await;
}
