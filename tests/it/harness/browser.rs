//! A person's browser: keeps cookies, fills in forms, follows redirects on our side.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, header};
use keystead::app::AppState;
use keystead::server::PeerAddr;

use super::fixtures::PASSWORD;
use super::http::{self, Answer, encode};

/// A browser that knows one node at a time.
pub struct Browser {
    /// The node it talks to.
    pub app: AppState,
    /// The cookies it keeps.
    pub cookies: BTreeMap<String, String>,
    address: String,
}

impl Browser {
    /// A fresh one.
    pub fn new(app: &AppState) -> Browser {
        Browser { app: app.clone(), cookies: BTreeMap::new(), address: http::ADDRESS.to_owned() }
    }

    /// At another address.
    pub fn at(mut self, address: &str) -> Browser {
        self.address = format!("{address}:40000");
        self
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encode(form))).unwrap()).await
    }

    /// Opens a page as somebody who prefers these languages.
    pub async fn get_in(&mut self, path: &str, languages: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT_LANGUAGE, languages);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form with a file.
    pub async fn upload(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        (name, file): (&str, &[u8]),
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in form {
            let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let about = format!("form-data; name=\"{name}\"; filename=\"a.png\"");
        let head = format!("--xyz\r\nContent-Disposition: {about}\r\n\r\n");
        body.extend([head.as_bytes(), file, b"\r\n--xyz--\r\n"].concat());
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=xyz");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        request.extensions_mut().insert(PeerAddr(self.address.parse().unwrap()));
        let answer = http::send(&self.app, request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        answer
    }

    /// Keeps a cookie, and holds it to what `__Host-` promises and we promise beside.
    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes: Vec<String> = parts.map(str::to_lowercase).collect();
        // One is there to be read, in frames too.
        let mut promised = match name.ends_with("keystead-state") {
            true => vec!["samesite=none", "path=/"],
            false => vec!["httponly", "samesite=lax", "path=/"],
        };
        if self.app.config.public_url.is_https() {
            assert!(name.starts_with("__Host-"), "any host may set {cookie}");
            promised.push("secure");
        }
        for promised in promised {
            assert!(attributes.iter().any(|one| one == promised), "no {promised}: {cookie}");
        }
        assert!(!attributes.iter().any(|one| one.starts_with("domain")), "{cookie}");
        if attributes.iter().any(|one| one == "max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Follows redirects until a page comes or the next one leads to another host.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        while answer.status == 303 && answer.location().starts_with('/') {
            let to = answer.location().to_owned();
            answer = self.get(&to).await;
        }
        answer
    }

    /// Fills in the page's form, presses a button, and follows where that leads.
    pub async fn submit(&mut self, page: &Answer, filled: &[(&str, &str)]) -> Answer {
        let inputs = page.inputs();
        let kept = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !filled.iter().any(|(other, _)| other == name));
        let form: Vec<(&str, &str)> = kept.chain(filled.iter().copied()).collect();
        let answer = self.post(&page.action(), &form).await;
        self.follow(answer).await
    }

    /// Signs in on a login page.
    pub async fn log_in(&mut self, page: &Answer, name: &str, password: &str) -> Answer {
        assert!(page.has("login-submit"), "no login page: {} {}", page.status, page.body);
        let filled = [("username", name), ("password", password), ("action", "login")];
        self.submit(page, &filled).await
    }

    /// Signs in at the front door.
    pub async fn sign_in(&mut self, name: &str) -> Answer {
        let page = self.get("/login").await;
        let home = self.log_in(&page, name, PASSWORD).await;
        assert!(home.has("current-user"), "not signed in: {} {}", home.status, home.body);
        home
    }

    /// Opens a client's authorization request and says yes to every page, as `name`, until the
    /// answer leaves for the client.
    pub async fn authorize(&mut self, url: &str, name: &str) -> Answer {
        let mut answer = self.get(url).await;
        answer = self.follow(answer).await;
        if answer.has("login-submit") {
            answer = self.log_in(&answer, name, PASSWORD).await;
        }
        if answer.has("consent-allow") {
            answer = self.submit(&answer, &[("action", "allow")]).await;
        }
        answer
    }
}
