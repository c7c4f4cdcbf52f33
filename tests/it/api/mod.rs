//! The API as programs of administrators meet it.

mod access;
mod clients;
mod document;
mod failures;
mod groups;
mod logout_tokens;
mod message;
mod observed;
mod races;
mod users;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use keystead::app::AppState;
use keystead::directory::Force;
use keystead::directory::api_tokens::{self, NewToken};
use keystead::directory::users::UserChange;
use keystead::domain::{Actor, ApiScope, DAY, Role};
use serde_json::Value;

use crate::harness::TestApp;
use crate::harness::http::{self, Answer};

/// A program with a token.
pub struct Caller {
    app: AppState,
    token: String,
}

impl Caller {
    /// Of an administrator, with every scope.
    pub async fn new(app: &TestApp) -> Caller {
        Caller::of(app, "root", Role::Administrator, &ApiScope::ALL).await
    }

    /// Of somebody with a role, with these scopes.
    pub async fn of(app: &TestApp, name: &str, role: Role, scopes: &[ApiScope]) -> Caller {
        app.user(name).await;
        let change = UserChange { role: Some(Some(role)), ..UserChange::default() };
        let cli = Actor::CommandLine;
        keystead::directory::users::update(app, &cli, name, change, Force::Yes).await.unwrap();
        Caller::again(app, name, scopes).await
    }

    /// Another token of somebody who is there.
    pub async fn again(app: &TestApp, name: &str, scopes: &[ApiScope]) -> Caller {
        let scopes: BTreeSet<ApiScope> = scopes.iter().copied().collect();
        let token = app.random.uuid();
        let new = NewToken { name: token, user: name.into(), scopes, life: DAY };
        let (_, token) = api_tokens::create(app, &Actor::CommandLine, new).await.unwrap();
        Caller { app: app.app.clone(), token: token.expose().to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body), &[]).await
    }

    /// Changes whatever is there.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, Some(body), &[("if-match", "*")]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None, &[]).await
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header("authorization", format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        http::send(&self.app, request.body(body).unwrap()).await
    }
}

/// The status and code of a problem, which must be one.
#[track_caller]
pub fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let body = answer.json();
    assert_eq!(body["status"], answer.status);
    let code = body["code"].as_str().unwrap().to_owned();
    assert_eq!(body["type"], format!("urn:keystead:problem:{code}"));
    assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    (answer.status, code)
}

/// Asserts the status and gives the document.
#[track_caller]
pub fn done(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}
