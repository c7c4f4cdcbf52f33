//! A backup that is taken while everybody writes shows one moment.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use keystead::store::dump::Overwrite;
use keystead::store::{Db, groups, users};

use super::{Folder, restored};
use crate::harness::{Database, each_database, samples};

async fn counted(db: &Db) -> (i64, i64) {
    let counted = db.count_rows().await.unwrap();
    let rows = |table: &str| counted.iter().find(|(name, _)| name == table).unwrap().1;
    (rows("users"), rows("groups"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_together_is_in_it_together_or_not_at_all() {
    each_database(async |app| {
        let (stop, next) = (AtomicBool::new(false), AtomicI64::new(0));
        let folder = Folder::new();
        // Each writes a user and a group at once.
        let write = async || {
            while !stop.load(Ordering::Relaxed) {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let (user, mut group) =
                    (samples::user(&format!("user-{n}")), samples::group(&format!("group-{n}")));
                group.id = app.random.group_id();
                app.write(async |tx| {
                    users::insert(tx, &user, None).await?;
                    tokio::task::yield_now().await;
                    groups::insert(tx, &group).await
                })
                .await;
                tokio::task::yield_now().await;
            }
        };
        let back_up = async {
            while next.load(Ordering::Relaxed) < 20 {
                tokio::task::yield_now().await;
            }
            for n in 0..3 {
                app.db.dump(&folder.file(&format!("{n}.db"))).await.unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        };
        tokio::join!(write(), write(), write(), back_up);
        let written = counted(&app.db).await.0;
        let mut before = 0;
        for n in 0..3 {
            let target = Database::sqlite();
            let file = folder.file(&format!("{n}.db"));
            restored(&app, &file, &target.url(), Overwrite::No).await.unwrap();
            let there = app.elsewhere(&target.url()).await;
            let (users, groups) = counted(&there.db).await;
            assert_eq!(users, groups - 1, "`everyone` is there from the beginning");
            assert!(users >= before && users <= written, "{before} {users} {written}");
            before = users;
            there.db.close().await;
            target.remove().await;
        }
        assert!(before >= 17);
    })
    .await;
}
