//! Registration: the tokens with which applications register themselves.

pub mod create;
pub mod index;
pub mod revoke;

use crate::domain::{GrantType, RegistrationToken, Timestamp};

pub(super) const HERE: &str = "/admin/registration";

/// A badge: what it says, and its kind.
fn badge(token: &RegistrationToken, now: Timestamp) -> (&'static str, &'static str) {
    if now >= token.expires_at {
        ("Expired", "bad")
    } else if token.uses_left == 0 {
        ("Used up", "warn")
    } else {
        ("Works", "good")
    }
}

/// What applications may become, in words.
fn may(token: &RegistrationToken) -> String {
    let grants: Vec<&str> = token.bounds.grant_types.iter().map(|one| one.as_str()).collect();
    let hosts = match token.bounds.redirect_hosts.is_empty() {
        true => "any host".to_owned(),
        false => token.bounds.redirect_hosts.join(", "),
    };
    format!("{}; {}; {hosts}", grants.join(", "), token.bounds.scopes)
}

/// The grants that a token may allow, each with what it is for.
const GRANTS: [(GrantType, &str); 3] = [
    (GrantType::AuthorizationCode, "People sign in to it"),
    (GrantType::RefreshToken, "It stays connected while they are away"),
    (GrantType::ClientCredentials, "It acts for itself"),
];
