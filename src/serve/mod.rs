//! `keystead serve`: open, announce, answer, go by other settings when they change, drain.

mod current;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::app::App;
use crate::config::{Config, MtlsMode};
use crate::directory::{DirectoryError, announced, keys, links};
use crate::domain::Actor;
use crate::server::{Asked, Server, shutdown_signal};
use current::Current;

/// How often is looked whether the secret key is still the one in use.
const KEY_LOOKED_AT: Duration = Duration::from_secs(1);

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// Everything that keeps it from starting, in a sentence with cause and fix.
pub async fn run(config: Config) -> anyhow::Result<()> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    // The port first: a second server on the same folder must not get as far as the database.
    let server = Server::bind("listen", config.listen).await?;
    let asked = match config.mtls.mode {
        MtlsMode::Tls => Asked::ForCertificates,
        MtlsMode::Off | MtlsMode::Proxy => Asked::ForNothing,
    };
    let server = server.with_tls(config.tls.as_ref(), asked)?;
    let metrics = match config.metrics.listen {
        Some(listen) => Some(Server::bind("metrics.listen", listen).await?),
        None => None,
    };
    let shutdown = shutdown_signal().context("signals cannot be caught")?;
    let app = Arc::new(App::open(config).await?);
    keys::ensure(&app).await?;
    announced::announce(&app).await?;
    announce(&app, server.local_addr()?).await?;
    let current = Current::start(app.clone());
    let metrics = match metrics {
        Some(listener) => {
            let stop = shutdown_signal().context("signals cannot be caught")?;
            Some(tokio::spawn(listener.run(app.metrics.router(), stop)))
        }
        None => None,
    };
    let shutdown = {
        let app = app.clone();
        async move {
            tokio::select! {
                () = shutdown => {}
                () = secret_key_replaced(app) => {}
            }
        }
    };
    let cut_off = tokio::select! {
        cut_off = server.run(current.clone(), shutdown) => cut_off,
        never = current.follow() => match never {},
    };
    current.stop();
    if let Some(metrics) = metrics {
        metrics.await.ok();
    }
    flush(&app).await;
    let key = app.db.read().await;
    let replaced = match key {
        Ok(mut conn) => !app.has_current_key(&mut conn).await.unwrap_or(true),
        Err(_) => false,
    };
    app.db.close().await;
    tracing::info!(cut_off, "stopped");
    if replaced {
        anyhow::bail!(
            "the secret key was replaced with keystead key reseal while this server ran; give it \
             the new one and start it again"
        );
    }
    Ok(())
}

/// Returns once the database belongs to another secret key: this server could not read the keys of
/// tokens any more, and would go on with those that it has, whatever became of them.
async fn secret_key_replaced(app: Arc<App>) {
    loop {
        tokio::time::sleep(KEY_LOOKED_AT).await;
        let Ok(mut conn) = app.db.read().await else { continue };
        if app.has_current_key(&mut conn).await.is_ok_and(|current| !current) {
            tracing::error!("the secret key was replaced; stopping");
            return;
        }
    }
}

/// Writes the steps of flows that still wait.
async fn flush(app: &App) {
    loop {
        match app.flows.flush(&app.db).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "the last steps of flows could not be written");
                return;
            }
        }
    }
}

/// Tells where we are, and until somebody is in charge, how to take charge.
async fn announce(app: &App, listen: SocketAddr) -> anyhow::Result<()> {
    let url = &app.config.public_url;
    tracing::info!(%listen, public_url = %url, "ready");
    let line = match links::setup_link(app, &Actor::System).await {
        Ok(link) => format!("Set up Keystead: {}", link.url),
        Err(DirectoryError::SetupDone(_)) => format!("Keystead is ready at {url}"),
        Err(error) => return Err(error.into()),
    };
    // Nobody may be reading; the server runs all the same.
    writeln!(std::io::stdout(), "{line}").ok();
    Ok(())
}
