//! People and what other systems called them.

use std::time::Duration;

use keystead::domain::{Address, ExternalId, Profile, Role, Timestamp, User, Username};
use keystead::store::{external_ids, is_taken, users};
use sqlx::types::Json;
use tokio::time::timeout;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

/// Somebody of whom everything is known.
fn complete(name: &str) -> User {
    let text = |value: &str| Some(value.to_owned());
    User {
        display_name: text("Alice Müller 🦊"),
        given_name: text("Alice"),
        family_name: text("O'Müller"),
        email: text("alice@example.com"),
        email_verified: true,
        profile: Json(Profile {
            middle_name: text("\"Quote\\"),
            nickname: text("al"),
            profile: text("https://example.com/alice"),
            picture: text("https://example.com/alice.png"),
            website: text("https://alice.example"),
            gender: text("female"),
            birthdate: text("1990-02-29"),
            zoneinfo: text("Europe/Berlin"),
            locale: text("de-DE"),
            phone_number: text("+49 30 1"),
            phone_number_verified: Some(false),
            address: Some(Address {
                formatted: text("Weg 1\n10115 Berlin"),
                street_address: text("Weg 1"),
                locality: text("Berlin"),
                region: text("Berlin"),
                postal_code: text("10115"),
                country: text("DE"),
            }),
        }),
        role: Some(Role::Administrator),
        password_changed_at: Some(NOW - 5),
        disabled_at: Some(NOW - 4),
        created_at: NOW - 3,
        updated_at: Timestamp(i64::MAX),
        ..samples::user(name)
    }
}

async fn add(app: &TestApp, user: &User) {
    app.write(async |tx| users::insert(tx, user, None).await).await;
}

async fn find(app: &TestApp, user: &User) -> Option<User> {
    app.read(async |conn| users::find(conn, &user.id).await).await
}

#[tokio::test]
async fn a_person_comes_back_as_stored() {
    each_database(async |app: TestApp| {
        for user in [complete("alice"), samples::user("bob")] {
            add(&app, &user).await;
            assert_same(&find(&app, &user).await, &Some(user.clone()));
            let named = app.read(async |c| users::find_by_username(c, &user.username).await).await;
            assert_same(&named, &Some(user));
        }
        let nobody = samples::user("nobody");
        assert!(find(&app, &nobody).await.is_none());
        let named = app.read(async |c| users::find_by_username(c, &nobody.username).await).await;
        assert!(named.is_none());
        assert_eq!(app.read(users::count).await, 2);
    })
    .await;
}

#[tokio::test]
async fn an_update_overwrites_all_but_the_password() {
    each_database(async |app: TestApp| {
        let before = samples::user("alice");
        app.write(async |tx| users::insert(tx, &before, Some("$phc")).await).await;
        let mut after = complete("alicia");
        after.id = before.id.clone();
        app.write(async |tx| users::update(tx, &after).await).await;
        after.created_at = before.created_at;
        after.password_changed_at = None;
        assert_same(&find(&app, &before).await, &Some(after));

        app.write(async |tx| users::update(tx, &before).await).await;
        assert_same(&find(&app, &before).await, &Some(before.clone()));
        let hash = app.read(async |conn| users::password_hash(conn, &before.id).await).await;
        assert_eq!(hash.as_deref(), Some("$phc"));
    })
    .await;
}

