//! The server over real sockets.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream as Blocking;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Extension;
use axum::Router;
use axum::routing::{get, post};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_rustls::TlsConnector;

use super::*;

/// Enough for whatever should happen; only a failing test waits so long.
const LONG: Duration = Duration::from_secs(20);

/// A server that runs, and the means to stop it.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<usize>,
}

impl Running {
    fn start(server: Server, router: Router) -> Running {
        let address = server.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(server.run(router, async { drop(stopped.await) }));
        Running { address, stop, ended }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) -> usize {
        self.stop.send(()).unwrap();
        timeout(LONG, self.ended).await.unwrap().unwrap()
    }
}

async fn free() -> Server {
    Server::bind("listen", "127.0.0.1:0".parse().unwrap()).await.unwrap()
}

fn hello() -> Router {
    let peer = async |Extension(PeerAddr(peer)): Extension<PeerAddr>| format!("hello {peer}");
    Router::new().route("/", get(peer)).route("/echo", post(async |body: String| body))
}

/// A route that says when it was entered and waits until it may answer.
fn slow() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (enter, wait) = (entered.clone(), go.clone());
    let handler = async move || {
        enter.notify_one();
        wait.notified().await;
        "done at last"
    };
    (Router::new().route("/", get(handler)), entered, go)
}

/// Everything until the other side closes.
async fn rest<S: AsyncReadExt + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the server did not close");
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn read_until<S: AsyncReadExt + Unpin>(stream: &mut S, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let byte = timeout(LONG, stream.read_u8()).await.expect("the server did not answer");
        text.push(byte.unwrap_or_else(|_| panic!("closed after {text:?}")).into());
    }
    text
}

const ONCE: &[u8] = b"GET / HTTP/1.1\r\nHost: sso\r\nConnection: close\r\n\r\n";
const AGAIN: &[u8] = b"GET / HTTP/1.1\r\nHost: sso\r\n\r\n";

#[tokio::test]
async fn a_request_is_told_its_peer() {
    let server = Running::start(free().await, hello());
    let mut stream = server.connect().await;
    stream.write_all(ONCE).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(&format!("hello {}", stream.local_addr().unwrap())), "{answer}");
    assert_eq!(server.stop().await, 0);
}

#[test]
fn an_ipv4_peer_is_one_whatever_the_socket() {
    let mapped: SocketAddr = "[::ffff:192.0.2.7]:5000".parse().unwrap();
    assert_eq!(PeerAddr::from(mapped).0.to_string(), "192.0.2.7:5000");
    let other: SocketAddr = "[2001:db8::7]:5000".parse().unwrap();
    assert_eq!(PeerAddr::from(other).0, other);
}

