//! The ID token, OpenID Connect Core 2. No `nbf`: python-social-auth compares it without leeway.

use aws_lc_rs::digest::{Algorithm as Digest, SHA256, SHA384, SHA512, digest};
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
    /// What it travels with, and vouches for.
    pub beside: Beside<'a>,
    /// Echoed if the authorization request sent one; never on refresh (OpenID Connect Core 12.2).
    pub nonce: Option<&'a str>,
    /// Claims asked for one by one.
    pub claims: Map<String, Value>,
}

/// What an ID token travels with.
#[derive(Debug, Clone, Copy)]
pub enum Beside<'a> {
    /// The access token of the token endpoint.
    TokenEndpoint(&'a str),
    /// What came through the browser, where the ID token alone shows that it is genuine
    /// (OpenID Connect Core 3.2.2.9, 3.3.2.10).
    Browser {
        /// The access token.
        access_token: Option<&'a str>,
        /// The code.
        code: Option<&'a str>,
    },
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
    for (name, value) in hashed(client.settings.alg, content.beside) {
        put(name, json!(value));
    }
    claims
}

/// `at_hash` and `c_hash`. For EdDSA the hash is not settled and PyJWT stumbles over one, so it is
/// left out at the token endpoint, as OpenID Connect Core 3.1.3.6 allows; in the browser it must be
/// there, and is the hash that Ed25519 itself uses.
fn hashed(alg: Algorithm, beside: Beside<'_>) -> Vec<(&'static str, String)> {
    let (access_token, code) = match (alg, beside) {
        (Algorithm::EdDSA, Beside::TokenEndpoint(_)) => (None, None),
        (_, Beside::TokenEndpoint(token)) => (Some(token), None),
        (_, Beside::Browser { access_token, code }) => (access_token, code),
    };
    let function = match alg {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &SHA256,
        Algorithm::ES384 => &SHA384,
        Algorithm::EdDSA => &SHA512,
    };
    let both = [("at_hash", access_token), ("c_hash", code)];
    let given = both.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.map(|(name, value)| (name, half_hash(function, value))).collect()
}

/// The left half of the hash (OpenID Connect Core 3.1.3.6).
fn half_hash(function: &'static Digest, value: &str) -> String {
    let hash = digest(function, value.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

#[cfg(test)]
mod tests {
    use super::{Beside, hashed};
    use crate::domain::Algorithm;

    #[test]
    fn the_examples_of_openid_connect_core_a_3_and_a_4() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        let beside = Beside::Browser { access_token: Some(token), code: Some(code) };
        let hashes = hashed(Algorithm::RS256, beside);
        assert_eq!(hashes[0], ("at_hash", "77QmUPtjPfzWtF2AnpK9RQ".to_owned()));
        assert_eq!(hashes[1], ("c_hash", "LDktKdoQak3Pk0cnXxCltA".to_owned()));
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let beside = Beside::TokenEndpoint("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        let at_hash = |alg| hashed(alg, beside).remove(0).1;
        assert_eq!(at_hash(Algorithm::PS256), at_hash(Algorithm::RS256));
        assert_eq!(at_hash(Algorithm::ES384).len(), 32);
    }

    #[test]
    fn social_core_gets_no_hash_that_it_cannot_check() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert!(hashed(Algorithm::EdDSA, Beside::TokenEndpoint(token)).is_empty());
        let browser = Beside::Browser { access_token: Some(token), code: None };
        assert_eq!(hashed(Algorithm::EdDSA, browser)[0].1.len(), 43);
    }
}
