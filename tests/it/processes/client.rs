//! A browser and a relying party in one, over real connections.

use std::collections::BTreeMap;

use axum::http::header;
use reqwest::redirect::Policy;

use super::SECRET;
use crate::harness::http::{Answer, encode};
use crate::harness::{PASSWORD, VERIFIER};

const CALLBACK: &str = "https://web.example.com/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// It talks to one node at a time.
#[derive(Clone)]
pub struct Client {
    /// The node.
    pub url: String,
    /// What the browser keeps.
    pub cookies: BTreeMap<String, String>,
    http: reqwest::Client,
}

/// An answer, or the connection broke.
pub type Answered = reqwest::Result<Answer>;

impl Client {
    /// A fresh one.
    pub fn new(url: &str) -> Client {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Client { url: url.to_owned(), cookies: BTreeMap::new(), http }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answered {
        let request = self.http.get(format!("{}{path}", self.url));
        self.send(request).await
    }

    /// Sends a form as the browser does.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answered {
        let request = self.http.post(format!("{}{path}", self.url)).form(form);
        self.send(request).await
    }

    /// Calls an endpoint as the client `web`.
    pub async fn call(&self, path: &str, form: &[(&str, &str)]) -> Answered {
        let request = self.http.post(format!("{}{path}", self.url)).form(form);
        read(request.basic_auth("web", Some(SECRET)).send().await?).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answered {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let answer = read(request.header(header::COOKIE, cookies.join("; ")).send().await?).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }

    /// Fills in the page's form and sends it.
    pub async fn submit(&mut self, page: &Answer, filled: &[(&str, &str)]) -> Answered {
        let inputs = page.inputs();
        let kept = inputs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, _)| !filled.iter().any(|(other, _)| other == name));
        let form: Vec<(&str, &str)> = kept.chain(filled.iter().copied()).collect();
        self.post(&page.action(), &form).await
    }

    /// Signs alice in at the front door.
    pub async fn sign_in(&mut self) -> Answered {
        let page = self.get("/login").await?;
        self.submit(&page, &[("username", "alice"), ("password", PASSWORD)]).await
    }

    /// The answer to an authorization request for `redirect_uri` in a signed-in browser.
    pub async fn authorize(&mut self, redirect_uri: &str) -> Answered {
        let query = encode(&[
            ("client_id", "web"),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        self.get(&format!("/oauth2/authorize?{query}")).await
    }

    /// A fresh code.
    pub async fn code(&mut self) -> reqwest::Result<String> {
        let answer = self.authorize(CALLBACK).await?;
        Ok(answer
            .param("code")
            .unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.body)))
    }

    /// Redeems a code.
    pub async fn exchange(&self, code: &str) -> Answered {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.call("/oauth2/token", &form).await
    }

    /// Whether a token works.
    pub async fn is_active(&self, token: &str) -> bool {
        let answer = self.call("/oauth2/introspect", &[("token", token)]).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["active"] == true
    }
}

async fn read(answer: reqwest::Response) -> Answered {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok(Answer { status, headers, body: answer.text().await?, bytes: Vec::new() })
}
