//! `keystead healthcheck`: ask the server on this machine whether it is ready. For containers,
//! which have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{anyhow, bail};

use super::context::Context;
use crate::outbound;

const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `/readyz` on the address of the setting `listen`. Exits with 0 if the server is ready.
#[derive(clap::Args)]
pub(super) struct Healthcheck;

impl Healthcheck {
    pub async fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = context.config()?;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/readyz", reachable(config.listen));
        // The certificate names the public host, not this address; nothing secret is sent.
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .danger_accept_invalid_certs(true)
            .build()?;
        let answer = client.get(&url).send().await;
        let answer = answer.map_err(|error| {
            let cause = outbound::cause(&error);
            anyhow!(
                "nothing answers on {}: {cause}; see that keystead serve runs there",
                config.listen
            )
        })?;
        if !answer.status().is_success() {
            bail!("not ready: {}", answer.text().await.unwrap_or_default().trim());
        }
        Ok(())
    }
}

/// An address that listens on all interfaces is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
