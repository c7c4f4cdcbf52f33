//! HTTP: the whole route table, what handlers extract, and how each audience is told of an error.

mod account;
mod admin;
mod api;
mod assets;
mod brand;
mod cookies;
mod error;
mod extract;
pub mod forwarded;
mod host;
mod json;
mod language;
mod mailing;
pub mod multipart;
mod normalize;
mod oidc;
mod page;
mod setup;
mod signin;
mod status;
#[cfg(test)]
mod tests;
mod visitor;
mod words;

pub use language::by_preference;
pub use normalize::Normalized;
pub use oidc::{KnownDocuments, KnownKeys, RecentTokens};

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router, middleware};
use tower::ServiceBuilder;
use tower_http::catch_panic::{CatchPanicLayer, ResponseForPanic};
use tower_http::cors::{Any, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::AppState;
use crate::layouts::{self, Paths};
use crate::metrics;

/// The largest body anybody may send.
const BODY_LIMIT: usize = 64 * 1024;
/// The same where administrators send a picture or long texts.
const LARGE_BODY_LIMIT: usize = 512 * 1024;
/// The longest time a request may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Every route, ready to be served: for relying parties, for people, for machines.
pub fn router(app: AppState) -> Normalized {
    let routes = Router::new()
        .merge(relying_parties(&app))
        .merge(people(&app))
        .merge(console(&app))
        .merge(machines())
        .fallback(error::not_found);
    let programs = bounded(programs(), &app, BODY_LIMIT).layer(middleware::from_fn(api::clothe));
    let routes = bounded(routes, &app, BODY_LIMIT)
        .merge(bounded(settings(&app), &app, LARGE_BODY_LIMIT))
        .layer(middleware::from_fn(language::listen))
        .merge(programs);
    Normalized(counted(routes, &app).with_state(app))
}

/// What bounds and guards every answer, as one layer, from the outermost in: the router boxes each
/// that it is given.
fn bounded(routes: Router<AppState>, app: &AppState, most: usize) -> Router<AppState> {
    routes.layer(
        ServiceBuilder::new()
            .layer(RequestBodyLimitLayer::new(most))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT))
            .layer(hsts(app))
            .layer(CatchPanicLayer::custom(error::panicked)),
    )
}

/// Counts and times requests, if anybody is to be told.
fn counted(routes: Router<AppState>, app: &AppState) -> Router<AppState> {
    match app.config.metrics.listen {
        Some(_) => {
            routes.layer(middleware::from_fn_with_state(app.metrics.clone(), metrics::record))
        }
        None => routes,
    }
}

/// What clients call: the same handlers on the paths of each layout.
fn relying_parties(app: &AppState) -> Router<AppState> {
    let mut all = Router::new();
    for paths in layouts::TABLES {
        all = all.merge(layout(paths, app));
    }
    all
}

fn layout(paths: &Paths, app: &AppState) -> Router<AppState> {
    let with_layout = || ServiceBuilder::new().layer(nosniff()).layer(Extension(paths.layout));
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
    add(layouts::PUSHED_REQUESTS, layouts::PUSHED_REQUESTS, post(oidc::par::post));
    if own {
        add(layouts::REGISTRATION, "", post(oidc::register::post));
        let kept = get(oidc::register::get).put(oidc::register::put);
        add("/oauth2/register/{client}", "", kept.delete(oidc::register::delete));
    }
    add(paths.introspection, layouts::NATIVE.introspection, post(oidc::introspect::post));
    add(paths.revocation, layouts::NATIVE.revocation, post(oidc::revoke::post));
    add(paths.device_authorization, layouts::NATIVE.device_authorization, post(oidc::device::post));
    add(paths.backchannel_authentication, "", post(oidc::backchannel::post));
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
        .layer(with_layout().layer(no_store()).layer(broken_page(app)))
        .merge(open.layer(with_layout().layer(any_origin())))
}

