//! Static files: inside the binary, named by their content, kept by browsers for ever.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The URL of a file, with the start of its hash.
pub fn url(name: &str) -> String {
    let hash = Files::get(name).map(|file| short_hash(&file.metadata.sha256_hash()));
    format!("/static/{name}?v={}", hash.unwrap_or_default())
}

fn short_hash(hash: &[u8; 32]) -> String {
    hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /static/...`
pub async fn file(Path(path): Path<String>) -> Response {
    let Some(file) = Files::get(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // An SVG opened by itself is a page: let it do nothing.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (headers, file.data).into_response()
}

/// `GET /favicon.ico`, which some browsers ask for whatever the page says.
pub async fn favicon() -> Response {
    file(Path("icon.svg".into())).await
}

/// `GET /robots.txt`
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}
