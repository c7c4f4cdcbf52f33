//! What a caller of the API is told when something is wrong: problem details, RFC 9457, with a
//! stable code.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::directory::DirectoryError;
use crate::directory::forms::Problems;
use crate::domain::ApiScope;
use crate::store;

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<Value>,
    challenge: Option<String>,
}

/// Every code with its status and title, in order: for the document and the page.
pub const CODES: &[(&str, u16, &str)] = &[
    ("malformed_request", 400, "The request cannot be read"),
    ("token_missing", 401, "A bearer token is required"),
    ("token_invalid", 401, "The token does not work"),
    ("insufficient_scope", 403, "The token may not do this"),
    ("not_allowed", 403, "The role does not allow this"),
    ("not_found", 404, "There is no such thing"),
    ("not_there", 404, "What was to be removed is not there"),
    ("method_not_allowed", 405, "Not with this method"),
    ("timeout", 408, "The request took too long"),
    ("taken", 409, "The name is taken"),
    ("ambiguous", 409, "The name fits several"),
    ("last_administrator", 409, "Nobody could administer Keystead any more"),
    ("sub_is_stable", 409, "People would become strangers"),
    ("builtin_group", 409, "The group is built in"),
    ("group_cycle", 409, "The group would be inside itself"),
    ("user_disabled", 409, "The account is disabled"),
    ("public_client", 409, "A public client has no secret"),
    ("only_key", 409, "Tokens could not be signed any more"),
    ("key_waits", 409, "A successor waits already"),
    ("key_retired", 409, "The key is retired already"),
    ("conflict", 409, "It cannot be done as things are"),
    ("changed", 412, "Somebody else changed it meanwhile"),
    ("too_large", 413, "The body is too large"),
    ("unsupported_media_type", 415, "The body must be JSON"),
    ("invalid_document", 422, "The document is wrong"),
    ("invalid_value", 422, "A value breaks its rule"),
    ("invalid_settings", 422, "Settings do not go together"),
    ("weak_password", 422, "The password is too weak"),
    ("revision_required", 428, "Say which revision you change"),
    ("server_error", 500, "Something broke"),
    ("overloaded", 503, "Too much to do"),
];

impl Problem {
    /// With one of the codes.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Problem {
        let known = CODES.iter().find(|(known, ..)| *known == code);
        let status = known.and_then(|(_, status, _)| StatusCode::from_u16(*status).ok());
        Problem {
            status: status.unwrap_or(StatusCode::CONFLICT),
            code: known.map_or("conflict", |_| code),
            detail: detail.into(),
            errors: Vec::new(),
            challenge: None,
        }
    }

    /// `401` for a request without a token, which is told how to ask (RFC 6750 3.1).
    pub fn token_missing() -> Problem {
        let detail =
            "send a token as: Authorization: Bearer kst_...; make one with: keystead token create";
        let challenge = Some("Bearer realm=\"keystead-api\"".to_owned());
        Problem { challenge, ..Problem::new("token_missing", detail) }
    }

    /// `401` for a token that is none of ours, expired, revoked, or whose person lost their role.
    pub fn token_invalid() -> Problem {
        let detail =
            "the token is unknown, expired or revoked, or its owner lost the role it was made with";
        let challenge = Some("Bearer realm=\"keystead-api\", error=\"invalid_token\"".to_owned());
        Problem { challenge, ..Problem::new("token_invalid", detail) }
    }

    /// `403` for a token without this scope.
    pub fn insufficient_scope(scope: ApiScope) -> Problem {
        let scope = scope.as_str();
        let challenge = Some(format!(
            "Bearer realm=\"keystead-api\", error=\"insufficient_scope\", scope=\"{scope}\""
        ));
        let detail = format!("this needs a token with the scope {scope}");
        Problem { challenge, ..Problem::new("insufficient_scope", detail) }
    }

    /// One thing wrong with the body, at a place.
    pub fn at(pointer: &str, detail: impl Into<String>) -> Problem {
        let detail = detail.into();
        let errors = vec![json!({ "pointer": pointer, "detail": detail })];
        Problem { errors, ..Problem::new("invalid_document", detail) }
    }

    /// What the body names does not exist: the body is wrong, not the address.
    pub fn in_body(error: DirectoryError) -> Problem {
        match error {
            error @ DirectoryError::NotFound { .. } => {
                Problem::new("invalid_value", error.to_string())
            }
            error => error.into(),
        }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Problem {
        match error.code() {
            "server_error" => {
                tracing::error!(error = %error, "failed");
                Problem::new("server_error", "the reason is in the log of the server")
            }
            // Claims are only ever named in a body.
            "not_found" if matches!(error, DirectoryError::NotFound { what: "claim", .. }) => {
                Problem::in_body(error)
            }
            code => Problem::new(code, error.to_string()),
        }
    }
}

impl From<Problems> for Problem {
    fn from(problems: Problems) -> Problem {
        let error = |one: &crate::directory::forms::Problem| json!({ "pointer": one.pointer(), "detail": one.text });
        let errors: Vec<Value> = problems.0.iter().map(error).collect();
        let detail = match problems.0.as_slice() {
            [one] => one.text.clone(),
            several => format!("{} things are wrong with the document", several.len()),
        };
        Problem { errors, ..Problem::new("invalid_document", detail) }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        DirectoryError::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = CODES.iter().find(|(code, ..)| *code == self.code).map(|(.., title)| title);
        let mut body = json!({
            "type": format!("urn:keystead:problem:{}", self.code),
            "title": title,
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if !self.errors.is_empty() {
            body["errors"] = Value::Array(self.errors);
        }
        tracing::info!(
            status = self.status.as_u16(),
            code = self.code,
            "refused a call of the API"
        );
        let headers = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, headers, body.to_string()).into_response();
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Gives what the layers around the handlers refuse the form that callers of the API understand.
pub async fn clothe(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/v1") {
        return next.run(request).await;
    }
    let response = next.run(request).await;
    let told = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == MEDIA_TYPE);
    let (code, detail) = match response.status() {
        _ if told => return response,
        StatusCode::NOT_FOUND => ("not_found", "no such path; all of them: /api/openapi.json"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "the header Allow names the methods")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "send at most 64 KiB"),
        StatusCode::REQUEST_TIMEOUT => ("timeout", "the request took longer than 30 seconds"),
        StatusCode::INTERNAL_SERVER_ERROR => {
            ("server_error", "the reason is in the log of the server")
        }
        status if status.is_client_error() => ("malformed_request", "the request cannot be read"),
        _ => return response,
    };
    let mut clothed = Problem::new(code, detail).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        clothed.headers_mut().insert(header::ALLOW, allow.clone());
    }
    clothed
}
