//! How passwords are kept, and that the same one may be typed in different ways.

use keystead::app::AppState;
use keystead::directory::credentials;
use keystead::domain::{Actor, Secret, Username};
use keystead::store::users;

use crate::harness::{Browser, PASSWORD, TestApp, each_database};

async fn stored_hash(app: &TestApp, name: &str) -> String {
    let name = Username::parse(name).unwrap();
    let found = app.read(async |conn| {
        let user = users::find_by_username(conn, &name).await?.unwrap();
        users::password_hash(conn, &user.id).await
    });
    found.await.unwrap()
}

async fn works(app: &AppState, name: &str, password: &str) -> bool {
    let mut browser = Browser::new(app);
    let page = browser.get("/login").await;
    browser.log_in(&page, name, password).await.has("current-user")
}

#[tokio::test]
async fn a_hash_made_with_other_parameters_is_replaced_at_the_next_sign_in() {
    each_database(async |app| {
        app.user("alice").await;
        let before = stored_hash(&app, "alice").await;
        assert!(before.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{before}");
        let stronger =
            [("KEYSTEAD_PASSWORD__MEMORY_KIB", "16"), ("KEYSTEAD_PASSWORD__ITERATIONS", "2")];
        let node = app.another_node_with(&stronger).await;
        assert!(!works(&node, "alice", "wrong").await);
        assert_eq!(stored_hash(&app, "alice").await, before, "only the right password tells");
        assert!(works(&node, "alice", PASSWORD).await);
        let after = stored_hash(&app, "alice").await;
        assert!(after.starts_with("$argon2id$v=19$m=16,t=2,p=1$"), "{after}");
        assert!(works(&node, "alice", PASSWORD).await);
        assert_eq!(stored_hash(&app, "alice").await, after);
        assert!(works(&app.app, "alice", PASSWORD).await, "the former node reads it, too");
    })
    .await;
}

#[tokio::test]
async fn a_password_is_the_same_on_every_keyboard_and_nothing_else_is() {
    each_database(async |app| {
        app.user("alice").await;
        let (composed, decomposed) =
            ("caf\u{e9} au lait \u{c5}ngstr\u{f6}m", "cafe\u{301} au lait A\u{30a}ngstro\u{308}m");
        let actor = Actor::CommandLine;
        for (set, typed) in [(composed, decomposed), (decomposed, composed)] {
            let secret = Secret::sent(set);
            credentials::set_password(&app.app, &actor, "alice", &secret).await.unwrap();
            assert!(works(&app.app, "alice", set).await);
            assert!(works(&app.app, "alice", typed).await);
            for other in ["cafe au lait Angstrom", &set.to_uppercase(), &format!("{set} ")] {
                assert!(!works(&app.app, "alice", other).await, "{other}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_password_of_two_people_has_two_hashes() {
    each_database(async |app| {
        app.user("alice").await;
        app.user("bob").await;
        assert_ne!(stored_hash(&app, "alice").await, stored_hash(&app, "bob").await);
    })
    .await;
}

#[tokio::test]
async fn one_person_signs_in_by_any_spelling_of_their_name() {
    each_database(async |app| {
        app.user("alice").await;
        for name in
            ["alice", "Alice", " ALICE ", "ａlice", "alice@example.com", "Alice@Example.COM"]
        {
            assert!(works(&app.app, name, PASSWORD).await, "{name}");
        }
    })
    .await;
}
