//! Certificates of those who connect: asked for, and left to the endpoints to believe.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// Whether those who connect are asked for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// They are, and may have none.
    ForCertificates,
    /// They are not.
    ForNothing,
}

/// The chain of a peer, on each of its requests as an extension. Its key was proved in the handshake;
/// nobody vouches for what it says.
#[derive(Debug, Clone)]
pub struct PeerCertificates(pub Arc<[CertificateDer<'static>]>);

/// Takes any certificate whose key the peer holds: whose it is, the endpoints ask.
#[derive(Debug)]
pub(super) struct AnyCertificate(WebPkiSupportedAlgorithms);

impl AnyCertificate {
    pub(super) fn new() -> AnyCertificate {
        AnyCertificate(aws_lc_rs::default_provider().signature_verification_algorithms)
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use axum::{Extension, Router, routing::get};
    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;
    use tokio_rustls::TlsConnector;

    use super::{Arc, Asked, CertificateDer, PeerCertificates, aws_lc_rs};
    use crate::config::Tls;
    use crate::server::Server;

    fn pair() -> (KeyPair, rcgen::Certificate) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (key, certificate)
    }

    /// What the server saw of a client with this certificate.
    async fn seen(asked: Asked, shown: Option<&(KeyPair, rcgen::Certificate)>) -> String {
        let (key, certificate) = pair();
        let folder = std::env::temp_dir().join(format!("keystead-mtls-{:p}", &raw const key));
        fs::create_dir_all(&folder).unwrap();
        let files = Tls { cert_file: folder.join("tls.pem"), key_file: folder.join("tls.key") };
        fs::write(&files.cert_file, certificate.pem()).unwrap();
        fs::write(&files.key_file, key.serialize_pem()).unwrap();
        let server = Server::bind("listen", "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let server = server.with_tls(Some(&files), asked).unwrap();
        let address = server.local_addr().unwrap();
        let told = async |peer: Option<Extension<PeerCertificates>>| {
            format!("saw {}", peer.map_or(0, |Extension(peer)| peer.0[0].len()))
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().route("/", get(told));
        let running = tokio::spawn(server.run(router, async { drop(stopped.await) }));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(certificate.der().to_vec())).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            Some((key, certificate)) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
                let chain = vec![CertificateDer::from(certificate.der().to_vec())];
                config.with_client_auth_cert(chain, key).unwrap()
            }
            None => config.with_no_client_auth(),
        };
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let ask = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(ask).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok();
        drop(stop);
        running.await.unwrap();
        fs::remove_dir_all(&folder).unwrap();
        answer.rsplit("\r\n").next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_certificate_is_seen_where_it_is_asked_for() {
        let own = pair();
        let length = own.1.der().len();
        let whole = format!("saw {length}");
        assert_eq!(seen(Asked::ForCertificates, Some(&own)).await, whole);
        assert_eq!(seen(Asked::ForCertificates, None).await, "saw 0");
        assert_eq!(seen(Asked::ForNothing, Some(&own)).await, "saw 0");
    }
}
