//! The ID token, OpenID Connect Core 2. No `nbf`: python-social-auth compares it without leeway.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::domain::{Algorithm, Client, Grant, Timestamp};

/// What an ID token is made of.
pub struct Content<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// For whom.
    pub client: &'a Client,
    /// What it rests on.
    pub grant: &'a Grant,
    /// `sub`.
    pub sub: &'a str,
    /// Goes into `at_hash`.
    pub access_token: &'a str,
    /// Echoed if the authorization request sent one; never on refresh (OpenID Connect Core 12.2).
    pub nonce: Option<&'a str>,
    /// Claims asked for one by one.
    pub claims: Map<String, Value>,
}

/// The claims. `iat` lies a few seconds back, since relying parties refuse one in the future and
/// clocks differ; `exp` counts from the real time.
pub fn claims(content: Content<'_>, now: Timestamp) -> Map<String, Value> {
    let (client, grant) = (content.client, content.grant);
    let mut claims = content.claims;
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    let issued_at = now - client.settings.iat_backdate;
    put("iss", json!(content.issuer));
    put("sub", json!(content.sub));
    put("aud", json!(client.id));
    put("azp", json!(client.id));
    put("exp", json!(now + client.settings.id_token_lifetime));
    put("iat", json!(issued_at));
    // Moved as far back as `iat`, so that no sign-in seems to come after its token.
    put("auth_time", json!(grant.auth_time - client.settings.iat_backdate));
    put("acr", json!(grant.acr));
    put("amr", json!(grant.amr.0));
    put("sid", json!(grant.sid));
    if let Some(nonce) = content.nonce {
        put("nonce", json!(nonce));
    }
    if let Some(hash) = at_hash(client.settings.alg, content.access_token) {
        put("at_hash", json!(hash));
    }
    claims
}

/// OpenID Connect Core 3.1.3.6. For EdDSA the hash is not settled and PyJWT stumbles over one, so
/// it is left out, as the specification allows.
fn at_hash(alg: Algorithm, access_token: &str) -> Option<String> {
    match alg {
        Algorithm::RS256 | Algorithm::ES256 => {
            let hash = digest(&SHA256, access_token.as_bytes());
            Some(BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))
        }
        Algorithm::EdDSA => None,
    }
}

#[cfg(test)]
mod tests {
    use super::at_hash;
    use crate::domain::Algorithm;

    #[test]
    fn the_example_of_openid_connect_core_a_3() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(Algorithm::RS256, token).unwrap(), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
