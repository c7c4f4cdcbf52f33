//! Assertions of people, RFC 7523 2.1: somebody whom the client trusts vouches for a person.

use serde_json::{Map, Value};

use super::assertion::SKEW;
use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, HOUR, Timestamp, TrustedIssuer};

/// Seconds an assertion may be good for: so long its use is remembered.
const LONGEST: i64 = HOUR;
/// Characters of a name, at most.
const NAME_MOST: usize = 256;

/// A person somebody vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// What the issuer calls the person.
    pub name: String,
    /// Its `jti`, where it has one.
    pub jti: Option<String>,
    /// When the person proved who they are, as far as the issuer says.
    pub auth_time: Option<Timestamp>,
    /// When the assertion would be refused anyway.
    pub ends_at: Timestamp,
}

/// A refusal; the client learns no more than that.
pub fn refusal(cause: Cause) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, cause, "the assertion is not valid")
}

/// Checks the claims of an assertion whose signature is the issuer's. `ours` are our issuers and the
/// token endpoints, either of which it may be addressed to.
///
/// # Errors
/// `invalid_grant`.
pub fn check(
    trusted: &TrustedIssuer,
    claims: &Map<String, Value>,
    ours: &[String],
    now: Timestamp,
) -> Result<Vouched, OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_ours = |aud: &str| ours.iter().any(|one| one == aud);
    let addressed = match claims.get("aud") {
        Some(Value::String(aud)) => is_ours(aud),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(is_ours),
        _ => false,
    };
    if !addressed {
        let sent = claims.get("aud").map_or("nothing".to_owned(), Value::to_string);
        let expected = ours.first().map_or("", String::as_str);
        return Err(refusal(Cause::AssertionClaims).compared("aud", (&sent, expected)));
    }
    let exp = time(claims, "exp")?;
    let exp = exp.ok_or_else(|| refusal(Cause::AssertionClaims).with("missing", "exp"))?;
    if exp <= now - SKEW || exp > now + LONGEST + SKEW {
        return Err(untimely("exp", exp, now));
    }
    for name in ["nbf", "iat"] {
        if let Some(at) = time(claims, name)?.filter(|at| *at > now + SKEW) {
            return Err(untimely(name, at, now));
        }
    }
    let name = text(&trusted.claim).filter(|name| !name.is_empty() && name.len() <= NAME_MOST);
    let name =
        name.ok_or_else(|| refusal(Cause::AssertionClaims).with("missing", trusted.claim.clone()))?;
    let auth_time = time(claims, "auth_time")?.filter(|at| *at <= now);
    let jti = text("jti").map(str::to_owned);
    Ok(Vouched { name: name.to_owned(), jti, auth_time, ends_at: exp + SKEW })
}

fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, OAuthError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    // Some libraries write fractions of a second.
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    match seconds {
        Some(seconds) if (0..=253_402_300_799).contains(&seconds) => Ok(Some(Timestamp(seconds))),
        _ => Err(refusal(Cause::AssertionClaims).with("malformed", name)),
    }
}

fn untimely(name: &'static str, at: Timestamp, now: Timestamp) -> OAuthError {
    refusal(Cause::AssertionTime)
        .compared(name, (&at.rfc3339(), &format!("{} here", now.rfc3339())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::check;
    use crate::domain::{Cause, NamedBy, Timestamp, TrustedIssuer};

    fn claims(change: &Value) -> Map<String, Value> {
        let mut claims = json!({ "iss": "https://hr.example", "sub": "alice", "exp": 1300,
                                 "iat": 1000, "aud": "https://id.example.com" });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object().unwrap().clone().into_iter().filter(|(_, v)| !v.is_null()).collect()
    }

    #[test]
    fn an_assertion_is_for_us_in_time_and_of_somebody() {
        let trusted = TrustedIssuer {
            issuer: "https://hr.example".into(),
            jwks: None,
            jwks_uri: None,
            claim: "sub".into(),
            names: NamedBy::Username,
        };
        let ours = ["https://id.example.com".to_owned(), "https://id.example.com/t".to_owned()];
        let checked = |change: Value| {
            check(&trusted, &claims(&change), &ours, Timestamp(1000)).map_err(|error| error.cause)
        };
        assert_eq!(checked(json!({})).unwrap().name, "alice");
        assert!(checked(json!({ "aud": ["x", "https://id.example.com/t"] })).is_ok());
        assert_eq!(checked(json!({ "jti": "7" })).unwrap().jti.unwrap(), "7");
        for (change, cause) in [
            (json!({ "aud": "https://other.example" }), Cause::AssertionClaims),
            (json!({ "aud": null }), Cause::AssertionClaims),
            (json!({ "sub": null }), Cause::AssertionClaims),
            (json!({ "sub": "" }), Cause::AssertionClaims),
            (json!({ "sub": "x".repeat(300) }), Cause::AssertionClaims),
            (json!({ "exp": null }), Cause::AssertionClaims),
            (json!({ "exp": "soon" }), Cause::AssertionClaims),
            (json!({ "exp": 970 }), Cause::AssertionTime),
            (json!({ "exp": 4631 }), Cause::AssertionTime),
            (json!({ "nbf": 1031 }), Cause::AssertionTime),
            (json!({ "iat": 1031 }), Cause::AssertionTime),
        ] {
            assert_eq!(checked(change.clone()), Err(cause), "{change}");
        }
    }
}
