//! Opening the database: what is in the way is said in one sentence, and nothing is half-written.

use std::fs;
use std::os::unix::fs::MetadataExt;

use futures_util::future::join_all;
use keystead::store::{Db, users};

use crate::harness::{Database, TestApp, each_database, samples};

/// The sentence with which a database is refused.
async fn refused(url: &str) -> String {
    match Db::open(url, 2).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    for database in Database::each().await {
        for people in 0..3 {
            let db = Db::open(&database.url(), 2).await.unwrap();
            assert_eq!(users::count(&mut db.read().await.unwrap()).await.unwrap(), people);
            let mut tx = db.write().await.unwrap();
            let user = samples::user(&format!("user-{people}"));
            users::insert(&mut tx, &user, None).await.unwrap();
            tx.commit().await.unwrap();
            db.close().await;
        }
        database.remove().await;
    }
}

#[tokio::test]
async fn processes_that_start_together_on_a_fresh_database_all_come_up() {
    for database in Database::each().await {
        let url = database.url();
        for started in join_all((0..6).map(|_| Db::open(&url, 2))).await {
            started.unwrap_or_else(|e| panic!("{}: {e}", database.name())).close().await;
        }
        database.remove().await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    for database in Database::each().await {
        Db::open(&database.url(), 2).await.unwrap().close().await;
        database
            .tamper(
                "insert into _sqlx_migrations (version, description, success, checksum,
                 execution_time) values (99990101000000, 'of tomorrow', true, '', 0)",
            )
            .await;
        assert_eq!(
            refused(&database.url()).await,
            "the database was written by a newer Keystead (migration 99990101000000); run that \
             version, or restore a backup from before the upgrade"
        );
        database.remove().await;
    }
}

#[tokio::test]
async fn a_failed_migration_changes_nothing() {
    for database in Database::each().await {
        Db::open(&database.url(), 2).await.unwrap().close().await;
        // The first migration is to be applied again, and meets tables that are there already.
        database.tamper("delete from _sqlx_migrations").await;
        database.tamper("alter table users rename to people").await;
        let told = refused(&database.url()).await;
        assert!(told.starts_with("the database could not be brought up to date: "), "{told}");
        assert!(told.ends_with("; nothing was changed"), "{told}");
        // Had it kept the part that worked, there would be a new `users` by now.
        database.tamper("alter table people rename to users").await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_sqlite_database_is_copied_before_it_is_migrated() {
    let database = Database::sqlite();
    let Database::Sqlite(folder) = &database else { return };
    let db = Db::open(&database.url(), 2).await.unwrap();
    let mut tx = db.write().await.unwrap();
    users::insert(&mut tx, &samples::user("alice"), None).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    database.tamper("update _sqlx_migrations set version = -version").await;
    refused(&database.url()).await;

    let copy = folder.join("keystead.before-0.db");
    assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o600);
    fs::rename(copy, folder.join("keystead.db")).unwrap();
    database.tamper("update _sqlx_migrations set version = -version").await;
    let db = Db::open(&database.url(), 2).await.unwrap();
    assert_eq!(users::count(&mut db.read().await.unwrap()).await.unwrap(), 1);
    db.close().await;
    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().starts_with("keystead.db")), "{left:?}");
    database.remove().await;
}

#[tokio::test]
async fn a_file_may_have_a_name_that_means_something_in_an_address() {
    let database = Database::sqlite();
    let Database::Sqlite(folder) = &database else { return };
    let url = format!("sqlite://{}/what%3F.db", folder.display());
    Db::open(&url, 2).await.unwrap().close().await;
    assert!(folder.join("what?.db").exists());
    database.remove().await;
}

#[tokio::test]
async fn files_that_are_no_database_of_ours_are_refused_and_left_alone() {
    let database = Database::sqlite();
    let Database::Sqlite(folder) = &database else { return };
    let file = folder.join("keystead.db");
    fs::write(&file, "not a database, though quite long enough to hold a header of one".repeat(9))
        .unwrap();
    let before = fs::read(&file).unwrap();
    for url in [
        database.url(),
        format!("sqlite://{}/missing/keystead.db", folder.display()),
        format!("sqlite://{}", folder.display()),
    ] {
        let told = refused(&url).await;
        let path = url.strip_prefix("sqlite://").unwrap();
        assert!(told.starts_with(&format!("the database file {path} cannot be opened: ")));
        assert!(told.ends_with("and that the file is a SQLite database"), "{told}");
    }
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    database.remove().await;
}

#[tokio::test]
async fn no_password_is_told_with_an_address_that_fails() {
    for (url, said) in [
        (
            "postgres://keystead:hunter2@127.0.0.1:1/keystead",
            "at 127.0.0.1:1 cannot be reached: Connection refused",
        ),
        ("postgres://keystead:hunter2@127.0.0.1:hunter2/keystead", "database_url cannot be read"),
        ("postgres://h/d?sslmode=loud&password=hunter2", "database_url cannot be read"),
    ] {
        let told = refused(url).await;
        assert!(told.contains(said), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[tokio::test]
async fn connections_to_postgresql_keep_the_search_path_and_have_time_limits() {
    each_database(async |app: TestApp| {
        let Db::Postgres(pool) = &app.db else { return };
        for (name, value) in [
            ("application_name", "keystead"),
            ("statement_timeout", "10s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
        ] {
            let found: (String,) = sqlx::query_as("select current_setting($1)")
                .bind(name)
                .fetch_one(pool)
                .await
                .unwrap();
            assert_eq!(found.0, value, "{name}");
        }
        let sql = "select current_schema() from users";
        app.write(async |tx| users::insert(tx, &samples::user("alice"), None).await).await;
        let found: (String,) = sqlx::query_as(sql).fetch_one(pool).await.unwrap();
        assert!(found.0.starts_with("keystead_it_"), "{}", found.0);
    })
    .await;
}
