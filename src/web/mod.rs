//! HTTP: the whole route table, what handlers extract, and how each audience is told of an error.

mod account;
mod assets;
mod cookies;
mod error;
mod extract;
mod host;
mod json;
mod normalize;
mod oidc;
mod page;
mod signin;
mod status;
mod visitor;

pub use oidc::RecentTokens;

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::AppState;
use crate::layouts::{self, Paths};
use crate::metrics;

/// The largest body anybody may send.
const BODY_LIMIT: usize = 64 * 1024;
/// The longest time a request may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Every route, ready to be served: for relying parties, for people, for machines.
pub fn router(app: AppState) -> Router {
    let routes = Router::new()
        .merge(relying_parties())
        .merge(people())
        .merge(machines())
        .fallback(error::not_found)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(hsts(&app))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(app.metrics.clone(), metrics::record))
        .with_state(app);
    normalize::outside(routes)
}

/// What clients call: the same handlers on the paths of each layout.
fn relying_parties() -> Router<AppState> {
    let mut all = Router::new();
    for paths in layouts::TABLES {
        all = all.merge(layout(paths));
    }
    all.layer(nosniff())
}

fn layout(paths: &Paths) -> Router<AppState> {
    let mut routes = Router::new();
    for path in paths.authorization {
        routes = routes
            .route(normalize::route(path), get(oidc::authorize::get).post(oidc::authorize::post));
    }
    let mut open = Router::new().route(normalize::route(paths.jwks), get(oidc::discovery::jwks));
    for path in paths.discovery {
        open = open.route(normalize::route(path), get(oidc::discovery::metadata));
    }
    // Kanidm's token endpoint is our own; a path is served once.
    let own = paths.layout == layouts::NATIVE.layout;
    let mut add = |path: &'static str, native: &str, handler: MethodRouter<AppState>| {
        if own || path != native {
            open = std::mem::take(&mut open).route(normalize::route(path), handler);
        }
    };
    add(paths.token, layouts::NATIVE.token, post(oidc::token::post));
    add(paths.introspection, layouts::NATIVE.introspection, post(oidc::introspect::post));
    add(paths.revocation, layouts::NATIVE.revocation, post(oidc::revoke::post));
    add(
        paths.userinfo,
        layouts::NATIVE.userinfo,
        get(oidc::userinfo::get).post(oidc::userinfo::post),
    );
    routes
        .route(
            normalize::route(paths.end_session),
            get(oidc::end_session::get).post(oidc::end_session::post),
        )
        .layer(no_store())
        .merge(open.layer(any_origin()))
        .layer(Extension(paths.layout))
}

/// What people see: each page with a strict policy for what it may load and who may frame it.
fn people() -> Router<AppState> {
    Router::new()
        .route("/", get(account::home::get))
        .route("/login", get(signin::login::get).post(signin::login::post))
        .route("/consent", get(signin::consent::get).post(signin::consent::post))
        .route("/logout", get(signin::logout::get).post(signin::logout::post))
        .route("/setup", get(signin::setup::get).post(signin::setup::post))
        .route("/invite", get(signin::set_password::invite).post(signin::set_password::post_invite))
        .route("/recover", get(signin::set_password::reset).post(signin::set_password::post_reset))
        .route("/application/o/{client}", get(oidc::discovery::application))
        .layer(middleware::from_fn(page::guard))
}

/// What machines ask.
fn machines() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(status::healthz))
        .route("/readyz", get(status::readyz))
        .route("/status", get(status::status))
        .route("/.well-known/change-password", get(status::change_password))
        .route("/.well-known/webfinger", get(oidc::discovery::webfinger))
        .route("/robots.txt", get(assets::robots))
        .route("/favicon.ico", get(assets::favicon))
        .route("/static/{*path}", get(assets::file))
        .layer(nosniff())
}

/// On https, browsers are to come by https alone.
fn hsts(app: &AppState) -> SetResponseHeaderLayer<Option<HeaderValue>> {
    let https = app.config.public_url.is_https();
    SetResponseHeaderLayer::overriding(
        header::STRICT_TRANSPORT_SECURITY,
        https.then(|| HeaderValue::from_static("max-age=31536000")),
    )
}

fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

fn nosniff() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    )
}

/// Scripts of any origin may call what takes no cookie: tokens and secrets are sent on purpose.
fn any_origin() -> CorsLayer {
    const DPOP: HeaderName = HeaderName::from_static("dpop");
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, DPOP])
        .expose_headers([header::WWW_AUTHENTICATE])
        .max_age(Duration::from_secs(3600))
}
