//! Settings kept in the database, by name.

use sqlx::types::Json;

use super::{Conn, Result, Tx};

type Value = Json<serde_json::Map<String, serde_json::Value>>;

/// The setting with this name.
pub async fn find(
    conn: &mut Conn,
    name: &str,
) -> Result<Option<serde_json::Map<String, serde_json::Value>>> {
    let row: Option<(Value,)> =
        conn.query("select value from settings where name = $1").bind(name).optional().await?;
    Ok(row.map(|(value,)| value.0))
}

/// Every setting.
pub async fn all(
    conn: &mut Conn,
) -> Result<Vec<(String, serde_json::Map<String, serde_json::Value>)>> {
    let rows: Vec<(String, Value)> =
        conn.query("select name, value from settings order by name").all().await?;
    Ok(rows.into_iter().map(|(name, value)| (name, value.0)).collect())
}

/// Sets it.
pub async fn put(
    tx: &mut Tx,
    name: &str,
    value: serde_json::Map<String, serde_json::Value>,
) -> Result<()> {
    tx.query(
        "insert into settings (name, value) values ($1, $2)
         on conflict (name) do update set value = excluded.value",
    )
    .bind(name)
    .bind(Json(value))
    .execute()
    .await?;
    Ok(())
}
