//! The number that tells servers that what they keep in memory has changed.

use super::{Conn, Result, Tx};

/// The version now.
pub async fn current(conn: &mut Conn) -> Result<i64> {
    let row: (i64,) = conn.query("select version from registry_version where id = 1").one().await?;
    Ok(row.0)
}

/// Tells every server to look again.
pub async fn bump(tx: &mut Tx) -> Result<()> {
    tx.query("update registry_version set version = version + 1 where id = 1").execute().await?;
    Ok(())
}

/// Makes every other change wait until this one is committed or given up.
pub async fn hold(tx: &mut Tx) -> Result<()> {
    tx.query("update registry_version set version = version where id = 1").execute().await?;
    Ok(())
}
