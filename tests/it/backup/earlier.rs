//! A backup of an earlier version is brought up to date, and one of a later version refused.

use std::path::Path;

use keystead::directory::backup;
use keystead::store::dump::Overwrite;
use keystead::store::users;
use sqlx::migrate::Migrator;

use super::{Folder, made, restored, targets};
use crate::harness::{TestApp, each_database};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// A file as the version that had these migrations left it, with one user in it.
fn of_version(file: &Path, version: i64) {
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute_batch(
        "create table _sqlx_migrations (version bigint primary key, description text not null,
         installed_on timestamp not null default current_timestamp, success boolean not null,
         checksum blob not null, execution_time bigint not null)",
    )
    .unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| migration.version <= version) {
        conn.execute_batch(migration.sql.as_str()).unwrap();
        conn.execute(
            "insert into _sqlx_migrations (version, description, success, checksum,
             execution_time) values (?1, ?2, true, ?3, 0)",
            (migration.version, &migration.description, &migration.checksum),
        )
        .unwrap();
    }
    conn.execute_batch(
        "insert into users (id, username, email_verified, profile, created_at, updated_at)
         values ('1', 'veteran', false, '{}', 1, 1)",
    )
    .unwrap();
}

#[tokio::test]
async fn a_backup_of_any_earlier_version_is_brought_up_to_date() {
    each_database(async |app: TestApp| {
        let folder = Folder::new();
        for version in MIGRATIONS.iter().map(|migration| migration.version) {
            let file = folder.file(&format!("{version}.db"));
            of_version(&file, version);
            if !app.url().starts_with("sqlite:") {
                // It has nothing to do with the database here.
                continue;
            }
            let before = std::fs::read(&file).unwrap();
            let report = backup::verify(&app.config, &file).await.unwrap();
            assert!(report.passed(), "{report:?}");
            let last = MIGRATIONS.iter().all(|migration| migration.version <= version);
            assert_eq!(report.findings[0].message.contains("earlier version"), !last);
            assert_eq!(std::fs::read(&file).unwrap(), before, "the file itself stays");
        }
        for target in targets().await {
            let file = folder.file("1.db");
            restored(&app, &file, &target.url(), Overwrite::No).await.unwrap();
            let there = app.elsewhere(&target.url()).await;
            assert_eq!(there.read(users::count).await, 1);
            there.db.close().await;
            target.remove().await;
        }
        let left = folder.names().len();
        assert_eq!(left, MIGRATIONS.iter().count(), "nothing beside them: {:?}", folder.names());
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_a_later_version_is_refused() {
    each_database(async |app: TestApp| {
        let folder = Folder::new();
        let file = folder.file("tomorrow.db");
        made(&app, &file).await;
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.execute_batch(
            "insert into _sqlx_migrations (version, description, success, checksum,
             execution_time) values (9999, 'of tomorrow', true, '', 0)",
        )
        .unwrap();
        drop(conn);
        let told = backup::verify(&app.config, &file).await.unwrap_err().to_string();
        assert!(told.ends_with(
            "was made by a newer Keystead (migration 9999); use that version, or take an older \
             backup"
        ));
    })
    .await;
}
