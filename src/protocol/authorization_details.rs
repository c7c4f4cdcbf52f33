//! Rich authorization requests, RFC 9396: what exactly is to be allowed, as objects with a type.

use serde_json::Value;

use super::{ErrorCode, OAuthError};
use crate::domain::{AuthorizationDetail, Cause, Client, disturbs, is_invisible};

/// Characters of the parameter, details in it, and how deep they may go, at most.
const LONGEST: usize = 4000;
const MOST: usize = 10;
const DEEPEST: usize = 5;
/// The members whose form RFC 9396 2.2 fixes: lists of texts, and one text.
const LISTS: [&str; 4] = ["locations", "actions", "datatypes", "privileges"];
const TEXT: &str = "identifier";

/// Reads the parameter: a JSON array of objects whose types the client may use.
///
/// # Errors
/// `invalid_authorization_details`.
pub fn read(text: Option<&str>, client: &Client) -> Result<Vec<AuthorizationDetail>, OAuthError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    if text.len() > LONGEST {
        return Err(malformed("the authorization details are too long"));
    }
    let details: Vec<AuthorizationDetail> = serde_json::from_str(text)
        .map_err(|_| malformed("authorization_details must be a JSON array of objects"))?;
    if details.len() > MOST {
        return Err(malformed("there are too many authorization details"));
    }
    for detail in &details {
        let Some(kind) = kind(detail) else {
            return Err(malformed("each of the authorization details needs a type"));
        };
        if !client.settings.authorization_details_types.iter().any(|known| known == kind) {
            return Err(unknown(kind, client));
        }
        check(detail)?;
    }
    Ok(details)
}

/// The details of a token: those that it is asked for, each of which must have been granted, or all
/// of these; the client may have lost the types of some since (RFC 9396 6).
///
/// # Errors
/// `invalid_authorization_details`.
pub fn narrow(
    client: &Client,
    granted: &[AuthorizationDetail],
    text: Option<&str>,
) -> Result<Vec<AuthorizationDetail>, OAuthError> {
    let left = still(client, granted);
    let asked = read(text, client)?;
    if asked.iter().any(|one| !left.contains(one)) {
        let text = "the authorization details ask for more than was granted";
        return Err(refused(Cause::AuthorizationDetailsExceeded, text));
    }
    Ok(if asked.is_empty() { left } else { asked })
}

/// Those whose types the client may still use.
pub fn still(client: &Client, granted: &[AuthorizationDetail]) -> Vec<AuthorizationDetail> {
    let known = &client.settings.authorization_details_types;
    let usable = |detail: &&AuthorizationDetail| {
        kind(detail).is_some_and(|kind| known.iter().any(|one| one == kind))
    };
    granted.iter().filter(usable).cloned().collect()
}

/// The `type` of a detail.
pub fn kind(detail: &AuthorizationDetail) -> Option<&str> {
    detail.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty())
}

fn check(detail: &AuthorizationDetail) -> Result<(), OAuthError> {
    let texts =
        |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    let lists = LISTS.iter().all(|name| detail.get(*name).is_none_or(texts));
    if !lists || !detail.get(TEXT).is_none_or(Value::is_string) {
        return Err(malformed("a member of the authorization details has the wrong form"));
    }
    match detail.iter().all(|(name, value)| is_plain(name) && is_shown(value, DEEPEST)) {
        true => Ok(()),
        false => Err(malformed("the authorization details cannot be shown to a person")),
    }
}

/// Whether a page can show a value as it is: people consent to what they read.
fn is_shown(value: &Value, depth: usize) -> bool {
    match value {
        Value::String(text) => is_plain(text),
        Value::Array(all) => depth > 0 && all.iter().all(|one| is_shown(one, depth - 1)),
        Value::Object(all) => {
            let shown = |(name, one): (&String, &Value)| is_plain(name) && is_shown(one, depth - 1);
            depth > 0 && all.iter().all(shown)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Without characters that hide or turn others around.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| disturbs(c) || is_invisible(c))
}

fn malformed(text: &'static str) -> OAuthError {
    refused(Cause::AuthorizationDetailsMalformed, text)
}

fn unknown(kind: &str, client: &Client) -> OAuthError {
    let known = match client.settings.authorization_details_types.as_slice() {
        [] => "none".to_owned(),
        some => some.join(", "),
    };
    let text = "the client may not use this type of authorization details";
    refused(Cause::AuthorizationDetailsType, text).compared("type", (kind, &known))
}

fn refused(cause: Cause, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidAuthorizationDetails, cause, text)
}

#[cfg(test)]
mod tests;
