//! Every endpoint against wrong input, each time with the exact error that its sender is told.

mod authorize;
mod bearer;
mod forms;
mod layouts;
mod links;
mod paths;
mod strange;
mod token;

use crate::harness::http::Answer;

/// What a client is told as JSON, and that nobody may keep it.
#[track_caller]
fn refusal(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let challenge = answer.header("www-authenticate");
    assert_eq!(answer.status == 401, !challenge.is_empty(), "'{challenge}' with {}", answer.status);
    (answer.status, text("error"), text("error_description"))
}

/// What a person is told on a page; no page redirects.
#[track_caller]
fn page(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.location(), "");
    assert!(answer.has("error-ref"), "{}", answer.body);
    (answer.status, answer.text("error-code"))
}

/// A refusal as it is expected.
fn no(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

/// A page as it is expected.
fn shown(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
