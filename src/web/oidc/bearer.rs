//! The access token of a request, RFC 6750 2: in the header or in a form, never in the URL.

use axum::http::{HeaderMap, header};

use crate::domain::Cause;
use crate::protocol::{ErrorCode, OAuthError};

/// The token of the `Authorization` header, whose scheme is read in any case.
///
/// # Errors
/// When the header holds something else than one bearer token.
pub fn from_header(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(missing()),
    }
}

/// No token was sent.
pub fn missing() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidToken, Cause::TokenMissing, "an access token is required")
}
