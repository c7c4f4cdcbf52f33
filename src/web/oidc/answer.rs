//! Sending the answer of the authorization endpoint on its way.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::issue;
use crate::app::App;
use crate::protocol::callback::{Answer, Callback, Message};
use crate::web::assets;
use crate::web::error::{Failure, JsonError};
use crate::web::page::Page;
use crate::web::words::Language;

/// An answer as HTTP.
pub struct Sent(Result<Answer, Failure>);

impl Sent {
    /// What the client is told at its callback, signed where it wants that.
    pub fn to(app: &App, callback: &Callback, message: Message) -> Sent {
        let sign = |claims: &_| {
            let registry = app.registry();
            let client = registry.client(&callback.client_id);
            let client = client.ok_or_else(|| anyhow::anyhow!("the client is gone"))?;
            issue::sign(&registry, &client, "JWT", claims)
        };
        Sent(callback.answer(message, app.clock.now(), sign))
    }
}

#[derive(Template)]
#[template(path = "signin/form_post.html")]
struct FormPost {
    page: Page,
    action: String,
    fields: Vec<(String, String)>,
}

impl IntoResponse for Sent {
    fn into_response(self) -> Response {
        let mut response = match self.0 {
            Ok(Answer::Redirect(to)) => Redirect::to(&to).into_response(),
            Ok(Answer::Post { action, fields }) => form_post(action, fields),
            Err(failure) => JsonError(failure).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }
}

/// A page that posts itself; it carries no token of ours, since it goes elsewhere.
fn form_post(action: String, fields: Vec<(String, String)>) -> Response {
    let page = Page {
        style: assets::url("style.css"),
        icon: assets::url("icon.svg"),
        form_post_js: assets::url("form_post.js"),
        logo_js: String::new(),
        logout_js: String::new(),
        csrf: String::new(),
        brand: "Keystead".into(),
        accent: None,
        logo: None,
        support: None,
        legal: Vec::new(),
        least_password: 0,
        language: Language::En,
        words: Language::En.words(),
    };
    let html = FormPost { page, action, fields }.render().unwrap_or_default();
    let policy = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}
