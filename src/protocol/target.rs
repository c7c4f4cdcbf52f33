//! What a token is for beside its scopes: the resources and the authorization details of a request.

use super::{ErrorCode, OAuthError, authorization_details, resource};
use crate::domain::{Cause, Client, Target};

/// What a request says of it.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// `resource`, each time it was sent (RFC 8707).
    pub resources: &'a [String],
    /// `authorization_details` (RFC 9396).
    pub details: Option<&'a str>,
}

/// What the client asks for, which it must be allowed.
///
/// # Errors
/// `invalid_target`, `invalid_authorization_details`.
pub fn asked(client: &Client, sent: Sent<'_>) -> Result<Target, OAuthError> {
    let allowed = &client.settings.resources;
    Ok(Target {
        resources: resource::check(sent.resources, allowed, Cause::ResourceNotAllowed)?,
        details: authorization_details::read(sent.details, client)?,
    })
}

/// What it asks for of what was granted, and all of that if it asks for nothing.
///
/// # Errors
/// `invalid_target`, `invalid_authorization_details`.
pub fn narrowed(client: &Client, granted: &Target, sent: Sent<'_>) -> Result<Target, OAuthError> {
    Ok(Target {
        resources: resource::narrow(client, &granted.resources, sent.resources)?,
        details: authorization_details::narrow(client, &granted.details, sent.details)?,
    })
}

/// For grants that know neither: a token for anything else than was asked for would do nobody good.
///
/// # Errors
/// `invalid_target`, `invalid_authorization_details`.
pub fn none(sent: Sent<'_>) -> Result<(), OAuthError> {
    let refuse = |code, text| Err(OAuthError::new(code, Cause::MalformedRequest, text));
    match sent {
        Sent { resources: [_, ..], .. } => {
            refuse(ErrorCode::InvalidTarget, "this grant_type takes no resource")
        }
        Sent { details: Some(_), .. } => refuse(
            ErrorCode::InvalidAuthorizationDetails,
            "this grant_type takes no authorization_details",
        ),
        Sent { resources: [], details: None } => Ok(()),
    }
}

/// What is left of what was granted, now that the client's settings may have changed.
pub fn still(client: &Client, granted: &Target) -> Target {
    Target {
        resources: resource::still(client, &granted.resources),
        details: authorization_details::still(client, &granted.details),
    }
}
