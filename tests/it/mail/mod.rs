//! Mail to people: what goes out, to whom, and what is said when it does not.

mod command_line;
mod faults;
mod links;
mod recovery;

use keystead::directory::settings::{self, Wish};
use keystead::domain::settings::known;
use keystead::domain::{Actor, Event, Secret};
use keystead::explain::sentence;
use keystead::store::events::{self, Filter};
use serde_json::json;

use crate::harness::{Smtp, TestApp};

/// Lets mail go out through this server; `sso` signs in there with this password.
pub async fn set_up(app: &TestApp, smtp: &Smtp, password: Option<&str>) {
    let mut wishes: Vec<_> = [
        ("mail.host", json!("127.0.0.1")),
        ("mail.port", json!(smtp.port)),
        ("mail.security", json!("none")),
        ("mail.from", json!("Keystead <sso@example.com>")),
        ("sign_in.recovery", json!(true)),
    ]
    .into_iter()
    .map(|(name, value)| (known(name).unwrap(), Wish::Value(value)))
    .collect();
    let (name, secret) = match password {
        Some(password) => (json!("sso"), Wish::Secret(Secret::sent(password))),
        None => (json!(null), Wish::Value(json!(null))),
    };
    wishes.push((known("mail.username").unwrap(), Wish::Value(name)));
    wishes.push((known("mail.password").unwrap(), secret));
    settings::update(app, &Actor::CommandLine, &wishes, None).await.unwrap();
}

/// The events of these kinds, the newest first, as sentences.
pub async fn told(app: &TestApp, kinds: &str) -> Vec<String> {
    let all = app.read(async |conn| events::list(conn, &Filter::default(), None, 100).await).await;
    let of = |event: &&Event| kinds.split(' ').any(|kind| event.kind.starts_with(kind));
    all.iter().filter(of).map(sentence::event).collect()
}
