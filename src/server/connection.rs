//! One connection: handshake, requests, and an end at the right moment.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout_at};
use tower::Service;

use super::certificates::Certificates;
use super::peer_certificate::PeerCertificates;
use super::{Limits, PeerAddr, Phase};

/// What a server serves: a router, or something around one.
pub trait Answers:
    Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Answers for S where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// What all connections of a server share.
pub(super) struct Connections<S> {
    service: S,
    certificates: Option<Arc<Certificates>>,
    protocol: auto::Builder<TokioExecutor>,
    first_request: Duration,
    phase: watch::Receiver<Phase>,
}

impl<S: Answers> Connections<S> {
    pub(super) fn new(
        service: S,
        certificates: Option<Arc<Certificates>>,
        limits: &Limits,
        phase: watch::Receiver<Phase>,
    ) -> Connections<S> {
        let protocol = protocol(limits);
        Connections { service, certificates, protocol, first_request: limits.first_request, phase }
    }

    /// Serves one peer to its end; whatever goes wrong is the peer's alone.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let deadline = Instant::now() + self.first_request;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
        }
        let Some(certificates) = &self.certificates else {
            return self.http(stream, (peer, None), deadline).await;
        };
        match timeout_at(deadline, certificates.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates();
                let shown = shown.map(|all| PeerCertificates(all.to_vec().into()));
                self.http(stream, (peer, shown), deadline).await;
            }
            Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        }
    }

    async fn http<T>(
        &self,
        stream: T,
        (peer, shown): (SocketAddr, Option<PeerCertificates>),
        deadline: Instant,
    ) where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asked = Notify::new();
        let service = service_fn(|request| {
            asked.notify_one();
            answer(self.service.clone(), request, (peer, shown.clone()), self.phase.clone())
        });
        let mut connection = pin!(self.protocol.serve_connection(TokioIo::new(stream), service));
        let mut silent = pin!(silence(&asked, deadline));
        let mut phase = self.phase.clone();
        let mut told = false;
        loop {
            tokio::select! {
                result = connection.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(%peer, error, "connection ended");
                    }
                    return;
                }
                () = silent.as_mut() => {
                    tracing::debug!(%peer, "no request in time");
                    return;
                }
                _ = phase.wait_for(|phase| *phase == Phase::Closing), if !told => {
                    connection.as_mut().graceful_shutdown();
                    told = true;
                }
            }
        }
    }
}

/// Resolves if nothing was asked by the deadline, else never.
async fn silence(asked: &Notify, deadline: Instant) {
    if timeout_at(deadline, asked.notified()).await.is_ok() {
        std::future::pending().await
    }
}

async fn answer(
    mut service: impl Answers,
    mut request: Request<Incoming>,
    (peer, shown): (SocketAddr, Option<PeerCertificates>),
    phase: watch::Receiver<Phase>,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(PeerAddr::from(peer));
    if let Some(shown) = shown {
        request.extensions_mut().insert(shown);
    }
    let persists = request.version() <= Version::HTTP_11;
    let mut response = service.call(request).await?;
    // A client that learns of it with an answer cannot lose its next request on the way.
    if persists && *phase.borrow() > Phase::Serving {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

fn protocol(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.keep_alive)
        .max_buf_size(limits.header_bytes as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.first_request)
        .max_header_list_size(limits.header_bytes)
        .max_concurrent_streams(100);
    builder
}