/// What people see: each page with a strict policy for what it may load and who may frame it.
fn people(app: &AppState) -> Router<AppState> {
    let routes = Router::new()
        .route("/", get(account::home::get))
        .route("/account", get(account::home::moved))
        .route("/account/security", get(account::security::get).post(account::security::post))
        .route(
            "/account/connections",
            get(account::connections::get).post(account::connections::post),
        )
        .route("/account/profile", get(account::profile::get).post(account::profile::post))
        .route("/approvals", get(account::approvals::get).post(account::approvals::post))
        .route("/account/profile/export", get(account::profile::export))
        .route("/login", get(signin::login::get).post(signin::login::post))
        .route("/consent", get(signin::consent::get).post(signin::consent::post))
        .route("/device", get(signin::device::get).post(signin::device::post))
        .route("/logout", get(signin::logout::get).post(signin::logout::post))
        .route("/setup", get(setup::administrator::get).post(setup::administrator::post))
        .route("/setup/address", post(setup::address::post))
        .route("/setup/mail", get(setup::mail::get).post(setup::mail::post))
        .route("/setup/application", get(setup::application::get))
        .route("/invite", get(signin::set_password::invite).post(signin::set_password::post_invite))
        .route("/recover", get(signin::set_password::reset).post(signin::set_password::post_reset))
        .route("/legal/{page}", get(brand::legal))
        .route("/application/o/{client}", get(oidc::discovery::application));
    pages(routes, app)
}

/// What people with a role see; each handler names the right it needs.
fn console(app: &AppState) -> Router<AppState> {
    use admin::{applications as apps, automation, backup, events, failures, groups, home, keys};
    use admin::{outward, registration, scopes, search, sessions, style, users};
    let mut routes = Router::new()
        .route("/admin", get(home::get))
        .route("/admin/search", get(search::get))
        .route("/admin/applications", get(apps::index::get))
        .route("/admin/add-application", get(apps::create::get).post(apps::create::post))
        .route("/admin/applications/{id}", get(apps::overview::get).post(apps::overview::post))
        .route(
            "/admin/applications/{id}/connect",
            get(apps::connect::get).post(apps::connect::post),
        )
        .route("/admin/applications/{id}/rotate", get(apps::rotate::get).post(apps::rotate::post))
        .route("/admin/applications/{id}/access", get(apps::access::get).post(apps::access::post))
        .route("/admin/applications/{id}/claims", get(apps::claims::get))
        .route(
            "/admin/applications/{id}/security",
            get(apps::security::get).post(apps::security::post),
        )
        .route(
            "/admin/applications/{id}/profile",
            get(apps::profile::get).post(apps::profile::post),
        )
        .route(
            "/admin/applications/{id}/redirects",
            get(apps::redirects::get).post(apps::redirects::post),
        )
        .route("/admin/applications/{id}/activity", get(apps::activity::get))
        .route("/admin/applications/{id}/live", get(apps::live::get))
        .route("/admin/applications/{id}/check", get(apps::check::get).post(apps::check::post))
        .route("/admin/applications/{id}/history", get(apps::history::get))
        .route("/admin/applications/{id}/state", get(apps::state::get).post(apps::state::post))
        .route("/admin/applications/{id}/delete", get(apps::delete::get).post(apps::delete::post))
        .route("/admin/users", get(users::index::get).post(users::several::post))
        .route("/admin/users/new", get(users::create::get).post(users::create::post))
        .route("/admin/users/{id}", get(users::profile::get).post(users::profile::post))
        .route("/admin/users/{id}/groups", get(users::groups::get).post(users::groups::post))
        .route("/admin/users/{id}/applications", get(users::applications::get))
        .route(
            "/admin/users/{id}/credentials",
            get(users::credentials::get).post(users::credentials::post),
        )
        .route("/admin/users/{id}/sessions", get(users::sessions::get).post(users::sessions::post))
        .route("/admin/users/{id}/consents", get(users::consents::get).post(users::consents::post))
        .route("/admin/users/{id}/events", get(users::events::get))
        .route("/admin/users/{id}/role", get(users::role::get).post(users::role::post))
        .route("/admin/users/{id}/state", get(users::state::get).post(users::state::post))
        .route("/admin/users/{id}/delete", get(users::delete::get).post(users::delete::post))
        .route("/admin/groups", get(groups::index::get))
        .route("/admin/groups/tree", get(groups::tree::get))
        .route("/admin/groups/new", get(groups::create::get).post(groups::create::post))
        .route("/admin/groups/{id}", get(groups::detail::get).post(groups::detail::post))
        .route("/admin/groups/{id}/edit", get(groups::edit::get).post(groups::edit::post))
        .route("/admin/groups/{id}/delete", get(groups::delete::get).post(groups::delete::post))
        .route("/admin/failures", get(failures::index::get).post(failures::index::post))
        .route("/admin/failures/{id}", get(failures::group::get).post(failures::group::post))
        .route("/admin/flows/{id}", get(failures::flow::get).post(failures::flow::post))
        .route("/admin/events", get(events::get))
        .route("/admin/sessions", get(sessions::get).post(sessions::post))
        .route("/admin/keys", get(keys::index::get))
        .route("/admin/keys/{id}/rotate", get(keys::pace::rotation).post(keys::pace::rotate))
        .route("/admin/keys/{id}/retire", get(keys::pace::retirement).post(keys::pace::retire))
        .route("/admin/scopes", get(scopes::index::get))
        .route("/admin/scopes/new", get(scopes::create::get).post(scopes::create::post))
        .route("/admin/scopes/{id}", get(scopes::edit::get).post(scopes::edit::post))
        .route("/admin/scopes/{id}/delete", get(scopes::delete::get).post(scopes::delete::post))
        .route("/admin/api", get(automation::index::get))
        .route("/admin/api/new", get(automation::create::get).post(automation::create::post))
        .route(
            "/admin/api/{id}/revoke",
            get(automation::revoke::get).post(automation::revoke::post),
        )
        .route("/admin/backup", get(backup::index::get).post(backup::index::post))
        .route("/admin/backup/{file}", get(backup::file::get).post(backup::file::post))
        .route("/admin/backup/{file}/delete", get(backup::delete::get).post(backup::delete::post));
    routes = routes
        .route("/admin/settings/mail", get(outward::mail::get).post(outward::mail::post))
        .route("/admin/settings/address", get(outward::address::get).post(outward::address::post))
        .route("/admin/registration", get(registration::index::get))
        .route(
            "/admin/registration/new",
            get(registration::create::get).post(registration::create::post),
        )
        .route(
            "/admin/registration/{id}/revoke",
            get(registration::revoke::get).post(registration::revoke::post),
        );
    if cfg!(debug_assertions) {
        routes = routes.route("/admin/style", get(style::get));
    }
    pages(routes, app)
}

