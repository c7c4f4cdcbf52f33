//! Request objects, RFC 9101 and OpenID Connect Core 6: the parameters of a request as claims.

use serde_json::{Map, Value, json};

use super::authorize::Params;
use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, Client, HOUR, SignedRequests, Timestamp};

/// Seconds by which clocks may differ.
const SKEW: i64 = 30;
/// Seconds that FAPI 2.0 Message Signing 5.3.1 leaves between `nbf`, now and `exp`.
const LONGEST: i64 = HOUR;

/// The parameters that a client signed. Those that stand beside the object count for nothing
/// (RFC 9101 6.3).
///
/// # Errors
/// `invalid_request_object`.
pub fn params(
    client: &Client,
    claims: &Map<String, Value>,
    issuers: &[String],
    now: Timestamp,
) -> Result<Params, OAuthError> {
    let strict = client.settings.signed_requests != SignedRequests::Optional;
    check_claims(client, claims, issuers)?;
    check_times(claims, strict, now)?;
    let mut members = members(claims);
    members.insert("client_id".into(), Value::String(client.id.0.clone()));
    serde_json::from_value(Value::Object(members))
        .map_err(|_| refuse("the request object cannot be read"))
}

/// Checks claims that must be there for each request, whatever the client, and says when they count
/// no longer.
///
/// # Errors
/// `invalid_request_object`.
pub fn check_all(
    client: &Client,
    claims: &Map<String, Value>,
    issuers: &[String],
    now: Timestamp,
) -> Result<Timestamp, OAuthError> {
    let told = |name: &str| claims.get(name).is_some_and(|value| !value.is_null());
    let dated = claims.get("iat").is_some_and(Value::is_i64);
    if !(told("iss") && told("aud") && dated) {
        return Err(refuse("the request object needs iss, aud, exp, iat, nbf and jti"));
    }
    check_claims(client, claims, issuers)?;
    check_times(claims, true, now)?;
    let exp = claims.get("exp").and_then(Value::as_i64).map_or(now, Timestamp);
    Ok(exp + SKEW)
}

fn check_claims(
    client: &Client,
    claims: &Map<String, Value>,
    issuers: &[String],
) -> Result<(), OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let own = |name: &str| claims.get(name).is_none() || text(name) == Some(client.id.as_str());
    if !own("iss") || !own("client_id") {
        return Err(refuse("iss and client_id of the request object must be the client_id"));
    }
    // An assertion of the client must not pass for a request (RFC 9101 10.8).
    if claims.contains_key("sub") {
        return Err(refuse("a request object has no sub"));
    }
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return Err(refuse("a request object holds no other one"));
    }
    check_audience(client, claims.get("aud"), issuers)
}

/// The claims as parameters.
pub(super) fn members(claims: &Map<String, Value>) -> Map<String, Value> {
    let members = claims.iter().filter_map(|(name, value)| match value {
        Value::Null => None,
        // One or many, as `resource::folded` reads it.
        Value::String(one) if name == "resource" => {
            Some((name.clone(), Value::String(json!([one]).to_string())))
        }
        Value::String(text) => Some((name.clone(), Value::String(text.clone()))),
        // `max_age` is a number there, and `claims` an object.
        other => Some((name.clone(), Value::String(other.to_string()))),
    });
    members.collect()
}

/// Who must sign must also say for whom (FAPI 2.0 Message Signing 5.3.1).
fn check_audience(
    client: &Client,
    sent: Option<&Value>,
    issuers: &[String],
) -> Result<(), OAuthError> {
    let ours = |value: &Value| value.as_str().is_some_and(|text| issuers.iter().any(|i| i == text));
    let fits = match sent {
        None => client.settings.signed_requests == SignedRequests::Optional,
        Some(Value::Array(all)) => all.iter().any(ours),
        Some(one) => ours(one),
    };
    match fits {
        true => Ok(()),
        false => Err(refuse("aud of the request object must be the issuer")),
    }
}

/// Who must sign must also say how long it counts.
fn check_times(
    claims: &Map<String, Value>,
    strict: bool,
    now: Timestamp,
) -> Result<(), OAuthError> {
    let time = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp);
    let (exp, nbf) = (time("exp"), time("nbf"));
    if strict && (exp.is_none() || nbf.is_none()) {
        return Err(refuse("the request object needs exp and nbf"));
    }
    let expired = exp.is_some_and(|exp| exp <= now - SKEW);
    let early = nbf.is_some_and(|nbf| nbf > now + SKEW);
    let long = exp.is_some_and(|exp| exp > now + LONGEST + SKEW);
    let old = nbf.is_some_and(|nbf| nbf < now - LONGEST - SKEW);
    match expired || early || (strict && (long || old)) {
        true => Err(refuse("the request object has expired, or is not valid yet")),
        false => Ok(()),
    }
}

/// `invalid_request_object` with these words.
pub fn refuse(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, Cause::RequestObjectInvalid, text)
}

/// Sees that a client that must encrypt its requests did.
///
/// # Errors
/// `invalid_request`.
pub fn plain(client: &Client) -> Result<(), OAuthError> {
    match client.settings.signed_requests {
        SignedRequests::Optional | SignedRequests::Required => Ok(()),
        SignedRequests::Encrypted => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::EncryptedRequestRequired,
            "the client must encrypt its requests",
        )),
    }
}

/// Sees that a client that must sign its requests did.
///
/// # Errors
/// `invalid_request`.
pub fn not_required(client: &Client) -> Result<(), OAuthError> {
    match client.settings.signed_requests {
        SignedRequests::Optional => Ok(()),
        SignedRequests::Required | SignedRequests::Encrypted => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::SignedRequestRequired,
            "the client must sign its requests",
        )),
    }
}