#[tokio::test]
async fn http_2_is_spoken_too() {
    let server = Running::start(free().await, hello());
    let stream = TokioIo::new(server.connect().await);
    let executor = TokioExecutor::new();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(executor, stream).await.unwrap();
    tokio::spawn(connection);
    let uri = format!("http://{}/", server.address);
    let request = axum::http::Request::get(uri).body(String::new()).unwrap();
    assert_eq!(client.send_request(request).await.unwrap().status(), 200);
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn draining_finishes_the_request_in_flight() {
    let (router, entered, go) = slow();
    let server = Running::start(free().await, router);
    let address = server.address;
    let mut stream = server.connect().await;
    stream.write_all(AGAIN).await.unwrap();
    entered.notified().await;
    let stopping = tokio::spawn(server.stop());
    // The port is given up first of all, so that another server can take over.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go.notify_one();
    let answer = rest(&mut stream).await;
    assert!(answer.ends_with("done at last") && answer.contains("connection: close"), "{answer}");
    assert_eq!(stopping.await.unwrap(), 0);
}

#[tokio::test]
async fn whoever_had_connected_before_the_end_is_served() {
    let server = free().await;
    let address = server.local_addr().unwrap();
    // Nothing is accepted before `run`, so this connection waits in the backlog.
    let waiting = spawn_blocking(move || {
        let mut stream = Blocking::connect(address).unwrap();
        stream.write_all(AGAIN).unwrap();
        stream
    });
    let mut stream = waiting.await.unwrap();
    assert_eq!(server.run(hello(), std::future::ready(())).await, 0);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let server = Running::start(free().await, hello());
    let mut stream = server.connect().await;
    stream.write_all(AGAIN).await.unwrap();
    let peer = stream.local_addr().unwrap().to_string();
    let answer = read_until(&mut stream, &peer).await;
    assert!(!answer.contains("connection: close"), "{answer}");
    assert_eq!(server.stop().await, 0);
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let (router, entered, _go) = slow();
    let short = Duration::from_millis(20);
    let limits = Limits { farewell: short, drain: short, ..Limits::default() };
    let server = Running::start(free().await.with_limits(limits), router);
    let mut stream = server.connect().await;
    stream.write_all(ONCE).await.unwrap();
    entered.notified().await;
    assert_eq!(server.stop().await, 1);
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_slow_header_is_not_waited_for() {
    let short = Duration::from_millis(50);
    let limits = Limits { first_request: short, ..Limits::default() };
    let server = Running::start(free().await.with_limits(limits), hello());
    // Nothing, a byte that might begin HTTP/2, and half a header.
    for sent in [&b""[..], b"P", b"GET / HTTP/1.1\r\nHost"] {
        let mut stream = server.connect().await;
        stream.write_all(sent).await.unwrap();
        assert_eq!(rest(&mut stream).await, "", "{sent:?}");
    }
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_second_header_is_not_waited_for_either() {
    let limits = Limits { keep_alive: Duration::from_millis(50), ..Limits::default() };
    let server = Running::start(free().await.with_limits(limits), hello());
    let mut stream = server.connect().await;
    stream.write_all(&[AGAIN, b"GET / HTTP/1.1\r\n"].concat()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 1, "{answer}");
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_huge_header_is_refused_and_a_large_body_is_not() {
    let server = Running::start(free().await, hello());
    let mut stream = server.connect().await;
    let header = format!("GET / HTTP/1.1\r\nHost: sso\r\nCookie: {}\r\n\r\n", "a".repeat(40_000));
    stream.write_all(header.as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 431"));
    let mut stream = server.connect().await;
    let body = "a".repeat(100_000);
    let request = format!(
        "POST /echo HTTP/1.1\r\nHost: sso\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.ends_with(&body));
}

#[tokio::test]
async fn connections_above_the_cap_wait_their_turn() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let server = Running::start(free().await.with_limits(limits), hello());
    let mut first = server.connect().await;
    first.write_all(AGAIN).await.unwrap();
    let peer = first.local_addr().unwrap().to_string();
    read_until(&mut first, &peer).await;
    let mut second = server.connect().await;
    second.write_all(ONCE).await.unwrap();
    let early = timeout(Duration::from_millis(50), second.read_u8()).await;
    assert!(early.is_err(), "served above the cap");
    drop(first);
    assert!(rest(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_taken_port_is_a_sentence_with_a_fix() {
    let server = free().await;
    let address = server.local_addr().unwrap();
    let error = Server::bind("metrics.listen", address).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot listen on {address}: another program uses that port; stop it, or set another \
             address as metrics.listen"
        )
    );
    let error = Server::bind("listen", "192.0.2.1:80".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, ServerError::NotHere { .. }), "{error}");
}

/// A folder with a certificate for localhost and its key.
struct Pair(PathBuf);

impl Pair {
    fn new() -> Pair {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("keystead-tls-{}-{n}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("openssl.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").unwrap();
        let pair = Pair(folder);
        pair.renew("first");
        pair
    }

    fn renew(&self, name: &str) {
        let output = Command::new("openssl")
            .current_dir(&self.0)
            .args(["req", "-x509", "-config", "openssl.cnf", "-nodes", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2"])
            .args(["-subj", &format!("/CN={name}"), "-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", "new.key", "-out", "new.pem"])
            .output()
            .expect("the openssl command is missing; install the package openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::rename(self.0.join("new.key"), self.files().key_file).unwrap();
        fs::rename(self.0.join("new.pem"), self.files().cert_file).unwrap();
    }

    fn files(&self) -> Tls {
        Tls { cert_file: self.0.join("tls.pem"), key_file: self.0.join("tls.key") }
    }

    fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.files().cert_file).unwrap()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The whole answer over TLS, if the server shows this very certificate.
async fn over_tls(address: SocketAddr, trusted: CertificateDer<'static>) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(ONCE).await?;
    Ok(rest(&mut stream).await)
}

async fn tls(pair: &Pair) -> Server {
    free().await.with_tls(Some(&pair.files()), Asked::ForNothing).unwrap()
}

#[tokio::test]
async fn a_silent_handshake_blocks_nobody() {
    let pair = Pair::new();
    let server = Running::start(tls(&pair).await, hello());
    let _silent = server.connect().await;
    let answer = over_tls(server.address, pair.certificate()).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_by_itself() {
    let pair = Pair::new();
    let limits = Limits { certificate_check: Duration::from_millis(1), ..Limits::default() };
    let server = Running::start(tls(&pair).await.with_limits(limits), hello());
    let old = pair.certificate();
    over_tls(server.address, old.clone()).await.unwrap();
    pair.renew("second");
    let new = pair.certificate();
    let taken_up = async { while over_tls(server.address, new.clone()).await.is_err() {} };
    timeout(LONG, taken_up).await.expect("the new certificate was not taken up");
    assert!(over_tls(server.address, old).await.is_err());
}

#[tokio::test]
async fn a_broken_certificate_leaves_the_old_one_until_it_is_mended() {
    let pair = Pair::new();
    let server = tls(&pair).await;
    let certificates = server.certificates.clone().unwrap();
    let server = Running::start(server, hello());
    let old = pair.certificate();
    for breakage in ["", "no certificate"] {
        fs::write(pair.files().cert_file, breakage).unwrap();
        certificates.refresh().await;
        over_tls(server.address, old.clone()).await.expect("the old certificate was given up");
    }
    pair.renew("second");
    certificates.refresh().await;
    over_tls(server.address, pair.certificate()).await.expect("not mended");
}

#[tokio::test]
async fn unusable_tls_files_are_named_with_a_fix() {
    let pair = Pair::new();
    let other = Pair::new();
    let refused = async |cert: &Path, key: &Path| {
        let files = Tls { cert_file: cert.to_owned(), key_file: key.to_owned() };
        free().await.with_tls(Some(&files), Asked::ForNothing).unwrap_err().to_string()
    };
    let (files, none) = (pair.files(), pair.0.join("none"));
    let text = refused(&none, &files.key_file).await;
    assert!(
        text.starts_with(&format!("tls.cert_file {} cannot be read", none.display())),
        "{text}"
    );
    let text = refused(&files.key_file, &files.key_file).await;
    assert!(text.contains("holds no PEM certificate chain; name the file that does"), "{text}");
    let text = refused(&files.cert_file, &files.cert_file).await;
    assert!(text.contains("holds no PEM private key; name the file that does"), "{text}");
    let text = refused(&files.cert_file, &other.files().key_file).await;
    assert!(text.contains("is not the key of the first certificate"), "{text}");
}
