//! The public URL under which a server runs, left in the database for commands: links and files
//! that they print must lead to that server, wherever they are typed.

use serde_json::{Map, Value};

use super::Result;
use crate::app::App;
use crate::store::settings;

const NAME: &str = "public_url";

/// Leaves this server's public URL.
///
/// # Errors
/// When the database refuses.
pub async fn announce(app: &App) -> Result<()> {
    let url = app.config.public_url.as_str();
    if announced(app).await?.as_deref() == Some(url) {
        return Ok(());
    }
    let value = Map::from_iter([("url".to_owned(), Value::String(url.to_owned()))]);
    let mut tx = app.db.write().await?;
    settings::put(&mut tx, NAME, value).await?;
    Ok(tx.commit().await?)
}

/// The public URL of the server that ran last on this database.
///
/// # Errors
/// When the database refuses.
pub async fn announced(app: &App) -> Result<Option<String>> {
    let found = settings::find(&mut app.db.read().await?, NAME).await?;
    Ok(found.and_then(|value| Some(value.get("url")?.as_str()?.to_owned())))
}
