//! Asks the public URL for its discovery document, as a relying party would.

use std::error::Error;
use std::time::Duration;

use reqwest::header::DATE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::doctor::Finding;
use crate::clock::Clock;
use crate::config::PublicUrl;

const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds that clocks may differ: relying parties refuse tokens from the future.
const SKEW: i64 = 5;

/// What the public URL answers, and by which clock.
pub(super) async fn public_url(url: &PublicUrl) -> Vec<Finding> {
    let address = url.join("/.well-known/openid-configuration");
    let response = match ask(&address).await {
        Ok(response) => response,
        Err(error) => {
            let cause = innermost(&error);
            let message = format!(
                "{url} does not answer: {cause}; start keystead serve, or correct public_url, the name service, the proxy in front or its certificate"
            );
            return vec![Finding::fail("public URL", message)];
        }
    };
    let clock = clock(&response, Clock::System.now().0);
    let mut findings = vec![document(url, &address, response).await];
    findings.extend(clock);
    findings
}

async fn ask(address: &str) -> reqwest::Result<Response> {
    let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build()?;
    client.get(address).send().await
}

async fn document(url: &PublicUrl, address: &str, response: Response) -> Finding {
    let status = response.status();
    if !status.is_success() {
        return Finding::fail(
            "public URL",
            format!(
                "{address} answers {status}; see that the proxy in front passes every path on to Keystead, unchanged"
            ),
        );
    }
    let issuer = match response.json::<Value>().await {
        Ok(document) => document.get("issuer").and_then(Value::as_str).map(str::to_owned),
        Err(_) => None,
    };
    match issuer {
        Some(issuer) if issuer == url.as_str() => {
            Finding::ok("public URL", format!("{url} answers as the issuer it should be"))
        }
        Some(issuer) => Finding::fail(
            "public URL",
            format!(
                "{url} answers as the issuer {issuer}; another server is there, or it runs with another public_url"
            ),
        ),
        None => Finding::fail(
            "public URL",
            format!(
                "{address} is not a discovery document; something else than Keystead answers there"
            ),
        ),
    }
}

fn clock(response: &Response, now: i64) -> Option<Finding> {
    let date = response.headers().get(DATE)?.to_str().ok()?.replace("GMT", "+0000");
    let theirs = OffsetDateTime::parse(&date, &Rfc2822).ok()?.unix_timestamp();
    let apart = (theirs - now).abs();
    Some(match apart > SKEW {
        true => Finding::warn(
            "clock",
            format!(
                "this machine and the one that answers are {apart} seconds apart; set both by NTP, since tokens from the future are refused"
            ),
        ),
        false => Finding::ok("clock", "agrees with the one that answers"),
    })
}

/// The cause of the cause, without the address, which is said already.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
