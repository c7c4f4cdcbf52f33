//! Errors as RFC 6749 and OpenID Connect name them. Which HTTP answer carries one is decided in
//! `web`.

use crate::domain::Cause;

/// The `error` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specifications")]
pub enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidToken,
    InsufficientScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    AccessDenied,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    UnknownUserId,
    InvalidBindingMessage,
    LoginRequired,
    ConsentRequired,
    UnmetAuthenticationRequirements,
    RequestNotSupported,
    RequestUriNotSupported,
    InvalidRequestUri,
    InvalidRequestObject,
    InvalidDpopProof,
    UseDpopNonce,
    InvalidRedirectUri,
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
    InvalidTarget,
    InvalidAuthorizationDetails,
    ServerError,
    TemporarilyUnavailable,
}

impl ErrorCode {
    /// As sent.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::InvalidRequest => "invalid_request",
            ErrorCode::InvalidClient => "invalid_client",
            ErrorCode::InvalidGrant => "invalid_grant",
            ErrorCode::InvalidScope => "invalid_scope",
            ErrorCode::InvalidToken => "invalid_token",
            ErrorCode::InsufficientScope => "insufficient_scope",
            ErrorCode::UnauthorizedClient => "unauthorized_client",
            ErrorCode::UnsupportedGrantType => "unsupported_grant_type",
            ErrorCode::UnsupportedResponseType => "unsupported_response_type",
            ErrorCode::AccessDenied => "access_denied",
            ErrorCode::AuthorizationPending => "authorization_pending",
            ErrorCode::SlowDown => "slow_down",
            ErrorCode::ExpiredToken => "expired_token",
            ErrorCode::UnknownUserId => "unknown_user_id",
            ErrorCode::InvalidBindingMessage => "invalid_binding_message",
            ErrorCode::LoginRequired => "login_required",
            ErrorCode::ConsentRequired => "consent_required",
            ErrorCode::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            ErrorCode::RequestNotSupported => "request_not_supported",
            ErrorCode::RequestUriNotSupported => "request_uri_not_supported",
            ErrorCode::InvalidRequestUri => "invalid_request_uri",
            ErrorCode::InvalidRequestObject => "invalid_request_object",
            ErrorCode::InvalidDpopProof => "invalid_dpop_proof",
            ErrorCode::UseDpopNonce => "use_dpop_nonce",
            ErrorCode::InvalidRedirectUri => "invalid_redirect_uri",
            ErrorCode::InvalidClientMetadata => "invalid_client_metadata",
            ErrorCode::InvalidSoftwareStatement => "invalid_software_statement",
            ErrorCode::UnapprovedSoftwareStatement => "unapproved_software_statement",
            ErrorCode::InvalidTarget => "invalid_target",
            ErrorCode::InvalidAuthorizationDetails => "invalid_authorization_details",
            ErrorCode::ServerError => "server_error",
            ErrorCode::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

impl ErrorCode {
    /// Whether it says no more than that somebody has to wait, which is no refusal.
    pub fn is_not_yet(self) -> bool {
        matches!(self, ErrorCode::AuthorizationPending | ErrorCode::SlowDown)
    }
}

/// A refusal: `code` and `description` are for the client's developer, `cause` and `detail` for
/// our log, the explainer and so the administrator.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {cause}", code.as_str())]
pub struct OAuthError {
    /// The `error` parameter.
    pub code: ErrorCode,
    /// The `error_description` parameter: printable ASCII without quotes or backslash.
    pub description: &'static str,
    /// The stable reason.
    pub cause: Cause,
    /// Values that explain it, never a secret.
    pub detail: Vec<(&'static str, String)>,
}

impl OAuthError {
    /// A refusal for `cause`.
    pub fn new(code: ErrorCode, cause: Cause, description: &'static str) -> OAuthError {
        OAuthError { code, description, cause, detail: Vec::new() }
    }

    /// Adds a value that explains it.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> OAuthError {
        self.detail.push((name, value.into()));
        self
    }

    /// Adds what was sent beside what was expected.
    pub fn compared(self, what: &str, (sent, expected): (&str, &str)) -> OAuthError {
        self.with("what", what).with("offered", sent).with("expected", expected)
    }

    /// Something broke on our side; the log knows what.
    pub fn server_error() -> OAuthError {
        OAuthError::new(ErrorCode::ServerError, Cause::ServerError, "something went wrong here")
    }
}
