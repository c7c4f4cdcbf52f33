//! Clients and their URIs.

use super::{Conn, Result, Tx, record};
use crate::domain::{Client, ClientId, RedirectUri, UriPurpose};

record! { Client {
    id, slug, name, public, trusted, disabled_at, secret_hash, secret_sealed, settings, created_at,
    updated_at;
    redirect_uris, post_logout_redirect_uris
} }
record! { RedirectUri { client_id, purpose, uri } }

/// Adds a client; its URIs are added one by one.
pub async fn insert(tx: &mut Tx, client: &Client) -> Result<()> {
    tx.query(
        "insert into clients (id, slug, name, public, trusted, disabled_at, secret_hash,
         secret_sealed, settings, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&client.id)
    .bind(&client.slug)
    .bind(&client.name)
    .bind(client.public)
    .bind(client.trusted)
    .bind(client.disabled_at)
    .bind(&client.secret_hash)
    .bind(&client.secret_sealed)
    .bind(&client.settings)
    .bind(client.created_at)
    .bind(client.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// Overwrites everything but the id and the URIs.
pub async fn update(tx: &mut Tx, client: &Client) -> Result<()> {
    tx.query(
        "update clients set slug = $2, name = $3, public = $4, trusted = $5, disabled_at = $6,
         secret_hash = $7, secret_sealed = $8, settings = $9, updated_at = $10 where id = $1",
    )
    .bind(&client.id)
    .bind(&client.slug)
    .bind(&client.name)
    .bind(client.public)
    .bind(client.trusted)
    .bind(client.disabled_at)
    .bind(&client.secret_hash)
    .bind(&client.secret_sealed)
    .bind(&client.settings)
    .bind(client.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// Every client with its URIs, by id.
pub async fn all(conn: &mut Conn) -> Result<Vec<Client>> {
    let mut clients: Vec<Client> = conn
        .query(
            "select id, slug, name, public, trusted, disabled_at, secret_hash, secret_sealed,
             settings, created_at, updated_at from clients order by id",
        )
        .all()
        .await?;
    let uris: Vec<RedirectUri> = conn
        .query("select client_id, purpose, uri from redirect_uris order by client_id, uri")
        .all()
        .await?;
    let mut by_id: std::collections::HashMap<&ClientId, Vec<&RedirectUri>> = Default::default();
    for uri in &uris {
        by_id.entry(&uri.client_id).or_default().push(uri);
    }
    for client in &mut clients {
        for uri in by_id.get(&client.id).into_iter().flatten() {
            match uri.purpose {
                UriPurpose::Authorization => client.redirect_uris.push(uri.uri.clone()),
                UriPurpose::PostLogout => client.post_logout_redirect_uris.push(uri.uri.clone()),
            }
        }
    }
    Ok(clients)
}

/// Deletes a client and all that hangs off it.
pub async fn delete(tx: &mut Tx, id: &ClientId) -> Result<bool> {
    Ok(tx.query("delete from clients where id = $1").bind(id).execute().await? > 0)
}

/// Registers a URI; `false` if it was there.
pub async fn add_uri(tx: &mut Tx, uri: &RedirectUri) -> Result<bool> {
    let added = tx
        .query(
            "insert into redirect_uris (client_id, purpose, uri) values ($1, $2, $3)
             on conflict do nothing",
        )
        .bind(&uri.client_id)
        .bind(uri.purpose)
        .bind(&uri.uri)
        .execute()
        .await?;
    Ok(added > 0)
}

/// Forgets a URI; `false` if it was not there.
pub async fn remove_uri(tx: &mut Tx, uri: &RedirectUri) -> Result<bool> {
    let removed = tx
        .query("delete from redirect_uris where client_id = $1 and purpose = $2 and uri = $3")
        .bind(&uri.client_id)
        .bind(uri.purpose)
        .bind(&uri.uri)
        .execute()
        .await?;
    Ok(removed > 0)
}
