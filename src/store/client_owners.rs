//! Which people own which clients.

use super::page::count;
use super::{Conn, Result, Tx};
use crate::domain::{ClientId, UserId, Username};

/// Makes somebody an owner; `false` if they were before.
pub async fn add(tx: &mut Tx, client: &ClientId, user: &UserId) -> Result<bool> {
    let added = tx
        .query(
            "insert into client_owners (client_id, user_id) values ($1, $2) on conflict do nothing",
        )
        .bind(client)
        .bind(user)
        .execute()
        .await?;
    Ok(added > 0)
}

/// Takes a client from an owner; `false` if they did not own it.
pub async fn remove(tx: &mut Tx, client: &ClientId, user: &UserId) -> Result<bool> {
    let removed = tx
        .query("delete from client_owners where client_id = $1 and user_id = $2")
        .bind(client)
        .bind(user)
        .execute()
        .await?;
    Ok(removed > 0)
}

/// Whether somebody owns a client.
pub async fn owns(conn: &mut Conn, user: &UserId, client: &ClientId) -> Result<bool> {
    let row: Option<(ClientId,)> = conn
        .query("select client_id from client_owners where client_id = $1 and user_id = $2")
        .bind(client)
        .bind(user)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// The clients of an owner, by id.
pub async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<ClientId>> {
    let rows: Vec<(ClientId,)> = conn
        .query("select client_id from client_owners where user_id = $1 order by client_id")
        .bind(user)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many applications these people own.
pub async fn count_of_users(conn: &mut Conn, users: &[UserId]) -> Result<i64> {
    count(conn, ("client_owners", "true"), users).await
}

/// The owners of a client, by username.
pub async fn of_client(conn: &mut Conn, client: &ClientId) -> Result<Vec<Username>> {
    let rows: Vec<(Username,)> = conn
        .query(
            "select u.username from client_owners o join users u on u.id = o.user_id
             where o.client_id = $1 order by u.username",
        )
        .bind(client)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}
