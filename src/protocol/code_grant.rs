//! Exchanging an authorization code, RFC 6749 4.1.3.

use super::{ErrorCode, OAuthError, pkce};
use crate::domain::{AuthorizationCode, Cause, ClientId, Confirmation, Grant, Timestamp};

/// What the client sent along with the code.
pub struct Proof<'a> {
    /// Who it proved to be.
    pub client_id: &'a ClientId,
    /// Must be that of the authorization request.
    pub redirect_uri: Option<&'a str>,
    /// The PKCE verifier.
    pub verifier: Option<&'a str>,
    /// The key it proved to hold.
    pub cnf: Option<&'a Confirmation>,
}

/// A refusal of the code; the client learns no more than that.
pub fn refusal(cause: Cause) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, cause, "the code is not valid")
}

/// Checks a code. It is marked used whatever comes of this, so a refusal burns it too.
///
/// # Errors
/// `invalid_grant`.
pub fn check(
    code: &AuthorizationCode,
    grant: &Grant,
    proof: &Proof<'_>,
    now: Timestamp,
) -> Result<(), OAuthError> {
    if code.client_id != *proof.client_id {
        return Err(refusal(Cause::CodeOtherClient)
            .compared("client_id", (proof.client_id.as_str(), code.client_id.as_str())));
    }
    if grant.revoked_at.is_some() {
        return Err(refusal(Cause::GrantRevoked));
    }
    if code.expires_at <= now {
        let late = now - code.expires_at;
        return Err(refusal(Cause::CodeExpired).with("seconds_late", late.to_string()));
    }
    if proof.redirect_uri != Some(code.redirect_uri.as_str()) {
        return Err(refusal(Cause::CodeOtherRedirectUri)
            .with("expected", &code.redirect_uri)
            .with("offered", proof.redirect_uri.unwrap_or("none")));
    }
    if code.cnf.is_some() && code.cnf.as_deref() != proof.cnf {
        return Err(refusal(Cause::DpopKeyMismatch));
    }
    pkce::verify(code.challenge.as_deref(), proof.verifier)
}