/// The settings, which take more than other forms.
fn settings(app: &AppState) -> Router<AppState> {
    use admin::settings;
    let routes = Router::new()
        .route("/admin/settings", get(settings::branding::get).post(settings::branding::post))
        .route(
            "/admin/settings/languages",
            get(settings::languages::get).post(settings::languages::post),
        )
        .route("/admin/settings/legal", get(settings::legal::get).post(settings::legal::post))
        .route("/admin/settings/server", get(settings::server::get))
        .route("/admin/sign-in-policy", get(settings::policy::get).post(settings::policy::post));
    pages(routes, app)
}

/// What every page has around it.
fn pages(routes: Router<AppState>, app: &AppState) -> Router<AppState> {
    let guard = middleware::from_fn(page::guard);
    routes.layer(ServiceBuilder::new().layer(guard).layer(broken_page(app)))
}

/// Where a handler panics, whoever opened the page reads so.
fn broken_page(
    app: &AppState,
) -> CatchPanicLayer<impl ResponseForPanic<ResponseBody = Body> + Send + Sync + use<>> {
    let app = app.clone();
    CatchPanicLayer::custom(move |panic| error::page_panicked(&app, &panic))
}

/// What machines ask.
fn machines() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(status::healthz))
        .route("/readyz", get(status::readyz))
        .route("/status", get(status::status))
        .route("/.well-known/change-password", get(status::change_password))
        .route("/.well-known/webfinger", get(oidc::discovery::webfinger))
        .route(layouts::CHECK_SESSION, get(oidc::check_session::get))
        .route(setup::proof::PATH, get(setup::proof::get))
        .route("/robots.txt", get(assets::robots))
        .route("/favicon.ico", get(assets::favicon))
        .route("/device/qr/{code}", get(signin::qr::get))
        .route("/static/{*path}", get(assets::file))
        .route("/brand/logo/{hash}", get(brand::logo))
        .route("/brand/{file}", get(brand::accent))
        .layer(nosniff())
}

/// What programs of administrators call: its own table is in `api`, since it is also its document.
fn programs() -> Router<AppState> {
    api::routes().layer(middleware::from_fn(page::guard))
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
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, oidc::dpop::HEADER])
        .expose_headers([header::WWW_AUTHENTICATE, oidc::dpop::NONCE_HEADER])
        .max_age(Duration::from_secs(3600))
}
