//! Asks the public URL for its discovery document, as a relying party would.

use super::doctor::Finding;
use crate::clock::Clock;
use crate::config::PublicUrl;
use crate::integration::{Heard, Reply, Unreached};
use crate::outbound::Caller;

/// Seconds that clocks may differ: relying parties refuse tokens from the future.
const SKEW: i64 = 5;

/// What the public URL answers, and by which clock.
pub(super) async fn public_url(url: &PublicUrl) -> Vec<Finding> {
    let address = url.join("/.well-known/openid-configuration");
    let reply = match ask(url, &address).await {
        Ok(reply) => reply,
        Err(Unreached::Tls(cause) | Unreached::Failed(cause) | Unreached::Elsewhere(cause)) => {
            let message = format!(
                "{url} does not answer: {cause}; start keystead serve, or correct public_url, the name service, the proxy in front or its certificate"
            );
            return vec![Finding::fail("public URL", message)];
        }
    };
    let mut findings = vec![document(url, &address, &reply)];
    findings.extend(clock(&reply, Clock::System.now().0));
    findings
}

async fn ask(url: &PublicUrl, address: &str) -> Heard {
    match Caller::new(url.as_str()) {
        Ok(caller) => caller.get(address).await,
        Err(error) => Err(Unreached::Failed(error.to_string())),
    }
}

fn document(url: &PublicUrl, address: &str, reply: &Reply) -> Finding {
    let status = reply.status;
    if !(200..300).contains(&status) {
        return Finding::fail(
            "public URL",
            format!(
                "{address} answers {status}; see that the proxy in front passes every path on to Keystead, unchanged"
            ),
        );
    }
    match reply.json()["issuer"].as_str() {
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

fn clock(reply: &Reply, now: i64) -> Option<Finding> {
    let apart = (reply.date?.0 - now).abs();
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
