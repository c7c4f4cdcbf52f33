//! Backups that servers make by themselves: in time, by one of them, and not too many.

use keystead::app::AppState;
use keystead::clock::Clock;
use keystead::directory::backup;
use keystead::domain::{HOUR, MINUTE};
use std::sync::atomic::Ordering;

use super::ACTOR;
use crate::harness::each_database;

fn wait(nodes: &[&AppState], seconds: i64) {
    for node in nodes {
        if let Clock::Manual(now) = &node.clock {
            now.fetch_add(seconds * 1000, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn one_node_makes_one_in_time_and_deletes_those_that_are_too_many() {
    each_database(async |app| {
        let settings = [("KEYSTEAD_BACKUP__EVERY_HOURS", "6"), ("KEYSTEAD_BACKUP__KEEP", "2")];
        let (one, other) =
            (app.another_node_with(&settings).await, app.another_node_with(&settings).await);
        assert!(backup::advance(&app).await.unwrap().is_none(), "off unless asked for");
        let asked = backup::make(&app, &ACTOR).await.unwrap();
        assert!(backup::advance(&one).await.unwrap().is_some());
        assert!(backup::advance(&other).await.unwrap().is_none(), "the first did it");
        wait(&[&one, &other], 6 * HOUR - 5);
        assert!(backup::advance(&other).await.unwrap().is_none(), "too early");
        wait(&[&one, &other], 10);
        assert!(backup::advance(&other).await.unwrap().is_some());
        assert!(backup::advance(&one).await.unwrap().is_none());
        wait(&[&one, &other], 6 * HOUR + 1);
        assert!(backup::advance(&one).await.unwrap().is_some());
        let all = backup::list(&app.config).unwrap();
        let scheduled = all.iter().filter(|kept| kept.name.ends_with("-scheduled.db")).count();
        assert_eq!((all.len(), scheduled), (3, 2), "{all:?}");
        assert!(asked.path.exists(), "what somebody asked for stays");
        let last = backup::last(&app).await.unwrap().unwrap();
        assert!(last.file.ends_with("-scheduled.db") && last.verified.is_none(), "{last:?}");
    })
    .await;
}

#[tokio::test]
async fn what_a_node_could_not_do_is_tried_again_a_quarter_of_an_hour_later() {
    each_database(async |app| {
        let blocked = app.config.data_dir.join("a-file");
        std::fs::create_dir_all(&app.config.data_dir).unwrap();
        std::fs::write(&blocked, "").unwrap();
        let every = ("KEYSTEAD_BACKUP__EVERY_HOURS", "24");
        let broken = [every, ("KEYSTEAD_DATA_DIR", blocked.to_str().unwrap())];
        let broken = app.another_node_with(&broken).await;
        let sound = app.another_node_with(&[every]).await;
        let told = backup::advance(&broken).await.unwrap_err().to_string();
        assert!(told.contains("a-file/backups cannot be written"), "{told}");
        assert!(backup::advance(&sound).await.unwrap().is_none(), "the other one is at it");
        wait(&[&broken, &sound], 15 * MINUTE);
        assert!(backup::advance(&sound).await.unwrap().is_some());
    })
    .await;
}
