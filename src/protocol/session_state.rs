//! What a client compares to notice that somebody signed out, OpenID Connect Session Management 1.0, 3.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use url::Url;

/// The `session_state` of a client's answer: bound to the client, the origin that will ask, and the
/// state of the browser. `None` for native applications, whose addresses have no origin.
pub fn session_state(
    client_id: &str,
    redirect_uri: &str,
    browser_state: &str,
    salt: &[u8; 16],
) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    let origin = url.origin();
    if !origin.is_tuple() {
        return None;
    }
    let (origin, salt) = (origin.ascii_serialization(), BASE64_URL_SAFE_NO_PAD.encode(salt));
    let text = format!("{client_id} {origin} {browser_state} {salt}");
    let hash = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()));
    Some(format!("{hash}.{salt}"))
}

#[cfg(test)]
mod tests {
    use super::session_state;

    #[test]
    fn it_is_bound_to_the_origin_whatever_the_path() {
        let of = |uri: &str| session_state("web", uri, "s", &[7; 16]);
        assert_eq!(of("https://rp.example/cb"), of("https://rp.example:443/other?x"));
        assert_ne!(of("https://rp.example/cb"), of("https://rp.example:8443/cb"));
        assert_eq!(of("com.example.app:/cb"), None);
        assert!(of("https://rp.example/cb").unwrap().ends_with(".BwcHBwcHBwcHBwcHBwcHBw"));
    }
}
