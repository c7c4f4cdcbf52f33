//! A server of a client's, reached by https as in earnest: its certificate is made for the run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::kept::kept;

/// The file with the certificate, and beside it the key: of a server that clients have.
fn certificate() -> &'static PathBuf {
    static KEPT: LazyLock<PathBuf> = LazyLock::new(|| kept("party", make).join("cert.pem"));
    &KEPT
}

fn make(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").unwrap();
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-config", "cnf", "-nodes", "-newkey", "ec"])
        .args(["-pkeyopt", "ec_paramgen_curve:P-256", "-days", "3650", "-subj", "/CN=party"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .output()
        .expect("the openssl command is missing; install the package openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The settings of a node that may ask such servers.
pub fn allowed() -> [(&'static str, &'static str); 2] {
    let file = certificate().to_str().unwrap();
    [("KEYSTEAD_OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8"), ("KEYSTEAD_OUTBOUND__CA_FILE", file)]
}

/// A server that answers every request with this text, which may change; its address.
pub async fn serve_https(text: &Arc<Mutex<String>>) -> String {
    let file = certificate();
    let chain = vec![CertificateDer::from_pem_file(file).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file.with_file_name("key.pem")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let text = text.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, text) = (acceptor.clone(), text.lock().unwrap().clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => asked.push(byte),
                        Err(_) => return,
                    }
                }
                let head = format!("content-length: {}\r\nconnection: close", text.len());
                let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{text}");
                stream.write_all(answer.as_bytes()).await.ok();
                stream.shutdown().await.ok();
            });
        }
    });
    format!("https://{address}/it")
}
