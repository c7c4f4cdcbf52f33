//! The access token of a request, RFC 6750 2 and RFC 9449 7.1: in the header or in a form, never in
//! the URL.

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

/// A token, as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// By whoever has it.
    Bearer(&'a str),
    /// By whoever proves to hold its key.
    Dpop(&'a str),
}

/// The token of the `Authorization` header, in either scheme.
///
/// # Errors
/// When the header holds something else than one token.
pub fn presented(headers: &HeaderMap) -> Result<Option<Presented<'_>>, OAuthError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match value.and_then(|text| text.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("dpop") => {
            Ok(Some(Presented::Dpop(token.trim())))
        }
        _ => from_header(headers).map(|token| token.map(Presented::Bearer)),
    }
}

/// No token was sent.
pub fn missing() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidToken, Cause::TokenMissing, "an access token is required")
}
