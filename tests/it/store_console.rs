//! What the console adds to the database: owners, the words people are found by, its lists.

use keystead::store::client_owners;

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
