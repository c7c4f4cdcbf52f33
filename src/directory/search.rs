//! What people are found by, for those whose accounts are older than the search.

use super::{Result, begin, commit};
use crate::app::App;
use crate::domain::UserId;
use crate::store::{user_words, users};

/// People looked at in one transaction.
const BATCH: i64 = 200;

/// Writes the missing words, a few people at a time, so that nobody waits long for the writer.
///
/// # Errors
/// When the database refuses; the rest is written at the next start.
pub async fn complete(app: &App) -> Result<()> {
    let mut after = UserId(String::new());
    loop {
        let ids = user_words::missing(&mut app.db.read().await?, &after, BATCH).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = last.clone();
        let mut tx = begin(app).await?;
        for id in &ids {
            if let Some(user) = users::find(&mut tx, id).await? {
                user_words::put(&mut tx, &user).await?;
            }
        }
        commit(app, tx).await?;
    }
}
