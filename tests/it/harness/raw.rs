//! The database as somebody sees it who got hold of it: every byte, and any statement.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::TestApp;
use super::database::execute;

impl TestApp {
    /// Changes the database behind Keystead's back.
    pub async fn sql(&self, statement: &str) {
        TestApp::sql_at(&self.url, statement).await;
    }

    /// The same where no application is at hand.
    pub async fn sql_at(url: &str, statement: &str) {
        match url.strip_prefix("sqlite://") {
            Some(file) => {
                let conn = rusqlite::Connection::open(file).unwrap();
                conn.busy_timeout(Duration::from_secs(5)).unwrap();
                conn.execute_batch(statement).unwrap();
            }
            None => execute(url, statement).await,
        }
    }

    /// Everything that is stored: the files of SQLite with their log, or every row of PostgreSQL,
    /// where bytes stand in hexadecimal.
    pub async fn stored_bytes(&self) -> Vec<u8> {
        match self.url.strip_prefix("sqlite://") {
            Some(file) => {
                let files = [file.to_owned(), format!("{file}-wal")];
                files.iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect()
            }
            None => self.rows().await.into_bytes(),
        }
    }

    async fn rows(&self) -> String {
        let mut conn = PgConnection::connect(&self.url).await.unwrap();
        let tables = "select table_name from information_schema.tables
                      where table_schema = current_schema()";
        let tables: Vec<(String,)> = sqlx::query_as(tables).fetch_all(&mut conn).await.unwrap();
        let mut all = String::new();
        for (table,) in tables {
            let rows = AssertSqlSafe(format!("select t::text from {table} t"));
            let rows: Vec<(String,)> = sqlx::query_as(rows).fetch_all(&mut conn).await.unwrap();
            all.extend(rows.into_iter().map(|(row,)| row));
        }
        conn.close().await.unwrap();
        all
    }
}
