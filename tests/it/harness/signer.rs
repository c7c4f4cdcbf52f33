//! A client that signs: its keys, and the server where it publishes them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use keystead::domain::Algorithm;
use keystead::jose::{NewKey, Signer};
use serde_json::{Map, Value, json};

use super::Party;

/// A key pair of a client.
pub struct Keys {
    /// Signs.
    pub signer: Signer,
    /// What others check that with.
    pub public: Value,
}

/// The form fields of an assertion (RFC 7521 4.2).
pub fn asserted(assertion: &str) -> [(&'static str, &str); 2] {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    [("client_assertion_type", kind), ("client_assertion", assertion)]
}

impl Keys {
    /// Signs what an assertion of this client says, after a change.
    pub fn assertion(&self, party: &Party, change: impl FnOnce(&mut Value)) -> String {
        let now = party.app.clock.now().0;
        let jti = format!("{:?}", party.app.random.bytes::<12>());
        let mut claims = json!({
            "iss": party.id, "sub": party.id, "aud": party.metadata["issuer"], "jti": jti,
            "iat": now, "nbf": now, "exp": now + 60,
        });
        change(&mut claims);
        self.signer.sign("JWT", &claims).unwrap()
    }
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
