//! Transactions: kept whole or not at all, whoever fails, goes away or races.

use std::time::Duration;

use futures_util::future::join_all;
use keystead::domain::User;
use keystead::store::{self, Db, is_taken, users};
use tokio::time::timeout;

use crate::harness::samples;
use crate::harness::{TestApp, each_database};

const SOON: Duration = Duration::from_secs(3);

async fn add(db: &Db, user: &User) -> store::Result<()> {
    let mut tx = db.write().await?;
    users::insert(&mut tx, user, None).await?;
    tx.commit().await
}

fn numbered(n: usize) -> User {
    samples::user(&format!("user-{n:03}"))
}

/// Everybody's number, as a process that starts now finds them.
async fn kept(app: &TestApp) -> Vec<usize> {
    let node = app.another_node().await;
    let all = users::list(&mut node.db.read().await.unwrap(), "", 1000).await.unwrap();
    node.db.close().await;
    all.iter().map(|user| user.username.as_str()[5..].parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_writers_at_once_are_all_kept() {
    each_database(async |app: TestApp| {
        let writers = (0..200).map(|n| {
            let db = app.db.clone();
            tokio::spawn(async move { add(&db, &numbered(n)).await })
        });
        for written in join_all(writers).await {
            written.unwrap().unwrap();
        }
        assert_eq!(kept(&app).await, (0..200).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_fails_disturbs_no_other() {
    each_database(async |app: TestApp| {
        add(&app.db, &numbered(1)).await.unwrap();
        let writers = (0..120).map(|n| {
            let db = app.db.clone();
            tokio::spawn(async move {
                let mut tx = db.write().await?;
                users::insert(&mut tx, &numbered(1000 + n), None).await?;
                match n % 4 {
                    0 => drop(tx),
                    1 => users::insert(&mut tx, &numbered(1), None).await?,
                    2 => panic!("a handler went wrong"),
                    _ => tx.commit().await?,
                }
                store::Result::Ok(())
            })
        });
        for (n, outcome) in join_all(writers).await.into_iter().enumerate() {
            match n % 4 {
                1 => assert!(is_taken(&outcome.unwrap().unwrap_err())),
                2 => assert!(outcome.unwrap_err().is_panic()),
                _ => outcome.unwrap().unwrap(),
            }
        }
        let expected = [1].into_iter().chain((1000..1120).filter(|n| n % 4 == 3));
        assert_eq!(kept(&app).await, expected.collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_goes_away_leaves_the_queue_in_order() {
    each_database(async |app: TestApp| {
        // Each caller goes away a little later than the one before, in the middle of something.
        let writers = (0..150).map(|n| {
            let db = app.db.clone();
            let patience = Duration::from_micros(40 * n as u64);
            tokio::spawn(async move { timeout(patience, add(&db, &numbered(n))).await })
        });
        let outcomes = join_all(writers).await;
        timeout(SOON, add(&app.db, &numbered(999))).await.expect("the queue moves on").unwrap();
        let kept = kept(&app).await;
        assert!(kept.contains(&999));
        for (n, outcome) in outcomes.into_iter().enumerate() {
            if let Ok(written) = outcome.unwrap() {
                written.unwrap();
                assert!(kept.contains(&n), "writer {n} was told it is done");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_writer_that_goes_away_while_it_waits_for_another_process_blocks_nobody() {
    each_database(async |app: TestApp| {
        let node = app.another_node().await;
        let busy = node.db.write().await.unwrap();
        timeout(Duration::from_millis(20), app.db.write()).await.map(drop).ok();
        drop(busy);
        // Time for SQLite to serve whoever still waits for the file.
        tokio::time::sleep(Duration::from_millis(200)).await;
        for db in [&node.db, &app.db, &node.db] {
            let written = timeout(SOON, db.write()).await.expect("nobody is in the way");
            written.unwrap().commit().await.unwrap();
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_never_was() {
    each_database(async |app: TestApp| {
        let mut tx = app.db.write().await.unwrap();
        users::insert(&mut tx, &numbered(1), None).await.unwrap();
        assert_eq!(users::count(&mut tx).await.unwrap(), 1);
        assert_eq!(app.read(users::count).await, 0);
        drop(tx);
        add(&app.db, &numbered(2)).await.unwrap();
        assert_eq!(kept(&app).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_in_which_a_statement_failed_keeps_nothing() {
    each_database(async |app: TestApp| {
        add(&app.db, &numbered(1)).await.unwrap();
        let mut tx = app.db.write().await.unwrap();
        users::insert(&mut tx, &numbered(2), None).await.unwrap();
        users::insert(&mut tx, &numbered(1), None).await.unwrap_err();
        let told = tx.commit().await.unwrap_err().to_string();
        assert!(told.contains("nothing of it was kept"), "{told}");
        assert_eq!(kept(&app).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_done_before_the_group_is_kept() {
    each_database(async |app: TestApp| {
        let Db::Sqlite { .. } = &app.db else { return };
        let mut first = app.db.write().await.unwrap();
        users::insert(&mut first, &numbered(1), None).await.unwrap();
        // The second waits in the queue while the first commits, and so joins its group.
        let second = async {
            let mut tx = app.db.write().await.unwrap();
            users::insert(&mut tx, &numbered(2), None).await.unwrap();
            assert_eq!(app.read(users::count).await, 0);
            tx
        };
        let (mut second, mut first) = (Box::pin(second), Box::pin(first.commit()));
        assert!(timeout(Duration::ZERO, &mut second).await.is_err());
        let second = tokio::select! {
            biased;
            _ = &mut first => panic!("the first was told before the second had its turn"),
            tx = second => tx,
        };
        assert!(timeout(Duration::from_millis(20), &mut first).await.is_err());
        second.commit().await.unwrap();
        first.await.unwrap();
        assert_eq!(app.read(users::count).await, 2);
    })
    .await;
}
