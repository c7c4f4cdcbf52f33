//! Requests to addresses that clients name, their `jwks_uri` for one, or where they are told of a
//! sign-out: over https, to public networks alone unless the settings allow more, without
//! redirects, bounded in time and size. Whoever may register an address must not learn from it
//! what only this machine can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use url::{Host, Url};

use crate::config::Outbound;

/// How long an answer may take, name service and handshake included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const SIZE: usize = 256 * 1024;

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none that may be asked.
    #[error("{0} is not an https URL")]
    NotHttps(String),
    /// The network is not allowed.
    #[error("{0} is in a private network; allow it with outbound.allowed_networks")]
    Private(String),
    /// Nobody answered.
    #[error("{url} does not answer: {cause}")]
    Unreachable {
        /// Which address.
        url: String,
        /// What the network said.
        cause: String,
    },
    /// Whoever answers is not trusted.
    #[error("{url} is not trusted: {cause}")]
    NotTrusted {
        /// Which address.
        url: String,
        /// What is wrong with its certificate.
        cause: String,
    },
    /// The answer was not 200.
    #[error("{url} answers {status}")]
    Status {
        /// Which address.
        url: String,
        /// What it said.
        status: u16,
    },
    /// The answer is too long.
    #[error("{0} answers with more than 256 KiB")]
    TooLong(String),
}

/// The settings for outgoing requests cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FetcherError {
    /// The file with certificates.
    #[error("outbound.ca_file ({file}) cannot be read: {cause}; name a PEM file with certificates")]
    CaFile {
        /// Which file.
        file: String,
        /// Why not.
        cause: String,
    },
    /// The machine.
    #[error("outgoing requests cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Asks what clients name.
pub struct Fetcher {
    client: Client,
    allowed: Arc<[IpNet]>,
}

impl Fetcher {
    /// As the settings have it.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub fn new(settings: &Outbound) -> Result<Fetcher, FetcherError> {
        let allowed: Arc<[IpNet]> = settings.allowed_networks.clone().into();
        let mut client = Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("keystead/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guard { allowed: allowed.clone() }));
        if let Some(file) = &settings.ca_file {
            let unread = |cause: String| {
                let file = file.display().to_string();
                FetcherError::CaFile { file, cause }
            };
            let pem = std::fs::read(file).map_err(|error| unread(error.to_string()))?;
            let all = Certificate::from_pem_bundle(&pem).map_err(|e| unread(e.to_string()))?;
            client = client.tls_certs_merge(all);
        }
        Ok(Fetcher { client: client.build()?, allowed })
    }

