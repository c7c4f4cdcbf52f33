//! The browser's part of a sign-out, OpenID Connect Front-Channel Logout 1.0.

use url::{Url, form_urlencoded};

/// Where the browser tells a client that a session ended (ibid. 2): its own address, with what names
/// the session.
pub fn address(uri: &str, issuer: &str, sid: &str) -> String {
    let named = form_urlencoded::Serializer::new(String::new())
        .append_pair("iss", issuer)
        .append_pair("sid", sid)
        .finish();
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{named}")
}

/// The origin that a page must be allowed to frame.
pub fn origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::{address, origin};

    #[test]
    fn the_query_of_the_address_stays_and_what_names_the_session_follows() {
        let told = address("https://rp.example/bye?x=1", "https://id.example/", "a&b");
        assert_eq!(told, "https://rp.example/bye?x=1&iss=https%3A%2F%2Fid.example%2F&sid=a%26b");
        let told = address("https://rp.example/bye", "https://id.example", "a");
        assert_eq!(told, "https://rp.example/bye?iss=https%3A%2F%2Fid.example&sid=a");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin("https://rp.example/a;b").as_deref(), Some("https://rp.example"));
        assert_eq!(origin("https://rp.example:8443/").as_deref(), Some("https://rp.example:8443"));
        assert_eq!(origin("javascript:alert(1)"), None);
        assert_eq!(origin("x"), None);
    }
}
