//! Which host a request asked for. It is told to the administrator where it is not the public
//! URL's, and decides nothing.

use axum::http::{HeaderMap, Uri, header};

use crate::config::PublicUrl;

/// The host and port that were asked; from `X-Forwarded-Host` if a trusted proxy sends it.
pub fn asked(uri: &Uri, headers: &HeaderMap, proxied: bool) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = text("x-forwarded-host").filter(|_| proxied);
    let first = forwarded.and_then(|hosts| hosts.split(',').next()).map(str::trim);
    let host = first.or_else(|| uri.authority().map(|authority| authority.as_str()));
    host.or_else(|| text(header::HOST.as_str())).map(str::to_owned)
}

/// Whether this is the public URL's host, its port written or not.
pub fn is_of(host: &str, public_url: &PublicUrl) -> bool {
    let url = public_url.as_str();
    let (usual, ours) = match url.strip_prefix("https://") {
        Some(ours) => (":443", ours),
        None => (":80", url.strip_prefix("http://").unwrap_or(url)),
    };
    let bare = host.strip_suffix(usual).unwrap_or(host);
    bare.trim_end_matches('.').eq_ignore_ascii_case(ours)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};

    use super::{asked, is_of};
    use crate::config::{Config, Flags, PublicUrl};

    fn public(url: &str) -> PublicUrl {
        let flags = Flags { config: Some("/dev/null".into()), ..Flags::default() };
        let settings = [("KEYSTEAD_PUBLIC_URL".to_owned(), url.to_owned())];
        Config::load(&flags, settings.into_iter(), std::path::Path::new("/")).unwrap().public_url
    }

    #[test]
    fn a_host_is_compared_without_case_and_usual_port() {
        let url = public("https://id.example.com");
        for host in ["id.example.com", "ID.example.com", "id.example.com:443", "id.example.com."] {
            assert!(is_of(host, &url), "{host}");
        }
        for host in ["id.example.com:8443", "10.0.0.1", "id.example.com.evil.example", ""] {
            assert!(!is_of(host, &url), "{host}");
        }
        assert!(is_of("127.0.0.1:8080", &public("http://127.0.0.1:8080")));
    }

    #[test]
    fn only_a_trusted_proxy_may_name_another_host() {
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:8080".parse().unwrap());
        headers.insert("x-forwarded-host", "id.example.com, inner".parse().unwrap());
        let uri = Uri::from_static("/login");
        assert_eq!(asked(&uri, &headers, false).unwrap(), "127.0.0.1:8080");
        assert_eq!(asked(&uri, &headers, true).unwrap(), "id.example.com");
        let whole = Uri::from_static("https://other.example.com/login");
        assert_eq!(asked(&whole, &HeaderMap::new(), false).unwrap(), "other.example.com");
    }
}
