//! A peer from npm, `oidc-provider`, with everything in its memory.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::browser::Browser;
use super::process::{Server, free_address};
use super::provider::{CALLBACK, Client, Provider, metadata};

/// Starts it from the folder with its packages.
pub async fn start(folder: &Path, people: usize) -> Result<Provider> {
    let address = free_address()?;
    let mut command = Command::new("node");
    command
        .current_dir(folder)
        .arg("server.js")
        .arg(address.port().to_string())
        .arg(CALLBACK)
        .env("NODE_ENV", "production");
    let server = Server::start(command, address, super::provider::DISCOVERY).await?;
    let client = |id: &str| Client::new(id, "a-secret-that-is-long-enough-for-anybody");
    Ok(Provider {
        metadata: metadata(&server).await?,
        server,
        web: ["web-rs256", "web-es256", "offline"].map(client),
        machine: ["machine-rs256", "machine-es256"].map(client),
        machine_extra: "&resource=urn:api",
        signer: None,
        people: (0..people).map(|n| Browser::new(&format!("person{n}"), "any")).collect(),
    })
}

/// Which version that is.
pub fn version(folder: &Path) -> Result<String> {
    let file = std::fs::read_to_string(folder.join("node_modules/oidc-provider/package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&file)?;
    package["version"].as_str().map(str::to_owned).context("no version")
}
