//! What is remembered of backups in the database: the last one, and the last that was verified.

use serde_json::{Map, Value};

use super::Result;
use crate::app::App;
use crate::domain::Timestamp;
use crate::store::{Conn, Tx, settings};

const LAST: &str = "backup_last";
const VERIFIED: &str = "backup_verified";

/// The last backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// What it is called.
    pub file: String,
    /// When it was made.
    pub at: Timestamp,
    /// How long it is.
    pub size: u64,
    /// Whether it was verified, and how that went.
    pub verified: Option<bool>,
}

/// The last backup that was verified.
pub(super) struct Verified {
    pub file: String,
    pub at: Timestamp,
    pub passed: bool,
}

/// What is known of the last backup.
///
/// # Errors
/// When the database refuses.
pub async fn last(app: &App) -> Result<Option<Last>> {
    let mut conn = app.db.read().await?;
    let Some(stored) = settings::find(&mut conn, LAST).await? else { return Ok(None) };
    let file = text(&stored, "file");
    let verified = verified(&mut conn).await?.filter(|verified| verified.file == file);
    Ok(Some(Last {
        at: Timestamp(number(&stored, "at")),
        size: number(&stored, "size").try_into().unwrap_or_default(),
        verified: verified.map(|verified| verified.passed),
        file,
    }))
}

/// The last that was verified.
pub(super) async fn verified(conn: &mut Conn) -> Result<Option<Verified>> {
    let stored = settings::find(conn, VERIFIED).await?;
    Ok(stored.map(|stored| Verified {
        file: text(&stored, "file"),
        at: Timestamp(number(&stored, "at")),
        passed: stored.get("passed").and_then(Value::as_bool).unwrap_or_default(),
    }))
}

pub(super) async fn put_last(tx: &mut Tx, last: &Last) -> Result<()> {
    let value = [
        ("file", Value::from(last.file.as_str())),
        ("at", last.at.0.into()),
        ("size", last.size.into()),
    ];
    Ok(settings::put(tx, LAST, members(value)).await?)
}

pub(super) async fn put_verified(tx: &mut Tx, verified: &Verified) -> Result<()> {
    let value = [
        ("file", Value::from(verified.file.as_str())),
        ("at", verified.at.0.into()),
        ("passed", verified.passed.into()),
    ];
    Ok(settings::put(tx, VERIFIED, members(value)).await?)
}

pub(super) fn members<const N: usize>(value: [(&str, Value); N]) -> Map<String, Value> {
    value.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(stored: &Map<String, Value>, name: &str) -> String {
    stored.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn number(stored: &Map<String, Value>, name: &str) -> i64 {
    stored.get(name).and_then(Value::as_i64).unwrap_or_default()
}
