//! Rows of clients that sign or push: what FAPI 2.0 adds to a request.

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm as Alg, EncodingKey, crypto};
use keystead::clock::Clock;
use keystead::domain::Algorithm;
use keystead::jose::NewKey;
use serde_json::{Map, Value, json};

use super::http::{Conn, form, post};
use super::provider::{Client, Provider, expect, member};

/// A key of a client.
pub struct Signer {
    key: EncodingKey,
    public: Map<String, Value>,
    /// How many were signed: each has a `jti` of its own.
    signed: std::cell::Cell<u64>,
}

impl Signer {
    /// A new ES256 key.
    pub fn new() -> Result<Signer> {
        let key = NewKey::generate(Algorithm::ES256)?;
        let signed = std::cell::Cell::new(0);
        Ok(Signer { key: EncodingKey::from_ec_der(&key.private), public: key.public, signed })
    }

    /// The set that registers it.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.public] })
    }

    fn sign(&self, header: &Value, claims: &Value) -> Result<String> {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = crypto::sign(message.as_bytes(), &self.key, Alg::ES256)?;
        Ok(format!("{message}.{signature}"))
    }

    fn jti(&self) -> String {
        self.signed.set(self.signed.get() + 1);
        format!("{}", self.signed.get())
    }

    /// `private_key_jwt`, RFC 7523.
    fn assertion(&self, client: &str, issuer: &str) -> Result<String> {
        let now = now();
        let header = json!({ "alg": "ES256", "kid": self.public["kid"] });
        let claims = json!({
            "iss": client, "sub": client, "aud": issuer, "jti": self.jti(), "iat": now,
            "exp": now + 60,
        });
        self.sign(&header, &claims)
    }

    /// A proof of possession, RFC 9449.
    fn proof(&self, url: &str) -> Result<String> {
        let member = |name: &str| self.public[name].clone();
        let jwk = json!({
            "kty": member("kty"), "crv": member("crv"), "x": member("x"), "y": member("y"),
        });
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        let claims = json!({ "jti": self.jti(), "htm": "POST", "htu": url, "iat": now() });
        self.sign(&header, &claims)
    }
}

/// Seconds since 1970, as the server has them.
fn now() -> i64 {
    Clock::System.now().0
}

/// Pushes an authorization request.
pub async fn push(provider: &Provider, client: &Client, conn: &mut Conn) -> Result<()> {
    let target = provider.authorize(client, "openid profile email")?;
    let (_, body) = target.split_once('?').context("a request without parameters")?;
    let path = provider.path("pushed_authorization_request_endpoint")?;
    let request = post(path, &client.authorization, body);
    expect(&conn.send(&request).await?, 201, "request_uri")
}

/// Gets a token with an assertion.
pub async fn assert(
    provider: &Provider,
    (id, signer): (&str, &Signer),
    conn: &mut Conn,
) -> Result<()> {
    let issuer = provider.metadata["issuer"].as_str().context("no issuer")?;
    let body = form([
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &signer.assertion(id, issuer)?),
    ]);
    let request = post(provider.path("token_endpoint")?, "", &body);
    expect(&conn.send(&request).await?, 200, "access_token")
}

/// Gets a token that is bound to a key.
pub async fn prove(
    provider: &Provider,
    (client, signer): (&Client, &Signer),
    conn: &mut Conn,
) -> Result<()> {
    let url = provider.metadata["token_endpoint"].as_str().context("no token_endpoint")?;
    let headers = format!("{}dpop: {}\r\n", client.authorization, signer.proof(url)?);
    let request = post(provider.path("token_endpoint")?, &headers, "grant_type=client_credentials");
    expect(&conn.send(&request).await?, 200, "\"token_type\":\"DPoP\"")
}

/// A token of a client that acts for itself.
pub async fn token(provider: &Provider, client: &Client, conn: &mut Conn) -> Result<String> {
    let body = "grant_type=client_credentials";
    let request = post(provider.path("token_endpoint")?, &client.authorization, body);
    let reply = conn.send(&request).await?;
    Ok(member(reply.body, "access_token").context("no access_token")?.to_owned())
}

/// Asks what a token stands for, and is told in a signed answer (RFC 9701).
pub async fn introspect(
    provider: &Provider,
    (client, token): (&Client, &str),
    conn: &mut Conn,
) -> Result<()> {
    let accept = "accept: application/token-introspection+jwt\r\n";
    let headers = format!("{}{accept}", client.authorization);
    let path = provider.path("introspection_endpoint")?;
    expect(&conn.send(&post(path, &headers, &format!("token={token}"))).await?, 200, "ey")
}
