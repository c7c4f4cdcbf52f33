//! Using a refresh token, RFC 6749 6, with rotation and reuse detection (RFC 9700 4.14.2).

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, Client, Confirmation, Grant, RefreshToken, Scopes, Timestamp};

/// What may be done with a refresh token.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its first use.
    Good,
    /// It was replaced a moment ago and the replacement never used: the answer got lost on the way.
    AnswerLost,
    /// It was replaced and comes again: somebody has a copy. Revoke the grant.
    Stolen,
}

/// A refusal of the token; the client learns no more than that.
pub fn refusal(cause: Cause) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, cause, "the refresh token is not valid")
}

/// Checks a refresh token of this client.
///
/// # Errors
/// `invalid_grant`.
pub fn check(
    client: &Client,
    (token, grant): (&RefreshToken, &Grant),
    successor_was_used: bool,
    now: Timestamp,
) -> Result<Verdict, OAuthError> {
    if token.client_id != client.id {
        return Err(refusal(Cause::RefreshOtherClient)
            .compared("client_id", (client.id.as_str(), token.client_id.as_str())));
    }
    if grant.revoked_at.is_some() {
        return Err(refusal(Cause::GrantRevoked));
    }
    if token.expires_at <= now {
        return Err(refusal(Cause::RefreshExpired));
    }
    if token.superseded_at.is_some() {
        return Ok(Verdict::Stolen);
    }
    Ok(match token.used_at {
        None => Verdict::Good,
        // A node whose clock runs behind must not see time that has not passed.
        Some(used)
            if !successor_was_used && (now - used).max(0) < client.settings.refresh_grace =>
        {
            Verdict::AnswerLost
        }
        Some(_) => Verdict::Stolen,
    })
}

/// Sees that the key that was proved is the one that the token is bound to, if it is to any (RFC 9449 5).
///
/// # Errors
/// `invalid_grant`.
pub fn check_key(token: &RefreshToken, proved: Option<&Confirmation>) -> Result<(), OAuthError> {
    match token.cnf.as_deref() {
        Some(bound) if Some(bound) != proved => Err(refusal(Cause::DpopKeyMismatch)),
        _ => Ok(()),
    }
}

/// The scopes of the new access token: those asked for, which must be among those granted.
///
/// # Errors
/// `invalid_scope`.
pub fn narrow(granted: &Scopes, asked: Option<&str>) -> Result<Scopes, OAuthError> {
    let Some(asked) = asked.map(Scopes::parse) else { return Ok(granted.clone()) };
    if asked.within(granted) && !asked.is_empty() {
        Ok(asked)
    } else {
        let text = "scope asks for more than was granted";
        Err(OAuthError::new(ErrorCode::InvalidScope, Cause::ScopeExceeded, text)
            .compared("scope", (&asked.to_string(), &granted.to_string())))
    }
}
