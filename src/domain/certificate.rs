//! Whom the certificate of a client must name.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The one name that is looked for, RFC 8705 2.1.2; written `dns:app.example.com`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum CertificateSubject {
    /// The subject, RFC 4514.
    Dn(String),
    /// A DNS name.
    Dns(String),
    /// A URI.
    Uri(String),
    /// An address.
    Ip(IpAddr),
    /// An e-mail address.
    Email(String),
}

impl From<CertificateSubject> for String {
    fn from(subject: CertificateSubject) -> String {
        match subject {
            CertificateSubject::Dn(name) => format!("dn:{name}"),
            CertificateSubject::Dns(name) => format!("dns:{name}"),
            CertificateSubject::Uri(name) => format!("uri:{name}"),
            CertificateSubject::Ip(address) => format!("ip:{address}"),
            CertificateSubject::Email(address) => format!("email:{address}"),
        }
    }
}

impl TryFrom<String> for CertificateSubject {
    type Error = String;
    fn try_from(text: String) -> Result<CertificateSubject, String> {
        let wrong = || {
            format!(
                "'{text}' names nobody; write dn:, dns:, uri:, ip: or email: before what stands in \
                 the certificate"
            )
        };
        let (kind, name) = text.split_once(':').ok_or_else(wrong)?;
        let owned = name.to_owned();
        if name.is_empty() || name.len() > 500 || name.chars().any(char::is_control) {
            return Err(wrong());
        }
        match kind {
            "dn" if name.contains('=') => Ok(CertificateSubject::Dn(owned)),
            "dns" => Ok(CertificateSubject::Dns(owned)),
            "uri" => Ok(CertificateSubject::Uri(owned)),
            "ip" => name.parse().map(CertificateSubject::Ip).map_err(|_| wrong()),
            "email" => Ok(CertificateSubject::Email(owned)),
            _ => Err(wrong()),
        }
    }
}

impl std::str::FromStr for CertificateSubject {
    type Err = String;
    fn from_str(text: &str) -> Result<CertificateSubject, String> {
        CertificateSubject::try_from(text.to_owned())
    }
}
