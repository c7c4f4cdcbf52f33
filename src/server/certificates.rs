//! The certificate of built-in HTTPS, taken up anew when its files change.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerConfig;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::error::ServerError;
use super::peer_certificate::{AnyCertificate, Asked};
use crate::config::Tls;

/// What is served now, and where it came from.
#[derive(Debug)]
pub(super) struct Certificates {
    files: Tls,
    asked: Asked,
    seen: ArcSwap<Stamp>,
    current: ArcSwap<ServerConfig>,
}

/// When each file was last written, and its size; none if it cannot be seen.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Certificates {
    pub(super) fn load(files: &Tls, asked: Asked) -> Result<Certificates, ServerError> {
        let seen = ArcSwap::from_pointee(stamp(files));
        let current = ArcSwap::from_pointee(read(files, asked)?);
        Ok(Certificates { files: files.clone(), asked, seen, current })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }

    /// Looks at the files again and again.
    pub(super) async fn watch(&self, every: Duration) -> Infallible {
        loop {
            sleep(every).await;
            self.refresh().await;
        }
    }

    /// Takes up the files if they changed; a broken pair leaves the one in use.
    pub(super) async fn refresh(&self) {
        let (files, asked, seen) = (self.files.clone(), self.asked, self.seen.load_full());
        let look = move || {
            // Before reading, so that a change meanwhile is seen the next time.
            let now = stamp(&files);
            (now, (now != *seen).then(|| read(&files, asked)))
        };
        match spawn_blocking(look).await {
            Ok((now, Some(found))) => {
                self.seen.store(Arc::new(now));
                self.take(found);
            }
            Ok((_, None)) => {}
            Err(error) => tracing::error!(%error, "cannot look at the certificate files"),
        }
    }

    fn take(&self, found: Result<ServerConfig, ServerError>) {
        match found {
            Ok(config) => {
                self.current.store(Arc::new(config));
                tracing::info!("took up the new TLS certificate");
            }
            Err(error) => {
                tracing::warn!(%error, "kept the old TLS certificate, the new one cannot be used");
            }
        }
    }
}

fn stamp(files: &Tls) -> Stamp {
    let of = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [of(&files.cert_file), of(&files.key_file)]
}

fn read(files: &Tls, asked: Asked) -> Result<ServerConfig, ServerError> {
    let bad_cert = |problem| ServerError::tls("tls.cert_file", &files.cert_file, problem);
    let bad_key = |problem| ServerError::tls("tls.key_file", &files.key_file, problem);
    let chain: Vec<CertificateDer> = CertificateDer::pem_file_iter(&files.cert_file)
        .and_then(Iterator::collect)
        .map_err(|error| bad_cert(unreadable(error, "certificate chain")))?;
    if chain.is_empty() {
        return Err(bad_cert(unreadable(PemError::NoItemsFound, "certificate chain")));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key_file)
        .map_err(|error| bad_key(unreadable(error, "private key")))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| match asked {
            Asked::ForCertificates => {
                builder.with_client_cert_verifier(Arc::new(AnyCertificate::new()))
            }
            Asked::ForNothing => builder.with_no_client_auth(),
        })
        .and_then(|builder| builder.with_single_cert(chain, key))
        .map_err(|error| bad_key(unusable(error)))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn unreadable(error: PemError, wanted: &str) -> String {
    match error {
        PemError::Io(error) => format!("cannot be read ({error}); let this user read it"),
        PemError::NoItemsFound => format!("holds no PEM {wanted}; name the file that does"),
        error => format!("is not valid PEM ({error}); write the {wanted} anew"),
    }
}

fn unusable(error: rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            "is not the key of the first certificate in tls.cert_file; name the two that belong \
             together, the server's own certificate before its issuers"
                .to_owned()
        }
        error => format!("cannot be used with tls.cert_file ({error}); make a new pair"),
    }
}
