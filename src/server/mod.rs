//! The HTTP server: listens, bounds what a peer may cost, and drains when told to stop.

mod certificates;
mod connection;
mod error;
mod open_files;
mod peer_certificate;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::Tls;
use certificates::Certificates;
use connection::Connections;

pub use connection::Answers;

pub use error::ServerError;
pub use peer_certificate::{Asked, PeerCertificates};

/// The address at the other end of the connection, on every request as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

impl From<SocketAddr> for PeerAddr {
    /// An IPv4 peer of an IPv6 socket is an IPv4 peer, so that `trusted_proxies` matches it.
    fn from(address: SocketAddr) -> PeerAddr {
        PeerAddr(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

/// What one server bears.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at one time; more wait to be accepted. Open files may bound it further.
    pub connections: usize,
    /// From connecting to the end of the first request's header, TLS handshake included.
    pub first_request: Duration,
    /// How long an HTTP/1 connection may wait for, and spend on, its next request's header.
    pub keep_alive: Duration,
    /// Size of a request's header.
    pub header_bytes: u32,
    /// At shutdown, how long connections may end by themselves, each after its next answer.
    pub farewell: Duration,
    /// At shutdown, how long requests in flight may take.
    pub drain: Duration,
    /// How often the certificate files are looked at.
    pub certificate_check: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 4096,
            first_request: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            header_bytes: 32 * 1024,
            farewell: Duration::from_millis(500),
            drain: Duration::from_secs(30),
            certificate_check: Duration::from_secs(5),
        }
    }
}

/// How far the server is on its way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Phase {
    /// All is well.
    Serving,
    /// Each HTTP/1 answer asks its client not to come back on this connection.
    Farewell,
    /// Idle connections are closed, the others after what they are doing.
    Closing,
}

/// A bound socket, ready to serve.
#[derive(Debug)]
pub struct Server {
    setting: &'static str,
    listener: TcpListener,
    certificates: Option<Arc<Certificates>>,
    limits: Limits,
}

impl Server {
    /// Takes the address; `setting` is the name under which the operator can change it.
    pub async fn bind(setting: &'static str, address: SocketAddr) -> Result<Server, ServerError> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| ServerError::bind(setting, address, error))?;
        Ok(Server { setting, listener, certificates: None, limits: Limits::default() })
    }

    /// Speaks HTTPS if files are named.
    pub fn with_tls(mut self, tls: Option<&Tls>, asked: Asked) -> Result<Server, ServerError> {
        let load = |files| Certificates::load(files, asked);
        self.certificates = tls.map(load).transpose()?.map(Arc::new);
        Ok(self)
    }

    /// Sets other limits.
    pub fn with_limits(mut self, limits: Limits) -> Server {
        self.limits = limits;
        self
    }

    /// The address taken, with the port the system chose if it was 0.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` resolves, then drains; answers how many connections were cut off.
    pub async fn run<S: Answers>(self, service: S, shutdown: impl Future<Output = ()>) -> usize {
        let (phase, watched) = watch::channel(Phase::Serving);
        let server =
            Arc::new(Connections::new(service, self.certificates.clone(), &self.limits, watched));
        let mut open = JoinSet::new();
        tokio::select! {
            biased;
            () = shutdown => {}
            never = self.accept(&server, &mut open) => match never {},
            never = self.watch_certificates() => match never {},
        }
        let (setting, limits) = (self.setting, self.limits.clone());
        self.take_backlog(&server, &mut open);
        tracing::info!(
            setting,
            connections = open.len(),
            "shutting down, finishing what is in flight"
        );
        drain(open, &phase, &limits).await
    }

    async fn accept<S: Answers>(
        &self,
        server: &Arc<Connections<S>>,
        open: &mut JoinSet<()>,
    ) -> Infallible {
        let most = self.limits.connections.min(open_files::allowed());
        let mut told = None;
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if open.len() < most => match accepted {
                    Ok((stream, peer)) => drop(open.spawn(server.clone().serve(stream, peer))),
                    Err(error) => recover(error).await,
                },
                // Forgets what has ended; while full, this is what makes room.
                Some(_) = open.join_next() => {}
            }
            if open.len() == most && told.is_none_or(|at: Instant| at.elapsed() > MINUTE) {
                tracing::warn!(connections = most, "all connections are in use, new ones wait");
                told = Some(Instant::now());
            }
        }
    }

    /// Stops listening, but serves those who had already connected.
    fn take_backlog<S: Answers>(self, server: &Arc<Connections<S>>, open: &mut JoinSet<()>) {
        let Ok(listener) = self.listener.into_std() else { return };
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                open.spawn(server.clone().serve(stream, peer));
            }
        }
    }

    async fn watch_certificates(&self) -> Infallible {
        match &self.certificates {
            Some(certificates) => certificates.watch(self.limits.certificate_check).await,
            None => std::future::pending().await,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// A peer that gave up is nothing; lack of files or memory passes, if given a moment.
async fn recover(error: io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "cannot accept connections, trying again in a second");
        sleep(Duration::from_secs(1)).await;
    }
}

async fn drain(mut open: JoinSet<()>, phase: &watch::Sender<Phase>, limits: &Limits) -> usize {
    phase.send_replace(Phase::Farewell);
    if timeout(limits.farewell, ended(&mut open)).await.is_err() {
        phase.send_replace(Phase::Closing);
        if timeout(limits.drain, ended(&mut open)).await.is_err() {
            tracing::warn!(connections = open.len(), "cut off connections that did not finish");
        }
    }
    let cut_off = open.len();
    open.shutdown().await;
    cut_off
}

async fn ended(open: &mut JoinSet<()>) {
    while open.join_next().await.is_some() {}
}

/// Resolves at SIGTERM or SIGINT, which it catches from the call on.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
