//! Scopes and the claims they stand for.

use super::{Conn, Result, Tx, record};
use crate::domain::Scope;

record! { Scope { name, sentence, claims, builtin } }

/// Every scope, by name.
pub async fn all(conn: &mut Conn) -> Result<Vec<Scope>> {
    conn.query("select name, sentence, claims, builtin from scopes order by name").all().await
}

/// Adds a scope, or overwrites its sentence and claims.
pub async fn put(tx: &mut Tx, scope: &Scope) -> Result<()> {
    tx.query(
        "insert into scopes (name, sentence, claims, builtin) values ($1, $2, $3, $4)
         on conflict (name) do update set sentence = excluded.sentence, claims = excluded.claims",
    )
    .bind(&scope.name)
    .bind(&scope.sentence)
    .bind(&scope.claims)
    .bind(scope.builtin)
    .execute()
    .await?;
    Ok(())
}

/// Deletes a scope of the administrator's own.
pub async fn delete(tx: &mut Tx, name: &str) -> Result<bool> {
    let deleted =
        tx.query("delete from scopes where name = $1 and builtin = false").bind(name).execute();
    Ok(deleted.await? > 0)
}
