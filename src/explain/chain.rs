//! The chain through the audit log: each line's link is a keyed hash over the link before and the
//! line, so that a change made below the product shows.

use crate::app::App;
use crate::domain::{Event, MINUTE, Selector};
use crate::seal::Purpose;
use crate::store::{self, events, settings};

/// Lines chained or checked at a time.
const BATCH: i64 = 500;
/// Where the newest link is remembered.
const HEAD: &str = "audit_chain";

/// What checking the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every chained line is as it was written.
    Intact {
        /// How many lines are chained.
        lines: i64,
    },
    /// This line, or the one before it, was changed or removed.
    Broken {
        /// The first line whose link does not fit.
        at: Selector,
    },
}

/// Links what is older than a minute, in order; several nodes may try, one does it.
///
/// # Errors
/// When the database refuses.
pub async fn extend(app: &App) -> store::Result<()> {
    let until = Selector::floor(app.clock.now() - MINUTE);
    loop {
        let mut tx = app.db.write().await?;
        store::registry_version::hold(&mut tx).await?;
        let lines = events::unchained(&mut tx, until, BATCH).await?;
        if lines.is_empty() {
            return Ok(());
        }
        let mut link = head(&mut tx).await?;
        for line in &lines {
            link = next(app, &link, line);
            events::set_chain(&mut tx, line.id, &link).await?;
        }
        put_head(&mut tx, &link).await?;
        tx.commit().await?;
    }
}

async fn head(conn: &mut store::Conn) -> store::Result<Vec<u8>> {
    let stored = settings::find(conn, HEAD).await?.unwrap_or_default();
    let hex = stored.get("link").and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    Ok(from_hex(&hex))
}

async fn put_head(tx: &mut store::Tx, link: &[u8]) -> store::Result<()> {
    let value = serde_json::Map::from_iter([("link".into(), to_hex(link).into())]);
    settings::put(tx, HEAD, value).await
}

fn next(app: &App, link: &[u8], line: &Event) -> Vec<u8> {
    let line = serde_json::to_vec(line).unwrap_or_default();
    app.sealer.mac(Purpose::Audit, &[link, &line].concat()).to_vec()
}

/// Checks every chained line. The first one kept vouches for those that were deleted by age.
///
/// # Errors
/// When the database refuses.
pub async fn verify(app: &App) -> store::Result<Verdict> {
    let mut conn = app.db.read().await?;
    let (mut after, mut lines) = (Selector(i64::MIN), 0);
    let mut link: Option<Vec<u8>> = None;
    loop {
        let page = events::chained(&mut conn, after, BATCH).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id;
        for (line, stored) in &page {
            let Some(stored) = stored else { continue };
            if link.as_ref().is_some_and(|before| next(app, before, line) != *stored) {
                return Ok(Verdict::Broken { at: line.id });
            }
            link = Some(stored.clone());
            lines += 1;
        }
    }
    match link {
        Some(link) if link != head(&mut conn).await? => Ok(Verdict::Broken { at: after }),
        _ => Ok(Verdict::Intact { lines }),
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let pair = |n: usize| u8::from_str_radix(text.get(n..n + 2)?, 16).ok();
    (0..text.len()).step_by(2).filter_map(pair).collect()
}
