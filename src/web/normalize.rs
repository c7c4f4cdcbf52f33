//! One spelling for each path: doubled slashes count once (python-social-auth joins with `/`
//! whatever the endpoint ends in) and a slash at the end counts for nothing. What was doubled is
//! remembered for the explainer.

use std::borrow::Cow;
use std::task::{Context, Poll};

use axum::Router;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Uri};
use tower::Service;

/// The path under which a route is registered.
pub fn route(path: &'static str) -> &'static str {
    path.strip_suffix('/').unwrap_or(path)
}

/// The path of a request as it was sent, where it had doubled slashes.
#[derive(Debug, Clone)]
pub struct Doubled(pub String);

/// Rewrites paths before the router sees them: a layer inside would come after the routing.
#[derive(Clone)]
pub struct Normalized(pub Router);

impl<B> Service<Request<B>> for Normalized
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<B>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        rewrite(&mut request);
        self.0.call(request)
    }
}

fn rewrite<B>(request: &mut Request<B>) {
    let Cow::Owned(path) = normal(request.uri().path()) else { return };
    if request.uri().path().contains("//") {
        let sent = Doubled(request.uri().path().to_owned());
        request.extensions_mut().insert(sent);
    }
    let whole = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = request.uri().clone().into_parts();
    if let Ok(whole) = PathAndQuery::try_from(whole) {
        parts.path_and_query = Some(whole);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
}

fn normal(path: &str) -> Cow<'_, str> {
    let doubled = path.contains("//");
    if !doubled && (path.len() <= 1 || !path.ends_with('/')) {
        return Cow::Borrowed(path);
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    Cow::Owned(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn every_spelling_of_a_path_is_one() {
        for (sent, served) in [
            ("/", "/"),
            ("//", "/"),
            ("//.well-known/openid-configuration", "/.well-known/openid-configuration"),
            ("/application/o/netbox//.well-known/x", "/application/o/netbox/.well-known/x"),
            ("/application/o/token/", "/application/o/token"),
            ("/login", "/login"),
        ] {
            assert_eq!(normal(sent), served);
        }
    }
}
