//! Ready lines for the reverse proxy in front of Keystead: data files with a few words to fill in.

use std::net::SocketAddr;

use url::Url;

/// A proxy that there are lines for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// nginx
    Nginx,
    /// Caddy
    Caddy,
    /// Traefik, by its file provider
    Traefik,
}

impl Proxy {
    /// All of them, the most common first.
    pub const ALL: [Proxy; 3] = [Proxy::Nginx, Proxy::Caddy, Proxy::Traefik];

    /// What it is called on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Proxy::Nginx => "nginx",
            Proxy::Caddy => "caddy",
            Proxy::Traefik => "traefik",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Proxy::Nginx => "nginx",
            Proxy::Caddy => "Caddy",
            Proxy::Traefik => "Traefik",
        }
    }

    /// Its lines for Keystead at `public_url`, which listens on `listen`; `None` for an address that
    /// is none.
    pub fn lines(self, public_url: &str, listen: SocketAddr) -> Option<String> {
        let url = Url::parse(public_url).ok()?;
        let host = url.host_str()?;
        let port = url.port_or_known_default()?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let text = match self {
            Proxy::Nginx => include_str!("../../templates/proxies/nginx.conf"),
            Proxy::Caddy => include_str!("../../templates/proxies/Caddyfile"),
            Proxy::Traefik => include_str!("../../templates/proxies/traefik.yaml"),
        };
        let filled = text
            .replace("{upstream}", &upstream(listen).to_string())
            .replace("{host}", host)
            .replace("{authority}", &authority)
            .replace("{port}", &port.to_string())
            .replace("{url}", public_url);
        Some(filled)
    }
}

/// Where the proxy reaches us on this machine.
fn upstream(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        ip if ip.is_ipv6() => std::net::Ipv6Addr::LOCALHOST.into(),
        _ => std::net::Ipv4Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::Proxy;

    #[test]
    fn every_proxy_has_lines_without_a_gap() {
        for proxy in Proxy::ALL {
            let lines = proxy
                .lines("https://id.example.com:8443", "0.0.0.0:8080".parse().unwrap())
                .unwrap();
            assert!(lines.contains("127.0.0.1:8080"), "{lines}");
            assert!(lines.contains("id.example.com") && lines.contains("8443"), "{lines}");
            for gap in ["{upstream}", "{host}", "{authority}", "{port}", "{url}"] {
                assert!(!lines.contains(gap), "{gap} in {lines}");
            }
        }
        assert!(Proxy::Caddy.lines("nonsense", "127.0.0.1:80".parse().unwrap()).is_none());
    }
}
