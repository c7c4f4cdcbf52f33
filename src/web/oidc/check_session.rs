//! The frame that tells clients whether somebody is still signed in, OpenID Connect Session Management
//! 1.0, 3.3: a page without content, which any client may frame.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::app::AppState;
use crate::web::assets;

#[derive(Template)]
#[template(path = "signin/check_session.html")]
struct Frame {
    script: String,
}

/// `GET`
pub async fn get(app: AppState) -> Response {
    if !app.config.oidc.session_management {
        return StatusCode::NOT_FOUND.into_response();
    }
    let frame = Frame { script: assets::url("check_session.js") };
    let Ok(html) = frame.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let policy = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'";
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, Html(html)).into_response()
}
