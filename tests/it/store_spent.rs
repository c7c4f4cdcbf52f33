//! What works once: of any number of callers on two nodes, one gets it.

use futures_util::future::join_all;
use keystead::domain::Once;
use keystead::store::spent;

use crate::harness::samples::NOW;
use crate::harness::{TestApp, each_database};

#[tokio::test]
async fn of_fifty_on_two_nodes_one_spends_it() {
    each_database(async |app: TestApp| {
        let nodes = [app.db.clone(), app.another_node().await.db.clone()];
        let race = (0..50).map(async |n: usize| {
            let mut tx = nodes[n % 2].write().await.unwrap();
            let won = spent::spend(&mut tx, (Once::PushedRequest, "a"), NOW).await.unwrap();
            tx.commit().await.unwrap();
            won
        });
        assert_eq!(join_all(race).await.into_iter().filter(|won| *won).count(), 1);
        nodes[1].close().await;
    })
    .await;
}

#[tokio::test]
async fn it_is_remembered_until_its_end() {
    each_database(async |app: TestApp| {
        let once = (Once::PushedRequest, "a");
        let is_spent = async || app.read(async |conn| spent::is_spent(conn, once).await).await;
        assert!(!is_spent().await);
        assert!(app.write(async |tx| spent::spend(tx, once, NOW).await).await);
        assert!(is_spent().await);
        assert_eq!(app.write(async |tx| spent::sweep(tx, NOW).await).await, 0);
        assert!(is_spent().await);
        assert_eq!(app.write(async |tx| spent::sweep(tx, NOW + 1).await).await, 1);
        assert!(!is_spent().await);
    })
    .await;
}
