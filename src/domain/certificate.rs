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
            "dn" if parts(name).is_some() => Ok(CertificateSubject::Dn(owned)),
            "dns" => Ok(CertificateSubject::Dns(owned)),
            "uri" => Ok(CertificateSubject::Uri(owned)),
            "ip" => name.parse().map(CertificateSubject::Ip).map_err(|_| wrong()),
            "email" => Ok(CertificateSubject::Email(owned)),
            _ => Err(wrong()),
        }
    }
}

/// The parts of a name as RFC 4514 writes it, in order: each a type in capitals and a value with its
/// escapes undone. `None` for what is no such name, or has parts of several values.
pub fn parts(name: &str) -> Option<Vec<(String, String)>> {
    let mut all = Vec::new();
    let (mut part, mut chars) = (String::new(), name.chars());
    let mut kind: Option<String> = None;
    let mut finish = |kind: Option<String>, value: &str| {
        let kind = kind.filter(|kind| !kind.is_empty())?;
        all.push((kind.to_uppercase(), value.trim().to_owned()));
        Some(())
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next()?;
                match next.to_digit(16) {
                    // Two hex digits are a byte; none of those that matter is beyond ASCII.
                    Some(high) => {
                        let low = chars.next()?.to_digit(16)?;
                        part.push(char::from_u32(high * 16 + low).filter(char::is_ascii)?);
                    }
                    None => part.push(next),
                }
            }
            '=' if kind.is_none() => kind = Some(std::mem::take(&mut part).trim().to_owned()),
            ',' => {
                finish(kind.take(), &part)?;
                part.clear();
            }
            '+' | ';' | '<' | '>' | '"' => return None,
            c => part.push(c),
        }
    }
    finish(kind.take(), &part)?;
    Some(all)
}

impl std::str::FromStr for CertificateSubject {
    type Err = String;
    fn from_str(text: &str) -> Result<CertificateSubject, String> {
        CertificateSubject::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_comma_in_a_value_begins_no_part() {
        let pair = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
        assert_eq!(parts("CN=app, o=Acme").unwrap(), [pair("CN", "app"), pair("O", "Acme")]);
        assert_eq!(parts("CN=payroll\\, Inc").unwrap(), [pair("CN", "payroll, Inc")]);
        assert_eq!(parts("CN=a\\2cb").unwrap(), [pair("CN", "a,b")]);
        assert_eq!(parts("CN=a=b").unwrap(), [pair("CN", "a=b")]);
        for bad in ["", "app", "CN=payroll, Inc", "CN=a+O=b", "=a", "CN=a,", "CN=a\\"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
