//! A fresh database for each story, gone after it.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::TestApp;

/// An empty database.
pub enum Database {
    /// A file in a folder of its own.
    Sqlite(PathBuf),
    /// A schema of its own in the database `server` names.
    Postgres { server: String, schema: String },
}

/// Tells a story on SQLite, and on PostgreSQL too where `TEST_POSTGRES_URL` names one.
pub async fn each_database(story: impl AsyncFn(TestApp)) {
    for database in Database::each().await {
        let app = TestApp::open(&database.url()).await;
        let db = app.db.clone();
        let outcome = AssertUnwindSafe(story(app)).catch_unwind().await;
        if let Err(panic) = outcome {
            eprintln!("the story failed on {}", database.name());
            database.remove().await;
            resume_unwind(panic);
        }
        db.close().await;
        database.remove().await;
    }
}

impl Database {
    /// One of each kind there is.
    pub async fn each() -> Vec<Database> {
        let mut all = vec![Database::sqlite()];
        if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
            all.push(Database::postgres(server).await);
        }
        all
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self, Database::Sqlite(_))
    }

    /// A folder for a file that is not there yet.
    pub fn sqlite() -> Database {
        Database::Sqlite(fresh_folder())
    }

    async fn postgres(server: String) -> Database {
        let schema = unique_name();
        execute(&server, &format!("create schema {schema}")).await;
        Database::Postgres { server, schema }
    }

    /// The `database_url` setting.
    pub fn url(&self) -> String {
        match self {
            Database::Sqlite(folder) => format!("sqlite://{}/keystead.db", folder.display()),
            Database::Postgres { server, schema } => {
                let mark = if server.contains('?') { '&' } else { '?' };
                format!("{server}{mark}options=-csearch_path%3D{schema}")
            }
        }
    }

    /// What a failed story is told on.
    pub fn name(&self) -> &'static str {
        match self {
            Database::Sqlite(_) => "SQLite",
            Database::Postgres { .. } => "PostgreSQL",
        }
    }

    /// Changes it behind Keystead's back.
    pub async fn tamper(&self, statement: &'static str) {
        TestApp::sql_at(&self.url(), statement).await;
    }

    /// Deletes everything.
    pub async fn remove(self) {
        match self {
            Database::Sqlite(folder) => std::fs::remove_dir_all(folder).unwrap(),
            Database::Postgres { server, schema } => {
                execute(&server, &format!("drop schema {schema} cascade")).await;
                std::fs::remove_dir_all(std::env::temp_dir().join(schema)).ok();
            }
        }
    }
}

/// The folder of an application on this database: that of the file, or one called like the schema.
pub fn data_dir(url: &str) -> PathBuf {
    match url.strip_prefix("sqlite://") {
        Some(file) => PathBuf::from(file).parent().unwrap().to_owned(),
        None => std::env::temp_dir().join(url.rsplit("%3D").next().unwrap()),
    }
}

/// Runs a statement on a PostgreSQL.
pub async fn execute(server: &str, statement: &str) {
    let mut conn = PgConnection::connect(server).await.expect("TEST_POSTGRES_URL answers");
    conn.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    conn.close().await.unwrap();
}

/// A folder of its own; one that a killed run of the same process number left behind is passed over.
pub fn fresh_folder() -> PathBuf {
    loop {
        let folder = std::env::temp_dir().join(unique_name());
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => {
                made.unwrap();
                return folder;
            }
        }
    }
}

fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("keystead_it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
