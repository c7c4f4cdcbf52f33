//! The chain through the audit log: each line's link is a keyed hash over the link before and the
//! line, so that a change made below the product shows.

use crate::app::App;
use crate::domain::{Event, MINUTE, Selector};
use crate::seal::{Purpose, Sealer};
use crate::store::{self, events, settings};

/// Lines chained or checked at a time.
const BATCH: i64 = 500;
/// Where both ends are remembered.
const ENDS: &str = "audit_chain";

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
        let mut tx = app.db.write().await?.apart();
        store::registry_version::hold(&mut tx).await?;
        if !app.has_current_key(&mut tx).await? {
            tracing::error!("the secret key was replaced; restart this server with the new one");
            return Ok(());
        }
        let lines = events::unchained(&mut tx, until, BATCH).await?;
        if lines.is_empty() {
            return Ok(());
        }
        let mut ends = Ends::read(&mut tx).await?;
        for line in &lines {
            ends.head = next(&app.sealer, &ends.head, line);
            events::set_chain(&mut tx, line.id, &ends.head).await?;
        }
        ends.write(&mut tx).await?;
        tx.commit().await?;
    }
}

/// Deletes chained lines older than `before`, the oldest first, at most `SWEEP`, and remembers the
/// link on which the next one hangs.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(tx: &mut store::Tx, before: Selector) -> store::Result<u64> {
    store::registry_version::hold(tx).await?;
    let Some(base) = events::last_to_sweep(tx, before).await? else { return Ok(0) };
    let ends = Ends::read(tx).await?;
    Ends { base, ..ends }.write(tx).await?;
    events::sweep(tx, before).await
}

/// Where the chain begins and where it ends.
#[derive(PartialEq, Eq)]
struct Ends {
    /// The link of the last line that was deleted by age; empty before.
    base: Vec<u8>,
    /// The newest link.
    head: Vec<u8>,
}

impl Ends {
    async fn read(conn: &mut store::Conn) -> store::Result<Ends> {
        let stored = settings::find(conn, ENDS).await?.unwrap_or_default();
        let link = |name: &str| {
            from_hex(stored.get(name).and_then(|value| value.as_str()).unwrap_or_default())
        };
        Ok(Ends { base: link("base"), head: link("head") })
    }

    async fn write(&self, tx: &mut store::Tx) -> store::Result<()> {
        let links = [("base", &self.base), ("head", &self.head)];
        let value = links.map(|(name, link)| (name.to_owned(), to_hex(link).into()));
        settings::put(tx, ENDS, value.into_iter().collect()).await
    }
}

fn next(sealer: &Sealer, link: &[u8], line: &Event) -> Vec<u8> {
    let line = serde_json::to_vec(line).unwrap_or_default();
    sealer.mac(Purpose::Audit, &[link, &line].concat()).to_vec()
}

/// Checks every chained line, from the first that age has left to the newest.
///
/// # Errors
/// When the database refuses.
pub async fn verify(app: &App) -> store::Result<Verdict> {
    check(&app.db, &app.sealer).await
}

/// The same for a database that no `App` was made of.
///
/// # Errors
/// When the database refuses.
pub async fn check(db: &store::Db, sealer: &Sealer) -> store::Result<Verdict> {
    let mut conn = db.read().await?.apart();
    loop {
        let ends = Ends::read(&mut conn).await?;
        let verdict = walk(sealer, &mut conn, &ends).await?;
        // Lines that were chained or deleted meanwhile look like a change.
        if matches!(verdict, Verdict::Intact { .. }) || Ends::read(&mut conn).await? == ends {
            return Ok(verdict);
        }
    }
}

async fn walk(sealer: &Sealer, conn: &mut store::Conn, ends: &Ends) -> store::Result<Verdict> {
    let (mut after, mut lines) = (Selector(i64::MIN), 0);
    let mut link = ends.base.clone();
    loop {
        let page = events::chained(conn, after, BATCH).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id;
        for (line, stored) in &page {
            let Some(stored) = stored else { continue };
            if next(sealer, &link, line) != *stored {
                return Ok(Verdict::Broken { at: line.id });
            }
            link = stored.clone();
            lines += 1;
        }
    }
    Ok(if link == ends.head { Verdict::Intact { lines } } else { Verdict::Broken { at: after } })
}

/// Links the log anew for another secret key, as far as it fits its chain: what does not fit before
/// must not fit afterwards.
///
/// # Errors
/// When the database refuses.
pub async fn relink(tx: &mut store::Tx, (from, to): (&Sealer, &Sealer)) -> store::Result<Verdict> {
    let mut ends = Ends::read(tx).await?;
    let (mut after, mut lines) = (Selector(i64::MIN), 0);
    let (mut former, mut fresh) = (ends.base.clone(), ends.base.clone());
    loop {
        let page = events::chained(tx, after, BATCH).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.id;
        for (line, stored) in &page {
            let Some(stored) = stored else { continue };
            if next(from, &former, line) != *stored {
                return Ok(Verdict::Broken { at: line.id });
            }
            former.clone_from(stored);
            fresh = next(to, &fresh, line);
            events::replace_chain(tx, line.id, &fresh).await?;
            lines += 1;
        }
    }
    if former != ends.head {
        return Ok(Verdict::Broken { at: after });
    }
    ends.head = fresh;
    ends.write(tx).await?;
    Ok(Verdict::Intact { lines })
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let pair = |n: usize| u8::from_str_radix(text.get(n..n + 2)?, 16).ok();
    (0..text.len()).step_by(2).filter_map(pair).collect()
}
