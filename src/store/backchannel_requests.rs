//! Requests that wait for a person to approve them.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{BackchannelRequest, ClientId, Grant, Selector, Timestamp, UserId};

record! { BackchannelRequest {
    id, hash, client_id, user_id, layout, scopes, binding_message, address, flow, created_at,
    expires_at, polled_at, pause, decided_at, grant_id, used_at
} }

/// Stores a request.
pub async fn insert(tx: &mut Tx, request: &BackchannelRequest) -> Result<()> {
    tx.query(
        "insert into backchannel_requests (id, hash, client_id, user_id, layout, scopes,
         binding_message, address, flow, created_at, expires_at, polled_at, pause, decided_at,
         grant_id, used_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(request.id)
    .bind(&request.hash)
    .bind(&request.client_id)
    .bind(&request.user_id)
    .bind(request.layout)
    .bind(&request.scopes)
    .bind(&request.binding_message)
    .bind(&request.address)
    .bind(&request.flow)
    .bind(request.created_at)
    .bind(request.expires_at)
    .bind(request.polled_at)
    .bind(request.pause)
    .bind(request.decided_at)
    .bind(request.grant_id)
    .bind(request.used_at)
    .execute()
    .await?;
    Ok(())
}

/// The request with this selector and what was allowed, if anything; the caller compares the secret.
pub async fn with_grant(
    conn: &mut Conn,
    id: Selector,
) -> Result<Option<(BackchannelRequest, Option<Grant>)>> {
    conn.query(
        "select r.id, r.hash, r.client_id, r.user_id, r.layout, r.scopes, r.binding_message,
         r.address, r.flow, r.created_at, r.expires_at, r.polled_at, r.pause, r.decided_at,
         r.grant_id, r.used_at, g.id is not null as granted,
         g.id, g.client_id, g.user_id, g.session_id, g.sid, g.layout, g.scopes,
         g.claims, g.nonce, g.auth_time, g.acr, g.amr, g.flow, g.created_at, g.revoked_at, g.target
         from backchannel_requests r left join grants g on g.id = r.grant_id where r.id = $1",
    )
    .bind(id)
    .optional_as(|columns| {
        let request = BackchannelRequest::read(columns)?;
        let granted: bool = columns.named("granted")?;
        Ok((request, granted.then(|| Grant::read(columns)).transpose()?))
    })
    .await
}

/// What waits for a person at `now`, the newest first, at most `most`.
pub async fn waiting(
    conn: &mut Conn,
    user: &UserId,
    now: Timestamp,
    most: i64,
) -> Result<Vec<BackchannelRequest>> {
    conn.query(
        "select id, hash, client_id, user_id, layout, scopes, binding_message, address, flow,
         created_at, expires_at, polled_at, pause, decided_at, grant_id, used_at
         from backchannel_requests
         where user_id = $1 and decided_at is null and expires_at > $2 order by id desc limit $3",
    )
    .bind(user)
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// How many requests of a client for a person, made after `since`, still wait at `now` or came to
/// nothing by what the person decided: those whose time was up bother nobody any more.
pub async fn count_fruitless(
    conn: &mut Conn,
    (client, user): (&ClientId, &UserId),
    (since, now): (Timestamp, Timestamp),
) -> Result<i64> {
    let found: Option<(i64,)> = conn
        .query(
            "select count(*) from backchannel_requests
             where user_id = $2 and client_id = $1 and created_at > $3 and used_at is null
             and (decided_at is not null or expires_at > $4)",
        )
        .bind(client)
        .bind(user)
        .bind(since)
        .bind(now)
        .optional()
        .await?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Notes a poll, and how long the client has to wait from now on.
pub async fn note_poll(tx: &mut Tx, id: Selector, now: Timestamp, pause: i64) -> Result<u64> {
    tx.query("update backchannel_requests set polled_at = $2, pause = $3 where id = $1")
        .bind(id)
        .bind(now)
        .bind(pause)
        .execute()
        .await
}

/// Notes what the person decided, a grant or none: of any number of decisions, one counts.
pub async fn decide(
    tx: &mut Tx,
    (id, user): (Selector, &UserId),
    grant: Option<Selector>,
    now: Timestamp,
) -> Result<bool> {
    let decided = tx
        .query(
            "update backchannel_requests set decided_at = $4, grant_id = $3
             where id = $1 and user_id = $2 and decided_at is null and expires_at > $4",
        )
        .bind(id)
        .bind(user)
        .bind(grant)
        .bind(now)
        .execute()
        .await?;
    Ok(decided == 1)
}

/// Refuses all that waits for a person.
pub async fn refuse_of_user(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<u64> {
    tx.query(
        "update backchannel_requests set decided_at = $2
         where user_id = $1 and decided_at is null and expires_at > $2",
    )
    .bind(user)
    .bind(now)
    .execute()
    .await
}

/// Uses a request up that was approved: of any number of callers, one is told `true`.
pub async fn take(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let taken = tx
        .query(
            "update backchannel_requests set used_at = $2
             where id = $1 and used_at is null and grant_id is not null",
        )
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Deletes what expired before `before`, at most `SWEEP`.
pub async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query(
        "delete from backchannel_requests where id in
         (select id from backchannel_requests where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