#[tokio::test]
async fn a_username_belongs_to_one_person() {
    each_database(async |app: TestApp| {
        let (alice, mut bob) = (samples::user("alice"), samples::user("bob"));
        add(&app, &alice).await;
        add(&app, &bob).await;
        bob.username = alice.username.clone();
        let renamed = app.try_write(async |tx| users::update(tx, &bob).await).await;
        assert!(is_taken(&renamed.unwrap_err()));
        bob.id = samples::user("carol").id;
        let added = app.try_write(async |tx| users::insert(tx, &bob, None).await).await;
        assert!(is_taken(&added.unwrap_err()));
        // The next writer is served as if nothing had been.
        add(&app, &samples::user("dave")).await;
        assert_eq!(app.read(users::count).await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_address_belongs_to_one_person() {
    each_database(async |app: TestApp| {
        let addressed =
            |name: &str, email: &str| User { email: Some(email.to_owned()), ..samples::user(name) };
        let alice = addressed("alice", "alice@example.com");
        add(&app, &alice).await;
        let twin = addressed("bob", "alice@example.com");
        let added = app.try_write(async |tx| users::insert(tx, &twin, None).await).await;
        assert!(is_taken(&added.unwrap_err()));
        // Without an address, any number of people can be.
        add(&app, &samples::user("bob")).await;
        add(&app, &samples::user("carol")).await;
        let found = async |email| app.read(async |c| users::find_by_email(c, email).await).await;
        assert_same(&found("alice@example.com").await, &vec![alice]);
        assert!(found("bob@example.com").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_held_account_waits_for_whoever_holds_it() {
    each_database(async |app: TestApp| {
        let alice = samples::user("alice");
        app.write(async |tx| users::insert(tx, &alice, Some("old")).await).await;
        let mut tx = app.db.write().await.unwrap();
        assert_eq!(users::hold(&mut tx, &alice.id).await.unwrap().as_deref(), Some("old"));
        let change = app.write(async |tx| users::set_password(tx, &alice.id, "new", NOW).await);
        let mut change = Box::pin(change);
        assert!(timeout(Duration::from_millis(50), &mut change).await.is_err());
        let (held, ()) = tokio::join!(tx.commit(), change);
        held.unwrap();
        let hold = async |user: &User| app.write(async |tx| users::hold(tx, &user.id).await).await;
        assert_eq!(hold(&alice).await.as_deref(), Some("new"));
        let closed = User { disabled_at: Some(NOW), ..alice };
        app.write(async |tx| users::update(tx, &closed).await).await;
        assert_eq!((hold(&closed).await, hold(&samples::user("nobody")).await), (None, None));
    })
    .await;
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    each_database(async |app: TestApp| {
        for name in ["carol", "alice", "eve", "bob", "dave"] {
            add(&app, &samples::user(name)).await;
        }
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let page = app.read(async |conn| users::list(conn, &after, 2).await).await;
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            after = last.username.to_string();
            seen.extend(page.iter().map(|user| user.username.to_string()));
        }
        assert_eq!(seen, ["alice", "bob", "carol", "dave", "eve"]);
    })
    .await;
}

#[tokio::test]
async fn names_are_found_by_their_beginning_alone() {
    each_database(async |app: TestApp| {
        for name in ["al_x", "alex", "alice", "al%x", "al\u{fffd}x", "bob"] {
            add(&app, &samples::user(name)).await;
        }
        let starting = async |start: &str| -> Vec<String> {
            let mut found = app.read(async |c| users::names_starting(c, start, 9).await).await;
            found.sort();
            found.into_iter().map(|name| name.to_string()).collect()
        };
        assert_eq!(starting("al_").await, ["al_x"]);
        assert_eq!(starting("al%").await, ["al%x"]);
        assert_eq!(starting("ali").await, ["alice"]);
        assert_eq!(starting("").await.len(), 6);
        assert_eq!(starting("lice").await, [""; 0]);
        let two = app.read(async |conn| users::names_starting(conn, "al", 2).await).await;
        assert_eq!(two.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_password_is_set_and_its_hash_upgraded() {
    each_database(async |app: TestApp| {
        let alice = samples::user("alice");
        add(&app, &alice).await;
        let hash = async || app.read(async |c| users::password_hash(c, &alice.id).await).await;
        assert_eq!(hash().await, None);
        app.write(async |tx| users::set_password(tx, &alice.id, "first", NOW + 9).await).await;
        assert_eq!(hash().await.as_deref(), Some("first"));
        let found = find(&app, &alice).await.unwrap();
        assert_eq!((found.password_changed_at, found.updated_at), (Some(NOW + 9), NOW + 9));

        app.write(async |tx| users::upgrade_hash(tx, &alice.id, "first", "better").await).await;
        assert_eq!(hash().await.as_deref(), Some("better"));
        // The password was changed while the old one was hashed again: the change stands.
        app.write(async |tx| users::upgrade_hash(tx, &alice.id, "first", "late").await).await;
        assert_eq!(hash().await.as_deref(), Some("better"));
        assert_eq!(find(&app, &alice).await.unwrap().updated_at, NOW + 9);
        let nobody = samples::user("nobody").id;
        assert_eq!(app.read(async |c| users::password_hash(c, &nobody).await).await, None);
    })
    .await;
}

#[tokio::test]
async fn only_administrators_who_can_sign_in_count() {
    each_database(async |app: TestApp| {
        add(&app, &samples::user("alice")).await;
        assert_eq!(app.read(users::count_administrators).await, 0);
        let mut root = samples::user("root");
        root.role = Some(Role::Administrator);
        add(&app, &root).await;
        assert_eq!(app.read(users::count_administrators).await, 1);
        let admin = User { role: Some(Role::Administrator), ..samples::user("admin") };
        add(&app, &admin).await;
        let names = [admin.username.clone(), root.username.clone()];
        assert_eq!(app.read(users::administrators).await, names);
        root.disabled_at = Some(NOW);
        app.write(async |tx| users::update(tx, &root).await).await;
        assert_eq!(app.read(users::administrators).await, names[..1]);
        assert_eq!(app.read(users::count_administrators).await, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_deleted_leaves_nothing_behind() {
    each_database(async |app: TestApp| {
        let alice = complete("alice");
        let id = external("keycloak:corp", "f:1", &alice);
        add(&app, &alice).await;
        app.write(async |tx| external_ids::insert(tx, &id).await).await;
        assert!(app.write(async |tx| users::delete(tx, &alice.id).await).await);
        assert!(!app.write(async |tx| users::delete(tx, &alice.id).await).await);
        assert!(find(&app, &alice).await.is_none());
        let found = app.read(async |c| external_ids::find_user(c, "keycloak:corp", "f:1").await);
        assert_eq!(found.await, None);
    })
    .await;
}

fn external(source: &str, value: &str, user: &User) -> ExternalId {
    let user_id = user.id.clone();
    ExternalId { source: source.to_owned(), value: value.to_owned(), user_id }
}

#[tokio::test]
async fn other_systems_names_lead_to_one_person_each() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (samples::user("alice"), samples::user("bob"));
        add(&app, &alice).await;
        add(&app, &bob).await;
        let add = async |id: ExternalId| {
            app.try_write(async |tx| external_ids::insert(tx, &id).await).await
        };
        add(external("keycloak:corp", "1", &alice)).await.unwrap();
        add(external("okta:corp", "1", &bob)).await.unwrap();
        assert!(is_taken(&add(external("okta:corp", "1", &alice)).await.unwrap_err()));
        assert!(!is_taken(&add(external("x", "1", &samples::user("nobody"))).await.unwrap_err()));

        let value = async |source, user: &User| {
            app.read(async |c| external_ids::value_of(c, source, &user.id).await).await
        };
        assert_eq!(value("keycloak:corp", &alice).await.as_deref(), Some("1"));
        assert_eq!(value("keycloak:corp", &bob).await, None);
        let whom =
            async |source| app.read(async |c| external_ids::find_user(c, source, "1").await).await;
        assert_eq!(whom("okta:corp").await, Some(bob.id.clone()));
        assert_eq!(whom("elsewhere").await, None);
        let without =
            async |source| app.read(async |c| external_ids::count_without(c, source).await).await;
        assert_eq!((without("okta:corp").await, without("elsewhere").await), (1, 2));
        let of =
            async |user: &User| app.read(async |c| external_ids::of_user(c, &user.id).await).await;
        assert_eq!(of(&alice).await, [external("keycloak:corp", "1", &alice)]);
        app.write(async |tx| external_ids::delete_of(tx, "okta:corp", &bob.id).await).await;
        app.write(async |tx| external_ids::delete_of(tx, "okta:corp", &alice.id).await).await;
        assert!(of(&bob).await.is_empty() && of(&alice).await.len() == 1);
        // Two names from one system: always the same one of them.
        add(external("keycloak:corp", "0", &alice)).await.unwrap();
        assert_eq!(value("keycloak:corp", &alice).await.as_deref(), Some("0"));
    })
    .await;
}

#[tokio::test]
async fn a_name_is_data_and_never_a_statement() {
    each_database(async |app: TestApp| {
        let mut user = samples::user("alice");
        user.username = Username::parse("a';drop-table-users;--").unwrap();
        user.display_name = Some("$1 ? %s :name @p".to_owned());
        add(&app, &user).await;
        assert_same(&find(&app, &user).await, &Some(user));
    })
    .await;
}

#[tokio::test]
async fn all_names_of_a_person_come_back_and_go_one_by_one() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (samples::user("alice"), samples::user("bob"));
        add(&app, &alice).await;
        add(&app, &bob).await;
        let ids = [
            external("keycloak:corp", "1", &alice),
            external("keycloak:corp", "2", &bob),
            external("okta:corp", "1", &alice),
        ];
        for id in ids.iter().rev() {
            app.write(async |tx| external_ids::insert(tx, id).await).await;
        }
        assert_eq!(app.read(external_ids::all).await, ids);
        let of_alice = async || app.read(async |c| external_ids::of_user(c, &alice.id).await).await;
        assert_eq!(of_alice().await, [ids[0].clone(), ids[2].clone()]);
        let bobs = ExternalId { user_id: bob.id.clone(), ..ids[0].clone() };
        assert!(!app.write(async |tx| external_ids::delete(tx, &bobs).await).await);
        assert!(app.write(async |tx| external_ids::delete(tx, &ids[0]).await).await);
        assert_eq!(of_alice().await, [ids[2].clone()]);
    })
    .await;
}
