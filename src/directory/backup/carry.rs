//! Carrying everything over to another database: the way from SQLite to PostgreSQL, and back.

use super::examine::{Status, examine};
use super::restore::room;
use super::scratch::Scratch;
use super::{BackupError, Desk, Report, Result, folder};
use crate::app::App;
use crate::config::DatabaseUrl;
use crate::directory::rights;
use crate::domain::Actor;
use crate::explain::audit::Entry;
use crate::secret_key;
use crate::store::Db;
use crate::store::dump::{Filled, Overwrite, Place};

/// What came of it.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The tables, each with how many rows went over.
    pub tables: Vec<(String, i64)>,
    /// What was put where.
    pub filled: Filled,
}

/// Puts everything of this database into the one at `to`, with a line in its log that says so. What
/// is here stays as it is. Every table is compared before it counts.
///
/// # Errors
/// When the place is in use or not to be overwritten; it is left alone then.
pub async fn carry(
    app: &App,
    actor: &Actor,
    (from, to): (&DatabaseUrl, &DatabaseUrl),
    overwrite: Overwrite,
) -> Result<Moved> {
    rights::administer(actor, "move the database")?;
    let desk = Desk::of(app);
    let place = Place::new(to.expose(), to);
    let holds = place.check(overwrite).await?;
    secret_key::make_folder(&app.config)?;
    if holds {
        folder::make_place(&app.config)?;
    }
    let scratch = Scratch::within(&room(&app.config, to))?;
    app.db.dump(&scratch.file()).await?;
    let db = Db::of_file(&scratch.file()).await?;
    let findings = examine(&db, None).await?;
    if findings.iter().any(|finding| finding.status == Status::Fail) {
        let report = Report { file: scratch.file(), size: 0, findings };
        return Err(BackupError::Unsound(Box::new(report)));
    }
    let mut tx = db.write().await?;
    Entry::by(desk.pen(), "database.moved", actor)
        .detail("from", from.to_string())
        .detail("to", to.to_string())
        .append(&mut tx)
        .await?;
    tx.commit().await?;
    let tables = db.count_rows().await?;
    db.close().await;
    drop(db);
    let filled = place.fill(&scratch.file(), overwrite, &desk.aside("move")).await?;
    Ok(Moved { tables, filled })
}
