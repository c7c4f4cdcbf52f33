//! Devices that wait for a person to let them in.

use super::{Conn, Record, Result, Tx, record};
use crate::domain::{DeviceCode, Grant, Selector, Timestamp};

record! { DeviceCode {
    id, hash, user_code, client_id, layout, scopes, flow, expires_at, polled_at, pause, decided_at,
    grant_id, used_at
} }

/// Stores a device; `false` if another waits under the same user code.
pub async fn insert(tx: &mut Tx, device: &DeviceCode) -> Result<bool> {
    let inserted = tx
        .query(
            "insert into device_codes (id, hash, user_code, client_id, layout, scopes, flow,
             expires_at, polled_at, pause, decided_at, grant_id, used_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             on conflict (user_code) do nothing",
        )
        .bind(device.id)
        .bind(&device.hash)
        .bind(&device.user_code)
        .bind(&device.client_id)
        .bind(device.layout)
        .bind(&device.scopes)
        .bind(&device.flow)
        .bind(device.expires_at)
        .bind(device.polled_at)
        .bind(device.pause)
        .bind(device.decided_at)
        .bind(device.grant_id)
        .bind(device.used_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

/// The device with this selector and what it was allowed, if anything; the caller compares the
/// secret.
pub async fn with_grant(
    conn: &mut Conn,
    id: Selector,
) -> Result<Option<(DeviceCode, Option<Grant>)>> {
    conn.query(
        "select d.id, d.hash, d.user_code, d.client_id, d.layout, d.scopes, d.flow, d.expires_at,
         d.polled_at, d.pause, d.decided_at, d.grant_id, d.used_at, g.id is not null as granted,
         g.id, g.client_id, g.user_id, g.session_id, g.sid, g.layout, g.scopes,
         g.claims, g.nonce, g.auth_time, g.acr, g.amr, g.flow, g.created_at, g.revoked_at, g.target
         from device_codes d left join grants g on g.id = d.grant_id where d.id = $1",
    )
    .bind(id)
    .optional_as(|columns| {
        let device = DeviceCode::read(columns)?;
        let granted: bool = columns.named("granted")?;
        Ok((device, granted.then(|| Grant::read(columns)).transpose()?))
    })
    .await
}

/// The device that shows this user code.
pub async fn by_user_code(conn: &mut Conn, user_code: &[u8]) -> Result<Option<DeviceCode>> {
    conn.query(
        "select id, hash, user_code, client_id, layout, scopes, flow, expires_at, polled_at, pause,
         decided_at, grant_id, used_at from device_codes where user_code = $1",
    )
    .bind(user_code)
    .optional()
    .await
}

/// Notes a poll, and how long the device has to wait from now on.
pub async fn note_poll(tx: &mut Tx, id: Selector, now: Timestamp, pause: i64) -> Result<u64> {
    tx.query("update device_codes set polled_at = $2, pause = $3 where id = $1")
        .bind(id)
        .bind(now)
        .bind(pause)
        .execute()
        .await
}

/// Notes what a person decided, a grant or none: of any number of decisions, one counts.
pub async fn decide(
    tx: &mut Tx,
    id: Selector,
    grant: Option<Selector>,
    now: Timestamp,
) -> Result<bool> {
    let decided = tx
        .query(
            "update device_codes set decided_at = $3, grant_id = $2
             where id = $1 and decided_at is null and expires_at > $3",
        )
        .bind(id)
        .bind(grant)
        .bind(now)
        .execute()
        .await?;
    Ok(decided == 1)
}

/// Uses the code up that was let in: of any number of callers, one is told `true`.
pub async fn take(tx: &mut Tx, id: Selector, now: Timestamp) -> Result<bool> {
    let taken = tx
        .query(
            "update device_codes set used_at = $2
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
        "delete from device_codes where id in
         (select id from device_codes where expires_at < $1 limit 1000)",
    )
    .bind(before)
    .execute()
    .await
}
