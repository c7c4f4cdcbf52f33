//! Backups that a running server makes by itself, where the settings ask for them.

use super::folder::{self, SCHEDULED};
use super::record::{members, number};
use super::{Made, Result};
use crate::app::App;
use crate::directory::{begin, commit};
use crate::domain::{Actor, MINUTE, Timestamp};
use crate::store::{Conn, Tx, settings};

/// What is remembered of the schedule, for all nodes.
const SCHEDULE: &str = "backup_schedule";
/// After how long another node tries what one has begun and not finished.
const TRIED: i64 = 15 * MINUTE;

/// When one was begun, and when one was last finished.
struct Schedule {
    begun: Timestamp,
    done: Timestamp,
}

/// Makes a backup if it is time, and deletes those that are too many. Of several nodes, the one that
/// says so first does it.
///
/// # Errors
/// What is in the way; it is tried again a quarter of an hour later.
pub async fn advance(app: &App) -> Result<Option<Made>> {
    let Some(every) = app.config.backup.every else { return Ok(None) };
    let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
    if !claim(app, every).await? {
        return Ok(None);
    }
    let began = app.clock.now();
    let made = folder::make_as(app, &Actor::System, SCHEDULED).await?;
    let mut tx = begin(app).await?;
    let schedule = Schedule { done: began, ..read(&mut tx).await? };
    write(&mut tx, &schedule).await?;
    commit(app, tx).await?;
    prune(app).await?;
    Ok(Some(made))
}

/// Says that this node does it, unless it is too early or another one does.
async fn claim(app: &App, every: i64) -> Result<bool> {
    let now = app.clock.now();
    let due = |schedule: &Schedule| {
        now - schedule.done >= every && now - schedule.begun >= every.min(TRIED)
    };
    if !due(&read(&mut app.db.read().await?).await?) {
        return Ok(false);
    }
    let mut tx = begin(app).await?;
    let schedule = read(&mut tx).await?;
    if !due(&schedule) {
        return Ok(false);
    }
    write(&mut tx, &Schedule { begun: now, ..schedule }).await?;
    commit(app, tx).await?;
    Ok(true)
}

/// Only those that were made by themselves are deleted by themselves.
async fn prune(app: &App) -> Result<()> {
    let keep = usize::try_from(app.config.backup.keep).unwrap_or(usize::MAX);
    let all = folder::list(&app.config)?;
    let scheduled = all.iter().filter(|kept| kept.name.ends_with(SCHEDULED));
    for kept in scheduled.skip(keep) {
        folder::delete(app, &Actor::System, &kept.name).await?;
    }
    Ok(())
}

async fn read(conn: &mut Conn) -> Result<Schedule> {
    let stored = settings::find(conn, SCHEDULE).await?.unwrap_or_default();
    let at = |name: &str| Timestamp(number(&stored, name));
    Ok(Schedule { begun: at("begun"), done: at("done") })
}

async fn write(tx: &mut Tx, schedule: &Schedule) -> Result<()> {
    let value = members([("begun", schedule.begun.0.into()), ("done", schedule.done.0.into())]);
    Ok(settings::put(tx, SCHEDULE, value).await?)
}