    /// The body of an answer 200.
    ///
    /// # Errors
    /// See `FetchError`; each is a sentence with its cause.
    pub async fn get(&self, text: &str) -> Result<Vec<u8>, FetchError> {
        let url = self.checked(text)?;
        let unreachable = |error: reqwest::Error| unreached(text, &error);
        let mut answer = self.client.get(url).send().await.map_err(unreachable)?;
        if answer.status() != 200 {
            let status = answer.status().as_u16();
            return Err(FetchError::Status { url: text.to_owned(), status });
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > SIZE {
                return Err(FetchError::TooLong(text.to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Sends a form; done once the answer says 200 or 204. What else it says is not read.
    ///
    /// # Errors
    /// See `FetchError`; each is a sentence with its cause.
    pub async fn post(&self, text: &str, form: &[(&str, &str)]) -> Result<(), FetchError> {
        let url = self.checked(text)?;
        let sent = self.client.post(url).form(form).send().await;
        let status = sent.map_err(|error| unreached(text, &error))?.status().as_u16();
        match status {
            200 | 204 => Ok(()),
            status => Err(FetchError::Status { url: text.to_owned(), status }),
        }
    }

    /// Names are looked at once they are resolved; addresses here. Plain http goes to networks that
    /// the settings name, and nowhere else.
    fn checked(&self, text: &str) -> Result<Url, FetchError> {
        let not_https = || FetchError::NotHttps(text.to_owned());
        let mut url = Url::parse(text).map_err(|_| not_https())?;
        url.set_fragment(None);
        let address = match url.host().ok_or_else(not_https)? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        let named =
            address.is_some_and(|address| self.allowed.iter().any(|n| n.contains(&address)));
        match url.scheme() {
            "https" => {}
            "http" if named => {}
            _ => return Err(not_https()),
        }
        match address {
            Some(address) if !named && !is_public(address) => {
                Err(FetchError::Private(text.to_owned()))
            }
            _ => Ok(url),
        }
    }
}

/// Resolves names to addresses that may be asked.
struct Guard {
    allowed: Arc<[IpNet]>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found
                .filter(|found| {
                    is_public(found.ip()) || allowed.iter().any(|net| net.contains(&found.ip()))
                })
                .collect();
            if open.is_empty() {
                return Err(FetchError::Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// The deepest cause of an error says what really happened.
fn unreached(url: &str, error: &reqwest::Error) -> FetchError {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if let Some(FetchError::Private(_)) = cause.downcast_ref() {
        return FetchError::Private(url.to_owned());
    }
    let (url, cause) = (url.to_owned(), cause.to_string());
    let about_tls = ["certificate", "handshake", "TLS", "UnknownIssuer", "InvalidContentType"];
    match about_tls.iter().any(|word| cause.contains(word)) {
        true => FetchError::NotTrusted { url, cause },
        false => FetchError::Unreachable { url, cause },
    }
}

/// Whether an address is one of the open internet (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let last = || {
        let [[one, two], [three, four]] = [g.to_be_bytes(), h.to_be_bytes()];
        Ipv4Addr::new(one, two, three, four)
    };
    match a {
        // NAT64 leads to the address at its end (RFC 6052).
        0x64 if b == 0xff9b && [c, d, e, f] == [0; 4] => is_public_v4(last()),
        // Tunnels and documentation: 6to4, Teredo and the rest of 2001::/23, 2001:db8::/32.
        0x2002 => false,
        0x2001 => b >= 0x200 && b != 0xdb8,
        // Global unicast is what is left of 2000::/3 (RFC 4291 2.4).
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::{FetchError, Fetcher, is_public};
    use crate::config::Outbound;

    #[test]
    fn only_the_open_internet_is_public() {
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::1.1.1.1"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    fn told(allowed: &str, url: &str) -> Result<(), String> {
        let allowed_networks = allowed.split_whitespace().map(|net| net.parse().unwrap()).collect();
        let fetcher = Fetcher::new(&Outbound { allowed_networks, ca_file: None }).unwrap();
        fetcher.checked(url).map(drop).map_err(|error| match error {
            FetchError::NotHttps(_) => "not https".to_owned(),
            FetchError::Private(_) => "private".to_owned(),
            other => other.to_string(),
        })
    }

    #[test]
    fn nothing_but_https_to_the_open_internet_is_asked_unless_allowed() {
        let refused = |why: &str| Err(why.to_owned());
        assert_eq!(told("", "https://app.example/jwks"), Ok(()));
        assert_eq!(told("", "https://1.1.1.1/jwks"), Ok(()));
        assert_eq!(told("", "http://app.example/jwks"), refused("not https"));
        assert_eq!(told("", "file:///etc/passwd"), refused("not https"));
        assert_eq!(told("", "https://127.0.0.1/"), refused("private"));
        assert_eq!(told("", "https://2130706433/"), refused("private"));
        assert_eq!(told("", "https://[::ffff:10.0.0.1]/"), refused("private"));
        assert_eq!(told("127.0.0.0/8", "https://127.0.0.1/"), Ok(()));
        assert_eq!(told("127.0.0.0/8", "http://127.0.0.1:9/"), Ok(()));
        assert_eq!(told("127.0.0.0/8", "https://10.0.0.1/"), refused("private"));
    }
}
