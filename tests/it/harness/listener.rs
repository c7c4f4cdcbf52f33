//! An application that is told of sign-outs: what it was sent, and how it answers.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

/// Listens on this machine, in the clear.
pub struct Listener {
    /// Where.
    pub url: String,
    heard: Arc<Mutex<Vec<(String, String)>>>,
    status: Arc<AtomicU16>,
}

impl Listener {
    /// One that answers 200.
    pub async fn new() -> Listener {
        let heard: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let (kept, answer) = (heard.clone(), status.clone());
        let hear = move |headers: HeaderMap, body: String| {
            let kind = headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
            kept.lock().unwrap().push((kind.to_owned(), body));
            let status = StatusCode::from_u16(answer.load(Ordering::Relaxed)).unwrap();
            async move { status }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/logout", post(hear));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Listener { url: format!("http://{address}/logout"), heard, status }
    }

    /// Answers so from now on.
    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// The logout tokens that came since this was last asked.
    #[track_caller]
    pub fn tokens(&self) -> Vec<String> {
        let heard = std::mem::take(&mut *self.heard.lock().unwrap());
        let one = |(kind, body): (String, String)| {
            assert_eq!(kind, "application/x-www-form-urlencoded");
            let mut form = url::form_urlencoded::parse(body.as_bytes()).into_owned();
            let (name, token) = form.next().unwrap();
            assert_eq!(name, "logout_token");
            assert!(form.next().is_none(), "nothing beside it: {body}");
            token
        };
        heard.into_iter().map(one).collect()
    }
}
