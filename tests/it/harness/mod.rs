//! An application of its own for each story, on a database of its own, at a time the story sets.

pub mod bank;
mod browser;
pub mod ciba;
mod database;
pub mod device;
mod fixtures;
pub mod http;
mod kept;
mod listener;
mod party;
pub mod prover;
mod raw;
pub mod registrar;
pub mod samples;
mod scene;
pub mod signer;
mod smtp;
pub mod steps;
pub mod tls;
pub mod way;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use keystead::app::{App, AppState, StartError};
use keystead::clock::Clock;
use keystead::config::{Config, Flags};
use keystead::random::Random;
use keystead::store::{self, Conn, Db, Tx};

pub use browser::Browser;
pub use database::{Database, each_database, fresh_folder};
pub use fixtures::{PASSWORD, Registered};
pub use listener::Listener;
pub use party::{Party, Tokens, VERIFIER};
pub use scene::Scene;
pub use smtp::{Mood, Smtp};
pub use way::{Stage, Way, each_way};

/// When every story begins: 2026-09-21T14:13:20Z, in milliseconds.
const BEGINNING: i64 = 1_790_000_000_000;
/// What everything is sealed under.
pub const SECRET_KEY: [u8; 32] = [7; 32];
/// An https address, so that cookies are as strict as in earnest; and the cheapest password hashes.
const SETTINGS: [(&str, &str); 5] = [
    ("KEYSTEAD_PUBLIC_URL", "https://id.example.com"),
    ("KEYSTEAD_PASSWORD__MEMORY_KIB", "8"),
    ("KEYSTEAD_PASSWORD__ITERATIONS", "1"),
    ("KEYSTEAD_PASSWORD__PARALLELISM", "1"),
    ("KEYSTEAD_DATABASE__MAX_CONNECTIONS", "12"),
];

/// An application with signing keys and nobody in it.
pub struct TestApp {
    /// What handlers are given.
    pub app: AppState,
    url: String,
    nodes: AtomicI64,
}

impl Deref for TestApp {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

/// Moves the clock of one node.
pub fn wait(node: &App, seconds: i64) {
    if let Clock::Manual(now) = &node.clock {
        now.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl TestApp {
    /// The `database_url` setting.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A process on another database, later than all here, and with the same secret key.
    pub async fn elsewhere(&self, url: &str) -> TestApp {
        let node = self.nodes.fetch_add(1, Ordering::Relaxed);
        let app = assemble(url, node, &[], &SECRET_KEY).await.unwrap();
        TestApp { app, url: url.to_owned(), nodes: AtomicI64::new(node + 1) }
    }

    async fn open(url: &str) -> TestApp {
        let app = assemble(url, 0, &[], &SECRET_KEY).await.unwrap();
        TestApp { app, url: url.to_owned(), nodes: AtomicI64::new(1) }
    }

    /// Another process on the same database, with a clock of its own.
    pub async fn another_node(&self) -> AppState {
        self.another_node_with(&[]).await
    }

    /// The same with other settings.
    pub async fn another_node_with(&self, settings: &[(&str, &str)]) -> AppState {
        let node = self.nodes.fetch_add(1, Ordering::Relaxed);
        assemble(&self.url, node, settings, &SECRET_KEY).await.unwrap()
    }

    /// Another process with this secret key, if it opens the database.
    pub async fn node_with_key(&self, secret_key: &[u8; 32]) -> Result<TestApp, StartError> {
        let node = self.nodes.fetch_add(1, Ordering::Relaxed);
        let app = assemble(&self.url, node, &[], secret_key).await?;
        Ok(TestApp { app, url: self.url.clone(), nodes: AtomicI64::new(node + 1) })
    }

    /// Moves the clock.
    pub fn wait(&self, seconds: i64) {
        wait(&self.app, seconds);
    }

    /// Moves the clock by less than a second.
    pub fn wait_ms(&self, milliseconds: i64) {
        if let Clock::Manual(now) = &self.app.clock {
            now.fetch_add(milliseconds, Ordering::Relaxed);
        }
    }

    /// Writes in a transaction of its own.
    pub async fn write<T>(&self, work: impl AsyncFnOnce(&mut Tx) -> store::Result<T>) -> T {
        self.try_write(work).await.unwrap()
    }

    /// As `write`, where the story wants the error.
    pub async fn try_write<T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> store::Result<T>,
    ) -> store::Result<T> {
        let mut tx = self.db.write().await?;
        let result = work(&mut tx).await?;
        tx.commit().await?;
        Ok(result)
    }

    /// Reads what is committed.
    pub async fn read<T>(&self, work: impl AsyncFnOnce(&mut Conn) -> store::Result<T>) -> T {
        work(&mut self.db.read().await.unwrap()).await.unwrap()
    }
}

/// Opens a node. Each lives a second after the one before, so that their selectors never meet.
async fn assemble(
    url: &str,
    node: i64,
    more: &[(&str, &str)],
    secret_key: &[u8; 32],
) -> Result<AppState, StartError> {
    let folder = database::data_dir(url);
    let folder = [("KEYSTEAD_DATA_DIR", folder.to_str().unwrap())];
    let config = config(&[folder.as_slice(), more].concat());
    let db = Db::open(url, config.database.max_connections).await.unwrap();
    let clock = Clock::Manual((BEGINNING + node * 1000).into());
    let random = Random::seeded(node.unsigned_abs());
    let app = App::assemble(config, db, clock, random, secret_key).await?;
    if app.registry().keys().is_empty() {
        fixtures::add_signing_keys(&app).await;
    }
    Ok(AppState(Arc::new(app)))
}

fn config(more: &[(&str, &str)]) -> Config {
    let settings = SETTINGS.iter().filter(|(key, _)| !more.iter().any(|(other, _)| other == key));
    let settings = settings.chain(more).map(|(key, value)| (key.to_string(), value.to_string()));
    // A settings file of the machine must not matter.
    let flags = Flags { config: Some(PathBuf::from("/dev/null")), ..Flags::default() };
    Config::load(&flags, settings, Path::new("/")).unwrap()
}

/// Compares what was stored with what came back, field by field.
#[track_caller]
pub fn assert_same<T: std::fmt::Debug>(found: &T, stored: &T) {
    assert_eq!(format!("{found:#?}"), format!("{stored:#?}"));
}
