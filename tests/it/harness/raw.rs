//! The database as somebody sees it who got hold of it: every byte, and any statement.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::TestApp;

impl TestApp {
    /// Changes the database behind Keystead's back.
    pub async fn sql(&self, statement: &str) {
        TestApp::sql_at(&self.url, statement).await;
    }

    /// The same where no application is at hand.
    pub async fn sql_at(url: &str, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        if url.starts_with("sqlite:") {
            let mut conn = SqliteConnection::connect(url).await.unwrap();
            conn.execute(statement).await.unwrap();
            conn.close().await.unwrap();
        } else {
            let mut conn = PgConnection::connect(url).await.unwrap();
            conn.execute(statement).await.unwrap();
            conn.close().await.unwrap();
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
