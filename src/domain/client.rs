//! Clients: the relying parties we know.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{ClientId, ClientSettings, Secret, Timestamp};

/// The name of a client in authentik's URLs.
pub type Slug = String;

/// A registered relying party, RFC 6749 2.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// Stands in authentik's URLs.
    pub slug: Slug,
    /// What people read on the consent page.
    pub name: String,
    /// Cannot keep a secret: runs in a browser or on a device (RFC 6749 2.1).
    pub public: bool,
    /// Ours: people are not asked for consent.
    pub trusted: bool,
    /// Set while it may not be used.
    pub disabled_at: Option<Timestamp>,
    /// SHA-256 of the secret; `None` for public clients.
    pub secret_hash: Option<Vec<u8>>,
    /// The secret itself, sealed, so that it can be shown again.
    pub secret_sealed: Option<Vec<u8>>,
    /// How we talk to it.
    pub settings: Json<ClientSettings>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Where answers may go; filled from their own table.
    pub redirect_uris: Vec<String>,
    /// Where a sign-out may lead back to; filled from their own table.
    pub post_logout_redirect_uris: Vec<String>,
}

impl Client {
    /// Whether an answer may go to `uri`: compared as strings (RFC 9700 2.1), except that a public
    /// client's loopback address may use any port (RFC 8252 7.3).
    pub fn owns_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| {
            registered == uri || (self.public && same_but_for_loopback_port(registered, uri))
        })
    }

    /// Whether a sign-out may lead back to `uri`: compared as strings.
    pub fn owns_post_logout_redirect_uri(&self, uri: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|registered| registered == uri)
    }

    /// Whether `secret` is the client's, in constant time.
    pub fn knows_secret(&self, secret: &Secret) -> bool {
        self.secret_hash.as_deref().is_some_and(|hash| secret.matches(hash))
    }
}

fn same_but_for_loopback_port(registered: &str, offered: &str) -> bool {
    match (without_loopback_port(registered), without_loopback_port(offered)) {
        (Some(registered), Some(offered)) => registered == offered,
        _ => false,
    }
}

/// The address and what follows the port, byte for byte; `None` for any other address.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    let (address, rest) = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|address| Some((address, uri.strip_prefix(address)?)))?;
    let after = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    (after.is_empty() || after.starts_with(['/', '?'])).then_some((address, after))
}

/// What a registered URI is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum UriPurpose {
    /// `redirect_uri` of an authorization request.
    Authorization,
    /// `post_logout_redirect_uri`.
    PostLogout,
}

/// A URI of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri {
    /// Whose it is.
    pub client_id: ClientId,
    /// What it is for.
    pub purpose: UriPurpose,
    /// The URI, to be met byte for byte.
    pub uri: String,
}

#[cfg(test)]
mod tests {
    use super::same_but_for_loopback_port;

    #[test]
    fn only_the_port_of_a_loopback_address_is_free() {
        let registered = "http://127.0.0.1:4000/cb";
        assert!(same_but_for_loopback_port(registered, "http://127.0.0.1:51234/cb"));
        assert!(same_but_for_loopback_port("http://[::1]/cb", "http://[::1]:9/cb"));
        for offered in [
            "http://127.0.0.1:51234/other",
            "https://127.0.0.1:51234/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://u@127.0.0.1/cb",
            "http://localhost:51234/cb",
            "http:127.0.0.1:51234/cb",
            "http://127.0.0.1:51234/c\nb",
            "http://127.0.0.1:51234/x/../cb",
            "http://127.0.0.1:5x/cb",
            "http://2130706433:51234/cb",
        ] {
            assert!(!same_but_for_loopback_port(registered, offered), "{offered}");
        }
        assert!(!same_but_for_loopback_port("http://a.example:1/cb", "http://a.example:2/cb"));
    }
}
