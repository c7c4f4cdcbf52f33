//! What other systems called our people.

use super::{Conn, Result, Tx, record};
use crate::domain::{ExternalId, UserId};

record! { ExternalId { source, value, user_id } }

/// Adds a name; fails as taken if the source gave it to somebody else.
pub async fn insert(tx: &mut Tx, id: &ExternalId) -> Result<()> {
    tx.query("insert into external_ids (source, value, user_id) values ($1, $2, $3)")
        .bind(&id.source)
        .bind(&id.value)
        .bind(&id.user_id)
        .execute()
        .await?;
    Ok(())
}

/// What `source` called this person.
pub async fn value_of(conn: &mut Conn, source: &str, user: &UserId) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query("select value from external_ids where source = $1 and user_id = $2 order by value")
        .bind(source)
        .bind(user)
        .optional()
        .await?;
    Ok(row.map(|(value,)| value))
}

/// What any system called this person.
pub async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<ExternalId>> {
    conn.query(
        "select source, value, user_id from external_ids where user_id = $1 order by source, value",
    )
    .bind(user)
    .all()
    .await
}

/// What any system called anybody.
pub async fn all(conn: &mut Conn) -> Result<Vec<ExternalId>> {
    conn.query("select source, value, user_id from external_ids order by source, value").all().await
}

/// Forgets a name; `false` if it was not this person's.
pub async fn delete(tx: &mut Tx, id: &ExternalId) -> Result<bool> {
    let deleted = tx
        .query("delete from external_ids where source = $1 and value = $2 and user_id = $3")
        .bind(&id.source)
        .bind(&id.value)
        .bind(&id.user_id)
        .execute()
        .await?;
    Ok(deleted > 0)
}

/// Whom `source` called so.
pub async fn find_user(conn: &mut Conn, source: &str, value: &str) -> Result<Option<UserId>> {
    let row: Option<(UserId,)> = conn
        .query("select user_id from external_ids where source = $1 and value = $2")
        .bind(source)
        .bind(value)
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Forgets what `source` called this person.
pub async fn delete_of(tx: &mut Tx, source: &str, user: &UserId) -> Result<()> {
    tx.query("delete from external_ids where source = $1 and user_id = $2")
        .bind(source)
        .bind(user)
        .execute()
        .await?;
    Ok(())
}

/// How many people `source` has no name for.
pub async fn count_without(conn: &mut Conn, source: &str) -> Result<i64> {
    let row: (i64,) = conn
        .query(
            "select count(*) from users where id not in
             (select user_id from external_ids where source = $1)",
        )
        .bind(source)
        .one()
        .await?;
    Ok(row.0)
}
