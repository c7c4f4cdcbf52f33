//! A provider as a relying party sees it: Keystead or a peer.

use std::rc::Rc;

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::browser::Browser;
use super::http::{Conn, Reply, form, get, post};
use super::process::Server;
use super::signers::Signer;

/// Where codes are sent; nobody listens.
pub const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// The path of the metadata.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
const VERIFIER: &str = "a-code-verifier-that-is-long-enough-for-rfc-7636";

/// A registered client.
#[derive(Clone)]
pub struct Client {
    /// Its name.
    pub id: String,
    /// The line that authenticates it.
    pub authorization: String,
}

/// A running provider, with everything it knows of.
pub struct Provider {
    /// The process.
    pub server: Server,
    /// Clients for people, by algorithm; the third asks for refresh tokens too.
    pub web: [Client; 3],
    /// Clients that act for themselves, RS256 and ES256.
    pub machine: [Client; 2],
    /// What the latter send along with `grant_type`.
    pub machine_extra: &'static str,
    /// A client that signs, and its key; the peer has none.
    pub signer: Option<(String, Rc<Signer>)>,
    /// Who signs in: one for each connection.
    pub people: Vec<Browser>,
    /// What is promised.
    pub metadata: Value,
}

impl Client {
    /// With its secret.
    pub fn new(id: &str, secret: &str) -> Client {
        let basic = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        Client { id: id.to_owned(), authorization: format!("authorization: Basic {basic}\r\n") }
    }
}

/// Asks for the metadata.
pub async fn metadata(server: &Server) -> Result<Value> {
    let mut conn = Conn::open(server.address).await?;
    let reply = conn.send(&get(DISCOVERY, "")).await?;
    serde_json::from_str(reply.body).context("the metadata is no JSON")
}

impl Provider {
    /// The path of an endpoint that the metadata names.
    pub fn path(&self, name: &str) -> Result<&str> {
        let url = self.metadata[name].as_str().with_context(|| format!("no {name}"))?;
        let (_, rest) = url.split_once("://").context("no URL")?;
        Ok(rest.find('/').map_or("/", |slash| &rest[slash..]))
    }

    /// An authorization request.
    pub fn authorize(&self, client: &Client, scope: &str) -> Result<String> {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let query = form([
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("state", "af0ifjsldkj"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(format!("{}?{query}", self.path("authorization_endpoint")?))
    }

    /// The request that redeems a code.
    pub fn redeem(&self, client: &Client, code: &str) -> Result<Vec<u8>> {
        let body = form([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        Ok(post(self.path("token_endpoint")?, &client.authorization, &body))
    }

    /// The request that uses a refresh token.
    pub fn refresh(&self, client: &Client, token: &str) -> Result<Vec<u8>> {
        let body = form([("grant_type", "refresh_token"), ("refresh_token", token)]);
        Ok(post(self.path("token_endpoint")?, &client.authorization, &body))
    }

    /// Signs everybody in, and returns a token answer for each.
    pub async fn sign_everybody_in(&mut self, client: &Client, scope: &str) -> Result<Vec<Value>> {
        let target = self.authorize(client, scope)?;
        let mut conn = Conn::open(self.server.address).await?;
        let mut people = std::mem::take(&mut self.people);
        let mut answers = Vec::new();
        for person in &mut people {
            let arrived = person.visit(&mut conn, &target, CALLBACK).await?;
            let reply = conn.send(&self.redeem(client, &code(&arrived)?)?).await?;
            expect(&reply, 200, "access_token")?;
            answers.push(serde_json::from_str(reply.body)?);
        }
        self.people = people;
        Ok(answers)
    }
}

/// The code in an address of the callback.
pub fn code(arrived: &str) -> Result<String> {
    let (_, query) = arrived.split_once('?').context("a callback without a query")?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let code = pairs.find(|(name, _)| name == "code");
    code.map(|(_, value)| value.into_owned()).with_context(|| format!("no code: {arrived}"))
}

/// Refuses any other status, and a body without these words.
pub fn expect(reply: &Reply<'_>, status: u16, words: &str) -> Result<()> {
    if reply.status != status || !reply.body.contains(words) {
        let start: String = reply.body.chars().take(200).collect();
        bail!("answered {}: {start}", reply.status);
    }
    Ok(())
}

/// A member of a JSON answer, found without reading the rest.
pub fn member<'b>(body: &'b str, name: &str) -> Option<&'b str> {
    let (_, rest) = body.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}
