//! What a copy of a database tells of itself: the self-check of a backup.

use serde::Serialize;

use super::Result;
use crate::config::SecretKey;
use crate::explain::chain::{self, Verdict};
use crate::seal::{Purpose, Sealer};
use crate::secret_key;
use crate::store::{Db, clients, keys};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In order.
    Ok,
    /// It could not be looked at, or should be thought of.
    Warn,
    /// Wrong.
    Fail,
}

/// What one check found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it went.
    pub status: Status,
    /// What was found, and what to do if it is not in order.
    pub message: String,
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, status: Status::Ok, message: message.into() }
    }

    pub(super) fn warn(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, status: Status::Warn, message: message.into() }
    }

    pub(super) fn fail(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, status: Status::Fail, message: message.into() }
    }
}

/// Looks at a copy that was opened, with the secret key if there is one here.
pub(super) async fn examine(db: &Db, key: Option<&SecretKey>) -> Result<Vec<Finding>> {
    let mut findings = vec![schema(db).await?, contents(db).await?];
    let Some(key) = key else {
        findings.push(Finding::warn(
            "secret key",
            "there is none here to try; without the one it was made with, the backup cannot be used",
        ));
        findings.push(Finding::warn("audit log", "its chain needs the secret key to be checked"));
        return Ok(findings);
    };
    let sealer = Sealer::new(key.expose());
    let fits = secret_key::fits(&mut db.read().await?, &sealer).await?;
    match fits {
        Some(true) => findings.push(Finding::ok("secret key", "the present one opens it")),
        None => findings.push(Finding::ok("secret key", "it was made with none yet")),
        Some(false) => {
            findings.push(Finding::fail(
                "secret key",
                "the present one does not open it: put the secret.key (or KEYSTEAD_SECRET_KEY) in \
                 place that was in use when it was made",
            ));
            return Ok(findings);
        }
    }
    findings.push(signing_keys(db, &sealer).await?);
    findings.push(client_secrets(db, &sealer).await?);
    findings.push(audit_log(db, &sealer).await?);
    Ok(findings)
}

async fn schema(db: &Db) -> Result<Finding> {
    let strangers = db.strangers().await?;
    Ok(match strangers.is_empty() {
        true => Finding::ok("schema", "as this version makes it"),
        false => Finding::fail("schema", strangers.join(", ")),
    })
}

async fn contents(db: &Db) -> Result<Finding> {
    let counted = db.count_rows().await?;
    let rows =
        |table: &str| counted.iter().find(|(name, _)| name == table).map_or(0, |(_, rows)| *rows);
    let all: i64 = counted.iter().map(|(_, rows)| rows).sum();
    Ok(Finding::ok(
        "contents",
        format!(
            "{} users, {} groups, {} clients, {} events; {all} rows in {} tables",
            rows("users"),
            rows("groups"),
            rows("clients"),
            rows("events"),
            counted.len()
        ),
    ))
}

async fn signing_keys(db: &Db, sealer: &Sealer) -> Result<Finding> {
    let all = keys::all(&mut db.read().await?).await?;
    let closed = all
        .iter()
        .filter(|key| sealer.open((Purpose::SigningKey, key.kid.as_str()), &key.private).is_err());
    let closed: Vec<&str> = closed.map(|key| key.kid.as_str()).collect();
    Ok(match closed.is_empty() {
        true => Finding::ok("signing keys", format!("{} of {} open", all.len(), all.len())),
        false => Finding::fail("signing keys", format!("cannot be opened: {}", closed.join(", "))),
    })
}

async fn client_secrets(db: &Db, sealer: &Sealer) -> Result<Finding> {
    let all = clients::all(&mut db.read().await?).await?;
    let sealed = all.iter().filter_map(|client| Some((client, client.secret_sealed.as_ref()?)));
    let closed = sealed.clone().filter(|(client, sealed)| {
        sealer.open((Purpose::ClientSecret, client.id.as_str()), sealed).is_err()
    });
    let closed: Vec<&str> = closed.map(|(client, _)| client.id.as_str()).collect();
    let count = sealed.count();
    Ok(match closed.is_empty() {
        true => Finding::ok("client secrets", format!("{count} of {count} open")),
        false => {
            Finding::fail("client secrets", format!("cannot be opened: {}", closed.join(", ")))
        }
    })
}

async fn audit_log(db: &Db, sealer: &Sealer) -> Result<Finding> {
    Ok(match chain::check(db, sealer).await? {
        Verdict::Intact { lines } => {
            Finding::ok("audit log", format!("{lines} chained lines, none changed"))
        }
        Verdict::Broken { at } => {
            Finding::fail("audit log", format!("changed or cut below Keystead at line {}", at.0))
        }
    })
}
