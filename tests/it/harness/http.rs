//! Requests through the router, and what comes back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use keystead::app::AppState;
use keystead::server::PeerAddr;
use keystead::web::{self, Normalized};
use serde_json::Value;
use tower::ServiceExt;

/// Where requests come from unless a story says otherwise.
pub const ADDRESS: &str = "198.51.100.7:40000";

/// An answer, read whole.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

/// Sends a request to one node.
pub async fn send(app: &AppState, mut request: Request<Body>) -> Answer {
    if request.extensions().get::<PeerAddr>().is_none() {
        request.extensions_mut().insert(PeerAddr(ADDRESS.parse().unwrap()));
    }
    let response = routes(app).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        // A picture is no text.
        body: String::from_utf8_lossy(&body).into_owned(),
        bytes: body.to_vec(),
    }
}

thread_local! {
    /// The routes of the node that was asked last: making them takes longer than most answers.
    static LAST: RefCell<Option<(AppState, Normalized)>> = const { RefCell::new(None) };
}

fn routes(app: &AppState) -> Normalized {
    LAST.with_borrow_mut(|last| match last {
        Some((kept, routes)) if Arc::ptr_eq(&kept.0, &app.0) => routes.clone(),
        _ => last.insert((app.clone(), web::router(app.clone()))).1.clone(),
    })
}

/// Lets go of the node that was asked last.
pub fn forget() {
    LAST.take();
}

/// `GET` without cookies.
pub async fn get(app: &AppState, path: &str) -> Answer {
    send(app, Request::get(path).body(Body::empty()).unwrap()).await
}

/// `GET` with headers; one named twice is sent twice.
pub async fn get_with(app: &AppState, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::empty()).unwrap()).await
}

/// `POST` of a form without cookies.
pub async fn post(app: &AppState, path: &str, form: &[(&str, &str)]) -> Answer {
    post_with(app, path, form, &[]).await
}

/// `POST` of a form with headers.
pub async fn post_with(
    app: &AppState,
    path: &str,
    form: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let mut request =
        Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::from(encode(form))).unwrap()).await
}

/// A form as it is sent.
pub fn encode(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// How random a text is, as the conformance suite measures: entropy of a character times the number
/// of characters.
pub fn entropy(text: &str) -> f64 {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_default() += 1.0;
    }
    let length = text.chars().count() as f64;
    let bits = |n: &f64| -(n / length) * (n / length).log2();
    counts.values().map(bits).sum::<f64>() * length
}

impl Answer {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where it redirects.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A parameter of where it redirects, in the query.
    pub fn param(&self, name: &str) -> Option<String> {
        let query = self.location().split('#').next()?.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A parameter of where it redirects, in the fragment.
    pub fn fragment(&self, name: &str) -> Option<String> {
        let fragment = self.location().split_once('#')?.1;
        url::form_urlencoded::parse(fragment.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The code and status of an OAuth error, to compare in one line.
    #[track_caller]
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    /// Whether the page has an element with this id.
    pub fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }

    /// The text of the element with this id, without tags.
    pub fn text(&self, id: &str) -> String {
        let Some((_, rest)) = self.body.split_once(&format!("id=\"{id}\"")) else {
            return String::new();
        };
        let inner = rest.split_once('>').unwrap().1;
        let end = inner.find("</").unwrap_or(inner.len());
        let mut text = String::new();
        let mut tag = false;
        for c in inner[..end].chars() {
            match c {
                '<' => tag = true,
                '>' => tag = false,
                c if !tag => text.push(c),
                _ => {}
            }
        }
        text.trim().to_owned()
    }

    /// The inputs that have a value: what a browser would send of the page's one form.
    pub fn inputs(&self) -> Vec<(String, String)> {
        let of = |tag: &str, name: &str| {
            let rest = tag.split_once(&format!(" {name}=\""))?.1;
            Some(unescape(rest.split_once('"')?.0))
        };
        self.body
            .split("<input")
            .skip(1)
            .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
            .filter(|tag| !tag.contains("type=\"checkbox\""))
            .filter_map(|tag| Some((of(tag, "name")?, of(tag, "value").unwrap_or_default())))
            .collect()
    }

    /// Where the page's one form goes.
    pub fn action(&self) -> String {
        let rest = self.body.split_once("action=\"").expect("a form").1;
        unescape(rest.split_once('"').unwrap().0)
    }
}

fn unescape(text: &str) -> String {
    let pairs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
