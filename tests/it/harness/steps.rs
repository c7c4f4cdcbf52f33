//! Steps that many stories share.

use keystead::directory::scope_maps;
use keystead::domain::{Actor, Client};

use super::http::Answer;
use super::{Browser, Party, Registered, TestApp, Tokens};

/// The client `web` as a relying party.
pub async fn party(app: &TestApp) -> Party {
    Party::new(&app.app, &app.client("web").await).await
}

/// `web`, and Alice's browser with what her sign-in there brought.
pub async fn signed_in(app: &TestApp, more: &[(&str, &str)]) -> (Party, Browser, Tokens) {
    app.user("alice").await;
    let (party, mut browser) = (party(app).await, Browser::new(&app.app));
    let tokens = party.sign_in(&mut browser, "alice", more).await;
    (party, browser, tokens)
}

/// A client that nobody may use yet.
pub async fn closed_client(
    app: &TestApp,
    id: &str,
    change: impl FnOnce(&mut Client),
) -> Registered {
    let registered = app.client_with(id, change).await;
    scope_maps::remove(&app.app, &Actor::CommandLine, id, "everyone").await.unwrap();
    registered
}

/// What an answer hands to the client, wherever it travels: name and value, in order.
pub fn handed_over(answer: &Answer) -> Vec<(String, String)> {
    match answer.location().split_once(['?', '#']) {
        Some((_, query)) => url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        None => answer.inputs(),
    }
}

/// What `at_hash` and `c_hash` are of a text, with this algorithm (OpenID Connect Core 3.1.3.6).
pub fn half_hash(alg: &str, text: &str) -> String {
    use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    let function = match alg {
        "ES384" => &SHA384,
        "EdDSA" => &SHA512,
        _ => &SHA256,
    };
    let hash = digest(function, text.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// The header of a token, unverified.
pub fn header_of(token: &str) -> serde_json::Value {
    part(token, 0)
}

/// The claims of a token, unverified.
pub fn claims_of(token: &str) -> serde_json::Value {
    part(token, 1)
}

fn part(token: &str, n: usize) -> serde_json::Value {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    let part = token.split('.').nth(n).expect("a token in three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
