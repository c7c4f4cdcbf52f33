//! Software statements, RFC 7591 2.3: what somebody whom we trust says of a client's software.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::domain::{Cause, Timestamp};
use crate::protocol::{ErrorCode, OAuthError};

/// The member that holds one.
pub const MEMBER: &str = "software_statement";
/// Seconds by which clocks may differ.
const SKEW: i64 = 30;
/// What a statement says of itself, not of the client (RFC 7519 4.1).
const OWN: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The statement among metadata, and who says that they made it.
///
/// # Errors
/// `invalid_software_statement` for what is none.
pub fn read(metadata: &Map<String, Value>) -> Result<Option<(&str, String)>, OAuthError> {
    let Some(sent) = metadata.get(MEMBER).filter(|sent| !sent.is_null()) else { return Ok(None) };
    let claims = |token: &str| -> Option<Map<String, Value>> {
        let part = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&part).ok()
    };
    let token = sent.as_str().ok_or_else(|| invalid("software_statement must be a JWT"))?;
    let claims = claims(token).ok_or_else(|| invalid("software_statement must be a JWT"))?;
    let issuer = claims.get("iss").and_then(Value::as_str);
    let issuer = issuer.ok_or_else(|| invalid("software_statement must name its iss"))?;
    Ok(Some((token, issuer.to_owned())))
}

/// The metadata with what a statement, whose signature is good, says in place of what the client
/// says; the statement stays, to be told again.
///
/// # Errors
/// `invalid_software_statement` for one that is not good now, or holds another.
pub fn apply(
    metadata: &Map<String, Value>,
    claims: &Map<String, Value>,
    now: Timestamp,
) -> Result<Map<String, Value>, OAuthError> {
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some(seconds as i64)),
            None => Err(invalid("exp and nbf of a software_statement must be seconds")),
        },
    };
    if time("exp")?.is_some_and(|exp| exp <= now.0 - SKEW) {
        return Err(invalid("the software_statement has expired"));
    }
    if time("nbf")?.is_some_and(|nbf| nbf > now.0 + SKEW) {
        return Err(invalid("the software_statement is not valid yet"));
    }
    if claims.contains_key(MEMBER) {
        return Err(invalid("a software_statement holds no other one"));
    }
    let mut all = metadata.clone();
    let said = claims.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
    all.extend(said.map(|(name, value)| (name.clone(), value.clone())));
    Ok(all)
}

/// Nobody trusts whoever made the statement.
pub fn unapproved(issuer: &str, trusted: &[&str]) -> OAuthError {
    let (code, cause) =
        (ErrorCode::UnapprovedSoftwareStatement, Cause::SoftwareStatementUnapproved);
    let trusted = if trusted.is_empty() { "nobody".to_owned() } else { trusted.join(", ") };
    OAuthError::new(code, cause, "the issuer of the software_statement is not trusted here")
        .compared("iss", (issuer, &trusted))
}

/// It is not good.
pub fn invalid(text: &'static str) -> OAuthError {
    let (code, cause) = (ErrorCode::InvalidSoftwareStatement, Cause::SoftwareStatementInvalid);
    OAuthError::new(code, cause, text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{apply, read};
    use crate::domain::Timestamp;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_the_statement_says_wins_and_what_it_says_of_itself_stays_there() {
        let metadata = object(json!({ "client_name": "Mine", "tos_uri": "https://a.example/" }));
        let claims = object(json!({ "iss": "https://i.example", "client_name": "Theirs" }));
        let all = apply(&metadata, &claims, Timestamp(1000)).unwrap();
        assert_eq!(
            Value::Object(all),
            json!({ "client_name": "Theirs", "tos_uri": "https://a.example/" })
        );
        for bad in [
            json!({ "exp": 900 }),
            json!({ "nbf": 1100 }),
            json!({ "exp": "soon" }),
            json!({ "software_statement": "x" }),
        ] {
            assert!(apply(&metadata, &object(bad.clone()), Timestamp(1000)).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        assert!(read(&object(json!({}))).unwrap().is_none());
        // {"iss":"https://i.example"}
        let good = json!({ "software_statement": "e30.eyJpc3MiOiJodHRwczovL2kuZXhhbXBsZSJ9.x" });
        assert_eq!(read(&object(good)).unwrap().unwrap().1, "https://i.example");
        for bad in [json!(7), json!("x"), json!("a.b.c"), json!("e30.e30.x")] {
            let metadata = object(json!({ "software_statement": bad.clone() }));
            assert!(read(&metadata).is_err(), "{bad}");
        }
    }
}
