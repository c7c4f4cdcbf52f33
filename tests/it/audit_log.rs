//! The audit log shows when it was changed by other means than the product.

use keystead::domain::Selector;
use keystead::explain::chain::{self, Verdict};
use keystead::jobs;
use keystead::store::events;

use crate::harness::{Browser, TestApp, each_database};

/// A few lines of the audit log, all chained.
async fn log_of(app: &TestApp, lines: usize) {
    app.user("alice").await;
    for _ in 0..lines {
        app.wait(1);
        Browser::new(&app.app).sign_in("alice").await;
    }
    app.wait(120);
    chain::extend(app).await.unwrap();
}

#[tokio::test]
async fn the_audit_log_notices_what_was_changed_below_it() {
    each_database(async |app| {
        log_of(&app, 5).await;
        assert_eq!(chain::verify(&app).await.unwrap(), Verdict::Intact { lines: 5 });
        let lines = app.read(async |conn| events::chained(conn, Selector(0), 10).await).await;
        let ids: Vec<i64> = lines.iter().map(|(line, _)| line.id.0).collect();
        for (what, id, undo) in [
            ("address = '192.0.2.1'", ids[2], "address = '198.51.100.7'"),
            ("actor = 'mallory'", ids[0], "actor = 'alice'"),
            ("failed = true", ids[4], "failed = false"),
        ] {
            app.sql(&format!("update events set {what} where id = {id}")).await;
            let found = chain::verify(&app).await.unwrap();
            assert!(matches!(found, Verdict::Broken { .. }), "{what}: {found:?}");
            app.sql(&format!("update events set {undo} where id = {id}")).await;
            assert_eq!(chain::verify(&app).await.unwrap(), Verdict::Intact { lines: 5 });
        }
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_notices_what_was_removed_below_it() {
    for which in ["id = (select max(id) from events)", "id = (select min(id) from events)", "true"]
    {
        each_database(async |app| {
            log_of(&app, 3).await;
            app.sql(&format!("delete from events where {which}")).await;
            let found = chain::verify(&app).await.unwrap();
            assert!(matches!(found, Verdict::Broken { .. }), "{which}: {found:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_deleted_by_age_leaves_the_audit_log_whole() {
    each_database(async |app| {
        log_of(&app, 3).await;
        let keep = i64::try_from(app.config.events.keep.as_secs()).unwrap();
        app.wait(keep);
        for _ in 0..2 {
            Browser::new(&app.app).sign_in("alice").await;
        }
        app.wait(120);
        chain::extend(&app).await.unwrap();
        assert_eq!(chain::verify(&app).await.unwrap(), Verdict::Intact { lines: 5 });
        jobs::sweep(&app).await.unwrap();
        assert_eq!(chain::verify(&app).await.unwrap(), Verdict::Intact { lines: 2 });
        app.wait(keep + 1);
        jobs::sweep(&app).await.unwrap();
        assert_eq!(chain::verify(&app).await.unwrap(), Verdict::Intact { lines: 0 });
    })
    .await;
}
