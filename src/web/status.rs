//! How we are, for load balancers and for clocks.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::app::AppState;
use crate::store::registry_version;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers.
pub async fn readyz(app: AppState) -> Response {
    let ready = async { registry_version::current(&mut app.db.read().await?).await };
    match ready.await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            let retry = [(header::RETRY_AFTER, "5")];
            (StatusCode::SERVICE_UNAVAILABLE, retry, "the database does not answer\n")
                .into_response()
        }
    }
}

/// `GET|HEAD /status`: version and time, so that others can compare their clocks.
pub async fn status(app: AppState) -> Response {
    let ms = app.clock.now_ms();
    let http = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date =
        OffsetDateTime::from_unix_timestamp(ms / 1000).ok().and_then(|t| t.format(http).ok());
    let body = Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "time_ms": ms,
    }));
    let headers = [
        (header::DATE, date.unwrap_or_default()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    (headers, body).into_response()
}

/// `GET /.well-known/change-password`: where password managers send people.
pub async fn change_password() -> Redirect {
    Redirect::to("/account/security")
}
