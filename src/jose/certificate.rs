//! Certificates that clients show, RFC 8705: read, recognised, and vouched for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::{FromDer, RelativeDistinguishedName, X509Certificate, X509Name};

use crate::domain::{CertificateSubject, Timestamp, name_parts};

/// Bytes of a certificate, at most.
const LONGEST: usize = 16 * 1024;

/// What a client showed: its own certificate, and those that lead to an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    own: Vec<u8>,
    others: Vec<Vec<u8>>,
}

impl Shown {
    /// A chain as TLS gives it, the client's own certificate first.
    pub fn new(chain: &[CertificateDer<'_>]) -> Option<Shown> {
        let (own, others) = chain.split_first()?;
        Some(Shown { own: own.to_vec(), others: others.iter().map(|one| one.to_vec()).collect() })
    }

    /// A certificate as proxies pass it on: PEM, as it is or percent-encoded (nginx); base64 (Caddy,
    /// Traefik); or between colons (RFC 9440 2.2).
    pub fn in_header(text: &str) -> Option<Shown> {
        if text.len() > 2 * LONGEST {
            return None;
        }
        let plain = percent_encoding::percent_decode_str(text.trim()).decode_utf8().ok()?;
        let body = match plain.strip_prefix("-----BEGIN CERTIFICATE-----") {
            Some(rest) => rest.split_once("-----END CERTIFICATE-----")?.0,
            None => plain.trim_matches(':'),
        };
        let base64: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        let own = BASE64_STANDARD.decode(base64).ok()?;
        X509Certificate::from_der(&own).ok()?;
        Some(Shown { own, others: Vec::new() })
    }

    /// `x5t#S256`, RFC 8705 3.1.
    pub fn thumbprint(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.own))
    }

    /// The client's own certificate, DER.
    pub fn own(&self) -> &[u8] {
        &self.own
    }

    /// Whether it is of this subject (RFC 8705 2.1.2).
    pub fn is_of(&self, subject: &CertificateSubject) -> bool {
        let Ok((_, read)) = X509Certificate::from_der(&self.own) else { return false };
        if let CertificateSubject::Dn(wanted) = subject {
            return same_name(wanted, read.subject());
        }
        let Ok(Some(names)) = read.subject_alternative_name() else { return false };
        names.value.general_names.iter().any(|name| match (subject, name) {
            (CertificateSubject::Dns(wanted), GeneralName::DNSName(name)) => {
                wanted.eq_ignore_ascii_case(name)
            }
            (CertificateSubject::Uri(wanted), GeneralName::URI(name)) => wanted == name,
            (CertificateSubject::Email(wanted), GeneralName::RFC822Name(name)) => wanted == name,
            (CertificateSubject::Ip(wanted), GeneralName::IPAddress(bytes)) => match wanted {
                std::net::IpAddr::V4(ip) => ip.octets() == *bytes,
                std::net::IpAddr::V6(ip) => ip.octets() == *bytes,
            },
            _ => false,
        })
    }
}

/// The parts of a name in a certificate; `None` where one of them has several values.
fn own_parts(name: &X509Name<'_>) -> Option<Vec<(String, String)>> {
    let one = |rdn: &RelativeDistinguishedName<'_>| {
        let mut attributes = rdn.iter();
        let (first, None) = (attributes.next()?, attributes.next()) else { return None };
        let kind = oid2abbrev(first.attr_type(), oid_registry());
        let kind = kind.map_or_else(|_| first.attr_type().to_id_string(), str::to_owned);
        Some((kind.to_uppercase(), first.as_str().ok()?.trim().to_owned()))
    };
    name.iter_rdn().map(one).collect()
}

/// Part for part, from either end: RFC 4514 2.1 begins with the last.
fn same_name(wanted: &str, own: &X509Name<'_>) -> bool {
    let (Some(wanted), Some(mut own)) = (name_parts(wanted), own_parts(own)) else { return false };
    let same = wanted == own;
    own.reverse();
    !wanted.is_empty() && (same || wanted == own)
}

/// The authorities whose certificates count.
pub struct Authorities(Arc<dyn ClientCertVerifier>);

/// The file with the authorities cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("mtls.ca_file ({file}) cannot be used: {cause}; name a PEM file with certificates")]
pub struct BadAuthorities {
    file: String,
    cause: String,
}

impl Authorities {
    /// Reads a PEM file.
    ///
    /// # Errors
    /// When it holds no certificates.
    pub fn read(file: &Path) -> Result<Authorities, BadAuthorities> {
        let bad = |cause: String| BadAuthorities { file: file.display().to_string(), cause };
        let all: Vec<CertificateDer> = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| bad(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        for one in all {
            roots.add(one).map_err(|error| bad(error.to_string()))?;
        }
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Authorities(verifier.build().map_err(|error| bad(error.to_string()))?))
    }

    /// Whether one of them vouches for it now.
    ///
    /// # Errors
    /// Why not.
    pub fn vouch(&self, shown: &Shown, now: Timestamp) -> Result<(), String> {
        let own = CertificateDer::from(shown.own.as_slice());
        let others: Vec<CertificateDer> =
            shown.others.iter().map(|one| CertificateDer::from(one.as_slice())).collect();
        let seconds = u64::try_from(now.0).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let vouched = self.0.verify_client_cert(&own, &others, now);
        vouched.map(|_| ()).map_err(|error| error.to_string())
    }
}
