//! Client assertions, RFC 7523 3 and OpenID Connect Core 9: a client proves who it is by signing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{ErrorCode, OAuthError};
use crate::domain::{AssertionAudience, AuthMethod, Cause, Client, HOUR, Timestamp};

/// The only `client_assertion_type` (RFC 7523 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds by which clocks may differ.
pub const SKEW: i64 = 30;
/// Seconds an assertion may be good for: so long its use is remembered.
const LONGEST: i64 = HOUR;

/// What an assertion claims before anything of it was checked: who, and how it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// `sub`.
    pub client_id: String,
    /// How it would prove that.
    pub method: AuthMethod,
}

impl Claimed {
    /// Reads it; `None` where it is no JWT.
    pub fn read(assertion: &str) -> Option<Claimed> {
        let part = |n: usize| -> Option<Map<String, Value>> {
            let text = assertion.split('.').nth(n)?;
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
        };
        let client_id = part(1)?.get("sub")?.as_str()?.to_owned();
        let method = match part(0)?.get("alg")?.as_str()? {
            alg if alg.starts_with("HS") => AuthMethod::ClientSecretJwt,
            _ => AuthMethod::PrivateKeyJwt,
        };
        Some(Claimed { client_id, method })
    }
}

/// Whom an assertion may be addressed to.
pub struct Audience<'a> {
    /// Our issuers for the client, the one of the paths it calls on first.
    pub issuers: &'a [String],
    /// The URLs of the endpoints that take it.
    pub endpoints: &'a [String],
}

/// An assertion that says what it should, to be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Its `jti`, where it has one.
    pub jti: Option<String>,
    /// When it would be refused anyway.
    pub ends_at: Timestamp,
}

/// Checks the claims of an assertion whose signature is the client's.
///
/// # Errors
/// `invalid_client`.
pub fn check(
    client: &Client,
    claims: &Map<String, Value>,
    audience: &Audience<'_>,
    now: Timestamp,
) -> Result<Assertion, OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    for name in ["iss", "sub"] {
        if text(name) != Some(client.id.as_str()) {
            let error = refuse(Cause::ClientAssertionClaims, "iss and sub must be the client_id");
            let sent = text(name).unwrap_or("nothing");
            return Err(error.compared(name, (sent, client.id.as_str())));
        }
    }
    check_audience(client, claims.get("aud"), audience)?;
    let Some(exp) = time(claims, "exp")? else {
        return Err(refuse(Cause::ClientAssertionClaims, "exp is missing"));
    };
    if exp <= now - SKEW {
        return Err(untimely("exp", exp, now, "the assertion has expired"));
    }
    if exp > now + LONGEST + SKEW {
        return Err(untimely("exp", exp, now, "the assertion is good for more than an hour"));
    }
    for name in ["nbf", "iat"] {
        if let Some(at) = time(claims, name)?.filter(|at| *at > now + SKEW) {
            return Err(untimely(name, at, now, "the assertion comes from the future"));
        }
    }
    Ok(Assertion { jti: text("jti").map(str::to_owned), ends_at: exp + SKEW })
}

/// FAPI 2.0 5.3.2.1 accepts the issuer alone, as one string; others accept what OpenID Connect Core 9
/// and RFC 7523 3 suggest, and lists.
fn check_audience(
    client: &Client,
    sent: Option<&Value>,
    audience: &Audience<'_>,
) -> Result<(), OAuthError> {
    let is_issuer = |text: &str| audience.issuers.iter().any(|issuer| issuer == text);
    let is_ours = |text: &str| is_issuer(text) || audience.endpoints.iter().any(|url| url == text);
    let fits = match (client.settings.assertion_audience, sent) {
        (AssertionAudience::Issuer, Some(Value::String(text))) => is_issuer(text),
        (AssertionAudience::Issuer, _) => false,
        (AssertionAudience::Endpoints, Some(Value::String(text))) => is_ours(text),
        (AssertionAudience::Endpoints, Some(Value::Array(all))) => {
            all.iter().filter_map(Value::as_str).any(is_ours)
        }
        (AssertionAudience::Endpoints, _) => false,
    };
    if fits {
        return Ok(());
    }
    let error = refuse(Cause::ClientAssertionAudience, "aud must be the issuer");
    let sent = sent.map_or("nothing".to_owned(), |sent| match sent {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let issuer = audience.issuers.first().map_or("", String::as_str);
    Err(error.compared("aud", (&sent, issuer)))
}

fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, OAuthError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    // Some libraries write fractions of a second.
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    match seconds {
        Some(seconds) if (0..=253_402_300_799).contains(&seconds) => Ok(Some(Timestamp(seconds))),
        _ => Err(refuse(Cause::ClientAssertionClaims, "exp, nbf and iat must be seconds")),
    }
}

fn untimely(name: &'static str, at: Timestamp, now: Timestamp, text: &'static str) -> OAuthError {
    refuse(Cause::ClientAssertionTime, text)
        .compared(name, (&at.rfc3339(), &format!("{} here", now.rfc3339())))
}

fn refuse(cause: Cause, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, cause, text)
}

#[cfg(test)]
mod tests;
