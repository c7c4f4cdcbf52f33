//! The public URL under which a server runs, left in the database for commands: links and files
//! that they print must lead to that server, wherever they are typed.

use serde_json::{Map, Value};

use super::Result;
use crate::app::{App, kept_public_url};
use crate::store::settings;

const NAME: &str = "public_url";

/// Leaves this server's public URL, with the one that the database keeps at that time.
///
/// # Errors
/// When the database refuses.
pub async fn announce(app: &App) -> Result<()> {
    let url = app.config.public_url.as_str();
    let kept = kept_public_url(&app.db).await?;
    let value = Map::from_iter([
        ("url".to_owned(), Value::String(url.to_owned())),
        ("kept".to_owned(), kept.map_or(Value::Null, Value::String)),
    ]);
    if settings::find(&mut app.db.read().await?, NAME).await?.as_ref() == Some(&value) {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    settings::put(&mut tx, NAME, value).await?;
    Ok(tx.commit().await?)
}

/// The public URL of the server that ran last on this database. `None` if another was kept in the
/// database since: then the next server to look goes by that.
///
/// # Errors
/// When the database refuses.
pub async fn announced(app: &App) -> Result<Option<String>> {
    let Some(found) = settings::find(&mut app.db.read().await?, NAME).await? else {
        return Ok(None);
    };
    let at_that_time = found.get("kept").and_then(Value::as_str);
    if at_that_time != kept_public_url(&app.db).await?.as_deref() {
        return Ok(None);
    }
    Ok(found.get("url").and_then(Value::as_str).map(str::to_owned))
}
