//! What the console adds to the database: owners, the words people are found by, its lists.

use keystead::directory::search;
use keystead::domain::{LinkPurpose, OneTimeLink, Role, User, UserId};
use keystead::store::page::{Order, Place};
use keystead::store::user_list::{self, Filter, Sort};
use keystead::store::{client_owners, consents, grants, links, user_words, users};

use crate::harness::samples;
use crate::harness::{TestApp, each_database};

#[tokio::test]
async fn an_owner_owns_until_they_do_not_or_one_of_the_two_is_gone() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (web, wiki) = (samples::client("web").id, samples::client("wiki").id);
        app.client("web").await;
        app.client("wiki").await;
        assert!(app.write(async |tx| client_owners::add(tx, &web, &alice.id).await).await);
        assert!(!app.write(async |tx| client_owners::add(tx, &web, &alice.id).await).await);
        assert!(app.write(async |tx| client_owners::add(tx, &wiki, &alice.id).await).await);
        assert!(app.write(async |tx| client_owners::add(tx, &web, &bob.id).await).await);
        assert!(app.read(async |conn| client_owners::owns(conn, &bob.id, &web).await).await);
        assert!(!app.read(async |conn| client_owners::owns(conn, &bob.id, &wiki).await).await);
        let of_alice = app.read(async |conn| client_owners::of_user(conn, &alice.id).await).await;
        assert_eq!(of_alice, [web.clone(), wiki.clone()]);
        let of_web = app.read(async |conn| client_owners::of_client(conn, &web).await).await;
        assert_eq!(of_web.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["alice", "bob"]);
        assert!(app.write(async |tx| client_owners::remove(tx, &web, &bob.id).await).await);
        assert!(!app.write(async |tx| client_owners::remove(tx, &web, &bob.id).await).await);
        app.write(async |tx| keystead::store::clients::delete(tx, &web).await).await;
        let of_alice = app.read(async |conn| client_owners::of_user(conn, &alice.id).await).await;
        assert_eq!(of_alice, [wiki]);
    })
    .await;
}

#[tokio::test]
async fn links_go_with_whoever_made_them() {
    each_database(async |app: TestApp| {
        let (alice, desk, peer) =
            (app.user("alice").await, app.user("desk").await, app.user("peer").await);
        let makers = [(1, None), (2, Some(&desk.id)), (3, Some(&peer.id))];
        app.write(async |tx| {
            for (id, maker) in makers {
                let link = OneTimeLink {
                    purpose: LinkPurpose::Reset,
                    user_id: Some(alice.id.clone()),
                    expires_at: samples::NOW + 60,
                };
                links::insert(tx, &samples::token(id), &link, maker).await?;
            }
            Ok(())
        })
        .await;
        let works = async |id| {
            app.read(async |conn| links::find(conn, &samples::token(id)).await).await.is_some()
        };
        let gone = app.write(async |tx| links::withdraw_made_by(tx, &desk.id).await).await;
        assert_eq!((gone, works(1).await, works(2).await, works(3).await), (1, true, false, true));
        app.write(async |tx| users::delete(tx, &peer.id).await).await;
        assert_eq!((works(1).await, works(3).await), (true, false));
    })
    .await;
}

