//! A client that signs: its keys, and the server where it publishes them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use keystead::domain::Algorithm;
use keystead::jose::{NewKey, Signer};
use serde_json::{Map, Value, json};

/// A key pair of a client.
pub struct Keys {
    /// Signs.
    pub signer: Signer,
    /// What others check that with.
    pub public: Value,
}

/// A new pair.
pub fn keys(alg: Algorithm) -> Keys {
    let key = NewKey::generate(alg).unwrap();
    let public = Value::Object(key.public.clone());
    Keys { signer: Signer::parse(key.kid, alg, &key.private).unwrap(), public }
}

/// The public halves as a JWK set.
pub fn set(keys: &[&Keys]) -> Map<String, Value> {
    let public: Vec<&Value> = keys.iter().map(|keys| &keys.public).collect();
    Map::from_iter([("keys".to_owned(), json!(public))])
}

/// A server on this machine that answers with a text, which may change; its address.
pub async fn serve(text: &Arc<Mutex<String>>) -> String {
    let kept = text.clone();
    let answer = move || {
        let text = kept.lock().unwrap().clone();
        async move { text }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/it", get(answer));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}/it")
}
