//! The address of the database, which may hold a password.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use super::value::Value;

/// `database_url`; printing it hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole address, password included, for the driver alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads an address that somebody typed.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that never quotes it.
    pub fn read(text: &str) -> Result<DatabaseUrl, String> {
        DatabaseUrl::parse(text.trim())
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<PathBuf> {
        let file = self.0.strip_prefix("sqlite:")?;
        let file = file.strip_prefix("//").unwrap_or(file);
        Some(PathBuf::from(percent_decode_str(file).decode_utf8_lossy().into_owned()))
    }

    /// PostgreSQL; otherwise it is SQLite.
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_postgres() {
            true => f.write_str(&without_password(&self.0).unwrap_or_default()),
            false => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Value for DatabaseUrl {
    // No error quotes the address: a password may be in it.
    fn parse(text: &str) -> Result<DatabaseUrl, String> {
        let url = DatabaseUrl(text.to_owned());
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            let (path, query) = file.split_once('?').unwrap_or((file, ""));
            if path.contains(":memory:") || query.contains("mode=memory") {
                return Err("names a database in memory, which each connection would have for \
                            itself; write sqlite:// and the path of a file"
                    .to_owned());
            }
            if !query.is_empty() {
                return Err("has parameters, and a SQLite file takes none; write it like \
                            sqlite://./data/keystead.db"
                    .to_owned());
            }
            if path.is_empty() {
                return Err("names no file; write it like sqlite://./data/keystead.db".to_owned());
            }
            return Ok(url);
        }
        let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if !known {
            return Err("is neither SQLite nor PostgreSQL; write sqlite://./data/keystead.db or \
                        postgres://user:password@host/database"
                .to_owned());
        }
        match without_password(text) {
            Some(_) => Ok(url),
            None => Err("is not a PostgreSQL address; write it like \
                         postgres://user:password@host/database, with %-codes for special \
                         characters in the password"
                .to_owned()),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

fn without_password(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    if url.password().is_some() {
        url.set_password(Some("***")).ok()?;
    }
    if url.query().is_some() {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut query = url.query_pairs_mut();
        query.clear();
        for (name, value) in &pairs {
            query.append_pair(name, if name == "password" { "***" } else { value });
        }
        drop(query);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_hidden_wherever_it_stands() {
        for text in [
            "postgres://keystead:hunter2@db.example/keystead",
            "postgresql://db.example/keystead?user=keystead&password=hunter2&sslmode=require",
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert!(!format!("{url} {url:?} {}", url.show()).contains("hunter2"), "{url}");
            assert!(url.show().contains("***"), "{url}");
            assert_eq!(url.expose(), text);
        }
    }

    #[test]
    fn a_relative_file_is_shown_as_written() {
        let url = DatabaseUrl::parse("sqlite://./data/keystead.db").unwrap();
        assert_eq!(url.show(), "sqlite://./data/keystead.db");
        assert!(!url.is_postgres());
    }

    #[test]
    fn what_cannot_work_is_refused_without_quoting_it() {
        for text in [
            "mysql://keystead:hunter2@db/keystead",
            "postgres://keystead:hunter2@db:port/keystead",
            "sqlite://:memory:",
            "sqlite://hunter2?mode=memory",
            "sqlite://hunter2?mode=rwc",
            "sqlite://",
            "hunter2",
        ] {
            let problem = DatabaseUrl::parse(text).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
