//! What Prometheus may know: numbers with few labels, never a person or a client.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The counters; every clone counts into the same.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Answered, Counter>,
    durations: Family<Asked, Histogram>,
    sign_ins: Family<SignIn, Counter>,
    tokens: Family<Issued, Counter>,
    hashes_waiting: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignIn {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Issued {
    grant_type: &'static str,
}

/// Upper bounds in seconds, from a cached document to a password hash under load.
const SECONDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("keystead");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", version);
        let mut new = Collector(registry);
        Metrics {
            requests: new.counted("http_requests", "Requests answered"),
            durations: new.timed("http_request_duration", "Time to answer a request"),
            sign_ins: new.counted("sign_ins", "Attempts to sign in, by outcome"),
            tokens: new.counted("token_responses", "Token answers, by grant type"),
            hashes_waiting: new.counted("password_hashes_waiting", "Passwords waiting for argon2"),
            registry: Arc::new(new.0),
        }
    }
}

struct Collector(Registry);

impl Collector {
    fn counted<M>(&mut self, name: &str, help: &str) -> M
    where
        M: EncodeMetric + fmt::Debug + Clone + Default + Send + Sync + 'static,
    {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    fn timed(&mut self, name: &str, help: &str) -> Family<Asked, Histogram> {
        let metric =
            Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        self.0.register_with_unit(name, help, Unit::Seconds, metric.clone());
        metric
    }
}

impl Metrics {
    /// Counts an attempt to sign in; `outcome` is `success` or a stable reason.
    pub fn sign_in(&self, outcome: &'static str) {
        self.sign_ins.get_or_create(&SignIn { outcome }).inc();
    }

    /// Counts a token answer.
    pub fn token(&self, grant_type: &'static str) {
        self.tokens.get_or_create(&Issued { grant_type }).inc();
    }

    /// Counts a password hash as waiting until the answer is dropped.
    pub fn hash_waits(&self) -> Waiting {
        self.hashes_waiting.inc();
        Waiting(self.hashes_waiting.clone())
    }

    /// All numbers in the OpenMetrics text format.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// What answers on `metrics.listen`.
    pub fn router(&self) -> Router {
        Router::new().route("/metrics", get(show)).with_state(self.clone())
    }
}

/// One password hash that waits for its turn.
#[must_use = "it is counted only while it lives"]
pub struct Waiting(Gauge);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Middleware that counts and times requests by their route, not their path:
/// `router.layer(middleware::from_fn_with_state(metrics, metrics::record))`.
pub async fn record(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("(none)", MatchedPath::as_str).to_owned();
    let method = name(request.method());
    let start = Instant::now();
    let response = next.run(request).await;
    let seconds = start.elapsed().as_secs_f64();
    let asked = Asked { method, route: route.clone() };
    metrics.durations.get_or_create(&asked).observe(seconds);
    let answered = Answered { method, route, status: response.status().as_u16() };
    metrics.requests.get_or_create(&answered).inc();
    response
}

/// Clients may invent methods; the labels stay few.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

async fn show(State(metrics): State<Metrics>) -> Response {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn send(router: &Router, method: &str, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    }

    async fn numbers(metrics: &Metrics) -> String {
        let response = send(&metrics.router(), "GET", "/metrics").await;
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text"));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_not_by_path() {
        let metrics = Metrics::default();
        let app = Router::new()
            .route("/user/{name}", get(async || "hello"))
            .layer(from_fn_with_state(metrics.clone(), record));
        for (method, path) in [("GET", "/user/anna"), ("GET", "/user/bob"), ("BREW", "/secret")] {
            send(&app, method, path).await;
        }
        let text = numbers(&metrics).await;
        let line =
            r#"keystead_http_requests_total{method="GET",route="/user/{name}",status="200"} 2"#;
        assert!(text.contains(line), "{text}");
        let line = r#"keystead_http_requests_total{method="other",route="(none)",status="404"} 1"#;
        assert!(text.contains(line), "{text}");
        let line =
            r#"keystead_http_request_duration_seconds_count{method="GET",route="/user/{name}"} 2"#;
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("anna") && !text.contains("secret"), "{text}");
    }

    #[tokio::test]
    async fn sign_ins_tokens_and_the_hash_queue_are_counted() {
        let metrics = Metrics::default();
        metrics.sign_in("success");
        metrics.sign_in("wrong_password");
        metrics.token("authorization_code");
        let waiting = [metrics.hash_waits(), metrics.hash_waits()];
        let text = numbers(&metrics).await;
        for line in [
            r#"keystead_sign_ins_total{outcome="success"} 1"#,
            r#"keystead_sign_ins_total{outcome="wrong_password"} 1"#,
            r#"keystead_token_responses_total{grant_type="authorization_code"} 1"#,
            "keystead_password_hashes_waiting 2",
            "keystead_build_info{version=",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(waiting);
        assert!(numbers(&metrics).await.contains("keystead_password_hashes_waiting 0"));
    }
}
