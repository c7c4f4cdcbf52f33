//! Devices that wait for a person (RFC 8628).

use anyhow::{Context, Result, bail};

use super::http::{Conn, form, post};
use super::provider::{Provider, expect, member};

/// How many wait at a time.
pub const WAITING: usize = 10_000;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Asks for codes until so many wait.
pub async fn ask(provider: &Provider, client: &str, conn: &mut Conn) -> Result<Vec<String>> {
    let path = provider.path("device_authorization_endpoint")?;
    let request = post(path, "", &form([("client_id", client), ("scope", "openid")]));
    let mut codes = Vec::with_capacity(WAITING);
    while codes.len() < WAITING {
        let reply = conn.send(&request).await?;
        expect(&reply, 200, "device_code")?;
        codes.push(member(reply.body, "device_code").context("no device_code")?.to_owned());
    }
    Ok(codes)
}

/// Asks whether somebody let the device in: not yet, or it asks too often.
pub async fn poll(
    provider: &Provider,
    (client, code): (&str, &str),
    conn: &mut Conn,
) -> Result<()> {
    let body = form([("grant_type", GRANT), ("client_id", client), ("device_code", code)]);
    let reply = conn.send(&post(provider.path("token_endpoint")?, "", &body)).await?;
    let known = ["authorization_pending", "slow_down"];
    if reply.status != 400 || !known.iter().any(|word| reply.body.contains(word)) {
        bail!("answered {}: {}", reply.status, reply.body);
    }
    Ok(())
}
