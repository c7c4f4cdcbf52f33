//! `keystead serve`: the server from start to drain.

use crate::app::App;
use crate::config::Config;
use crate::directory::keys;

/// Opens everything that serving needs.
///
/// # Errors
/// One sentence with cause and fix.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let app = App::open(config).await?;
    keys::ensure(&app).await?;
    app.db.close().await;
    Ok(())
}
