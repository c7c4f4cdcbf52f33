//! The address of a device's code as a picture, for phones: made anew from the code alone, so that
//! nothing is looked up and nothing is kept.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

use crate::app::AppState;
use crate::domain::UserCode;

/// Pixels, at least.
const SIZE: u32 = 232;

/// `GET /device/qr/WDJB-MJHT.svg`
pub async fn get(app: AppState, Path(name): Path<String>) -> Response {
    let code = name.strip_suffix(".svg").and_then(UserCode::parse);
    let Some(code) = code else { return StatusCode::NOT_FOUND.into_response() };
    let url = format!("{}/device?user_code={code}", app.config.public_url.as_str());
    let Ok(picture) = QrCode::with_error_correction_level(&url, EcLevel::M) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Black on white, whatever the page: scanners want it so.
    let picture = picture
        .render()
        .min_dimensions(SIZE, SIZE)
        .dark_color(Color("#000000"))
        .light_color(Color("#ffffff"))
        .build();
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (headers, picture).into_response()
}
