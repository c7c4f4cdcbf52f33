//! The address people and clients are told: scheme, host and port, nothing else.

use std::fmt;

use url::{Host, Url};

use super::value::Value;

/// `public_url`, in the one spelling that every client compares byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
    https: bool,
    loopback: bool,
}

impl PublicUrl {
    /// Reads one as somebody typed it.
    ///
    /// # Errors
    /// What is wrong and what to write instead, as the end of a sentence: "is not an http ...".
    pub fn read(text: &str) -> Result<PublicUrl, String> {
        PublicUrl::parse(text.trim())
    }

    /// Without a slash at the end; being bare, it is the issuer and the web origin too.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host name alone, without port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The whole address of a path that starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether browsers reach us encrypted.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether only this machine reaches us.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const LIKE: &str = "write it like https://sso.example.com";

impl Value for PublicUrl {
    fn parse(text: &str) -> Result<PublicUrl, String> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let url = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            _ => return Err(format!("is not an http or https address; {LIKE}")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("contains a user name or password; {LIKE}"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("is \"{text}\", with a query or fragment; {LIKE}"));
        }
        let bare = url.origin().ascii_serialization();
        if url.path() != "/" {
            return Err(format!(
                "is \"{text}\", with a path, but Keystead answers at the root of its host; give it \
                 a host name of its own and write {bare}"
            ));
        }
        // Clients compare the issuer byte for byte, so what is written is what they see.
        if text != bare {
            return Err(format!("is \"{text}\", which browsers spell otherwise; write {bare}"));
        }
        Ok(PublicUrl {
            text: bare,
            host: url.host_str().unwrap_or_default().to_owned(),
            https: url.scheme() == "https",
            loopback: is_loopback(&url),
        })
    }

    fn show(&self) -> String {
        self.text.clone()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        PublicUrl::parse(text).unwrap_err()
    }

    #[test]
    fn one_slash_at_the_end_is_trimmed() {
        let url = PublicUrl::parse("https://sso.example.com/").unwrap();
        assert_eq!(url.as_str(), "https://sso.example.com");
        assert_eq!(url.join("/login"), "https://sso.example.com/login");
    }

    #[test]
    fn a_path_is_refused_with_the_address_to_write() {
        for text in ["https://sso.example.com/auth", "https://sso.example.com//"] {
            let problem = refused(text);
            assert!(problem.ends_with("write https://sso.example.com"), "{problem}");
        }
    }

    #[test]
    fn only_the_canonical_spelling_passes() {
        for text in
            ["https://SSO.example.com", "https://sso.example.com:443", "https:sso.example.com"]
        {
            let problem = refused(text);
            assert!(problem.ends_with("write https://sso.example.com"), "{problem}");
        }
        assert!(refused("https://bücher.example").ends_with("write https://xn--bcher-kva.example"));
        assert!(PublicUrl::parse("https://sso.example.com:8443").is_ok());
        assert!(PublicUrl::parse("http://[::1]:8080").is_ok());
    }

    #[test]
    fn other_schemes_and_other_parts_are_refused() {
        for text in ["sso.example.com", "ftp://sso.example.com", "localhost:8080", "https://", ""] {
            assert!(refused(text).starts_with("is not an http or https address"), "{text}");
        }
        assert!(refused("https://sso.example.com?a=b").contains("query"));
        assert!(refused("https://sso.example.com/#top").contains("fragment"));
        let problem = refused("https://anna:hunter2@sso.example.com");
        assert!(problem.contains("password") && !problem.contains("hunter2"));
    }

    #[test]
    fn loopback_is_recognised_in_all_its_names() {
        for text in
            ["http://127.0.0.1:8080", "http://localhost", "http://[::1]", "http://a.localhost"]
        {
            assert!(PublicUrl::parse(text).unwrap().is_loopback(), "{text}");
        }
        assert!(!PublicUrl::parse("http://10.0.0.1").unwrap().is_loopback());
    }
}
