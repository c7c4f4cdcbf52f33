//! Everything goes over to another database, compared table by table.

use keystead::config::DatabaseUrl;
use keystead::directory::{backup, declared};
use keystead::store::dump::Overwrite;
use keystead::store::events::{self, Filter};

use super::{ACTOR, Folder, targets};
use crate::cli::each_shell;
use crate::harness::{Scene, TestApp, each_database, http};

fn address(url: &str) -> DatabaseUrl {
    DatabaseUrl::read(url).unwrap()
}

#[tokio::test]
async fn everything_goes_over_and_what_was_there_stays() {
    each_database(async |app: TestApp| {
        let mut scene = Scene::new(&app).await;
        let tokens = scene.tokens(&[]).await;
        let before = declared::yaml(&declared::export(&app).await.unwrap()).unwrap();
        for target in targets().await {
            let (from, to) = (address(app.url()), address(&target.url()));
            let moved = backup::carry(&app, &ACTOR, (&from, &to), Overwrite::No).await.unwrap();
            let rows = |name: &str| moved.tables.iter().find(|(table, _)| table == name).unwrap().1;
            assert_eq!((rows("users"), rows("clients"), rows("signing_keys")), (1, 1, 3));
            assert_eq!(moved.filled.tables.is_empty(), target.is_file());
            let there = app.elsewhere(&target.url()).await;
            let after = declared::yaml(&declared::export(&there).await.unwrap()).unwrap();
            assert_eq!(after, before);
            scene.party.app = there.app.clone();
            assert_eq!(scene.party.userinfo(tokens.get("access_token")).await.status, 200);
            let filter = Filter { kind: Some("database.moved".into()), ..Filter::default() };
            let log = there.read(async |c| events::list(c, &filter, None, 5).await).await;
            assert_eq!(log.len(), 1);
            let told = keystead::explain::sentence::event(&log[0]);
            assert!(told.starts_with("command line moved everything from "), "{told}");
            scene.party.app = app.app.clone();
            there.db.close().await;
            drop(there);
            http::forget();
            let again = backup::carry(&app, &ACTOR, (&from, &to), Overwrite::No).await;
            assert!(again.unwrap_err().to_string().contains("holds data already"));
            target.remove().await;
        }
        let filter = Filter { kind: Some("database.moved".into()), ..Filter::default() };
        let here = app.read(async |c| events::list(c, &filter, None, 5).await).await;
        assert!(here.is_empty(), "nothing was changed here");
    })
    .await;
}

#[tokio::test]
async fn a_value_that_the_other_database_cannot_hold_stops_the_move() {
    each_database(async |app: TestApp| {
        if !app.url().starts_with("sqlite:") {
            return;
        }
        app.user("alice").await;
        TestApp::sql_at(app.url(), "update users set display_name = 'a' || char(0) || 'b'").await;
        for target in targets().await.into_iter().filter(|target| !target.is_file()) {
            let (from, to) = (address(app.url()), address(&target.url()));
            let moved = backup::carry(&app, &ACTOR, (&from, &to), Overwrite::No).await;
            let told = moved.unwrap_err().to_string();
            assert!(told.starts_with("the table users cannot be copied: "), "{told}");
            assert!(told.ends_with("; nothing was changed"), "{told}");
            TestApp::sql_at(app.url(), "update users set display_name = 'a'").await;
            backup::carry(&app, &ACTOR, (&from, &to), Overwrite::No).await.unwrap();
            target.remove().await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_command_prints_a_plan_and_what_to_do_next() {
    each_shell(|shell| {
        let folder = Folder::new();
        let to = format!("sqlite://{}", folder.file("new.db").display());
        shell.done("user create root --admin");
        let plan = shell.done(&format!("database move --to {to} --dry-run"));
        assert!(plan.contains("users") && plan.contains("which is empty."), "{plan}");
        assert!(folder.names().is_empty(), "{:?}", folder.names());
        let moved = shell.done(&format!("database move --to {to}"));
        assert!(
            moved.contains("all are the same there") && moved.contains("Next: set database_url")
        );
        assert_eq!(folder.names(), ["new.db"]);
        let list = shell.done(&format!("--database-url {to} user list"));
        assert!(list.contains("root"), "{list}");
        let events = shell.done(&format!("--database-url {to} event list"));
        assert!(events.contains("moved everything from"), "{events}");
        let again = shell.run(&format!("database move --to {to}"));
        assert_eq!(again.code, 1);
        assert!(again.err.contains("holds data already; repeat with --force"), "{}", again.err);
        let forced = shell.run(&format!("database move --to {to} --force"));
        assert_eq!(forced.code, 0, "{}", forced.err);
        assert!(forced.err.contains("What was there before is in"), "{}", forced.err);
        let odd = shell.run("database move --to mysql://u:hunter2@h/d");
        assert_eq!(odd.code, 1);
        assert!(odd.err.contains("neither SQLite nor PostgreSQL"), "{}", odd.err);
        assert!(!odd.err.contains("hunter2"), "{}", odd.err);
    })
    .await;
}