async fn listed(app: &TestApp, filter: &Filter, by: (Sort, Order)) -> Vec<String> {
    let (mut all, mut after): (Vec<String>, Option<Place>) = (Vec::new(), None);
    loop {
        let page =
            app.read(async |conn| user_list::page(conn, filter, by, after.as_ref(), 2).await).await;
        all.extend(page.iter().map(|listed| listed.user.username.to_string()));
        after = page.last().map(|listed| listed.place.clone());
        if page.len() < 2 {
            return all;
        }
    }
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_sorted_a_page_at_a_time() {
    each_database(async |app: TestApp| {
        let person = |name: &str, full: &str, at: i64| User {
            display_name: Some(full.to_owned()),
            created_at: samples::NOW + at,
            ..samples::user(name)
        };
        let mut all = [
            person("dora", "Dora Amber", 1),
            person("alba", "Alba Alban", 2),
            person("carl", "Carl Amber", 2),
            person("bert", "Bert Amberson", 2),
            person("emma", "Emma Stone", 0),
        ];
        all[1].role = Some(Role::Auditor);
        all[2].disabled_at = Some(samples::NOW);
        app.write(async |tx| {
            for user in &all {
                users::insert(tx, user, None).await?;
            }
            Ok(())
        })
        .await;
        let everybody = Filter::default();
        let up = listed(&app, &everybody, (Sort::Username, Order::Up)).await;
        assert_eq!(up, ["alba", "bert", "carl", "dora", "emma"]);
        let down = listed(&app, &everybody, (Sort::Username, Order::Down)).await;
        assert_eq!(down, ["emma", "dora", "carl", "bert", "alba"]);
        let newest = listed(&app, &everybody, (Sort::Created, Order::Down)).await;
        assert_eq!(newest[3..], ["dora", "emma"]);
        let by = (Sort::Username, Order::Down);
        let found = Filter { search: Some("AMB".into()), ..Filter::default() };
        assert_eq!(listed(&app, &found, by).await, ["carl", "dora", "bert"]);
        assert_eq!(app.read(async |conn| user_list::count(conn, &found, 100).await).await, 3);
        assert_eq!(app.read(async |conn| user_list::count(conn, &found, 2).await).await, 2);
        let open = Filter { disabled: Some(false), ..found };
        assert_eq!(listed(&app, &open, by).await, ["dora", "bert"]);
        let closed = Filter { disabled: Some(true), ..Filter::default() };
        assert_eq!(listed(&app, &closed, by).await, ["carl"]);
        let auditors = Filter { role: Some(Role::Auditor), ..Filter::default() };
        assert_eq!(listed(&app, &auditors, by).await, ["alba"]);
    })
    .await;
}

#[tokio::test]
async fn accounts_from_before_the_search_are_found_after_a_start() {
    each_database(async |app: TestApp| {
        let alice = app.user("alice").await;
        app.sql("delete from user_words").await;
        let first = UserId(String::new());
        let missing = app.read(async |conn| user_words::missing(conn, &first, 10).await).await;
        assert_eq!(missing, std::slice::from_ref(&alice.id));
        search::complete(&app).await.unwrap();
        let missing = app.read(async |conn| user_words::missing(conn, &first, 10).await).await;
        assert!(missing.is_empty());
        let found = Filter { search: Some("alice@".into()), ..Filter::default() };
        assert_eq!(listed(&app, &found, (Sort::Username, Order::Up)).await, ["alice"]);
        app.write(async |tx| user_words::put(tx, &alice).await).await;
        assert_eq!(listed(&app, &found, (Sort::Username, Order::Up)).await, ["alice"]);
    })
    .await;
}

#[tokio::test]
async fn only_grants_that_still_work_are_counted() {
    each_database(async |app: TestApp| {
        let (alice, web) = (app.user("alice").await, app.client("web").await);
        app.write(async |tx| {
            for id in 1..=3 {
                grants::insert(tx, &samples::grant(id, &alice, &web.client)).await?;
            }
            grants::revoke(tx, keystead::domain::Selector(2), samples::NOW).await
        })
        .await;
        let people = [alice.id.clone(), app.user("bob").await.id];
        let counted = app.read(async |conn| grants::count_of_users(conn, &people).await).await;
        assert_eq!(counted, 2);
        assert_eq!(app.read(async |conn| grants::count_of_users(conn, &[]).await).await, 0);
        let session = keystead::domain::Selector(7);
        let given = keystead::domain::Grant {
            session_id: Some(session),
            ..samples::grant(4, &alice, &web.client)
        };
        app.write(async |tx| grants::insert(tx, &given).await).await;
        let of = async |id| {
            app.read(async |conn| grants::count_of_session(conn, &alice.id, id).await).await
        };
        assert_eq!((of(session).await, of(keystead::domain::Selector(8)).await), (1, 0));
        app.write(async |tx| client_owners::add(tx, &web.client.id, &alice.id).await).await;
        let owned = app.read(async |c| client_owners::count_of_users(c, &people).await).await;
        assert_eq!(owned, 1);
        let consents = app.read(async |c| consents::count_of_users(c, &people).await).await;
        assert_eq!(consents, 0);
    })
    .await;
}
