//! Requests that Keystead itself sends: to its own public URL, as a relying party would. No other
//! host is asked, no redirect followed, and no answer waited for without end.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{DATE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::clock::Clock;
use crate::domain::{AuthMethod, Secret, Timestamp};
use crate::integration::{
    Expected, Heard, NO_CODE, Observed, Reply, Unreached, authentication_method, authorization_url,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const SIZE: usize = 256 * 1024;

/// Asks the server behind one address, and nobody else.
pub struct Caller<'a> {
    base: &'a str,
    client: Client,
}

impl<'a> Caller<'a> {
    /// For the server at `base`, without a slash at the end.
    ///
    /// # Errors
    /// When this machine has no certificate authorities to trust.
    pub fn new(base: &'a str) -> reqwest::Result<Caller<'a>> {
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build()?;
        Ok(Caller { base, client })
    }

    /// `GET`
    pub async fn get(&self, url: &str) -> Heard {
        self.allowed(url)?;
        hear(self.client.get(url)).await
    }

    /// `POST` of a form.
    async fn post(&self, url: &str, form: &[(&str, &str)], basic: Option<(&str, &str)>) -> Heard {
        self.allowed(url)?;
        let request = self.client.post(url).form(form);
        hear(match basic {
            Some((name, secret)) => request.basic_auth(name, Some(secret)),
            None => request,
        })
        .await
    }

    fn allowed(&self, url: &str) -> Result<(), Unreached> {
        match url.strip_prefix(self.base) {
            Some(path) if path.starts_with('/') => Ok(()),
            _ => Err(Unreached::Elsewhere(url.to_owned())),
        }
    }
}

/// How a server answered that was to prove that it is we.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is.
    Given,
    /// Something else answered, with this status.
    Another(u16),
    /// Nothing answered that we trust, for this reason.
    NoTls(String),
    /// Nothing answered, for this reason.
    Nothing(String),
}

/// Asks the server at `base` for the answer that only we know, at `path`.
pub async fn prove(base: &str, path: &str, answer: &str) -> Proof {
    let heard = match Caller::new(base) {
        Ok(caller) => caller.get(&format!("{base}{path}")).await,
        Err(error) => Err(Unreached::Failed(cause(&error))),
    };
    match heard {
        Ok(reply) if reply.status == 200 && reply.body.trim() == answer => Proof::Given,
        Ok(reply) => Proof::Another(reply.status),
        Err(Unreached::Tls(cause)) => Proof::NoTls(cause),
        Err(Unreached::Failed(cause) | Unreached::Elsewhere(cause)) => Proof::Nothing(cause),
    }
}

/// Plays the relying party: everything that `integration::check` looks at.
///
/// # Errors
/// When this machine has no certificate authorities to trust.
pub async fn observe(
    expected: &Expected<'_>,
    secret: Option<&Secret>,
    clock: &Clock,
) -> reqwest::Result<Observed> {
    let base = expected.issuer;
    let caller = Caller::new(base)?;
    let discovery = caller.get(&format!("{base}/.well-known/openid-configuration")).await;
    let doubled = caller.get(&format!("{base}//.well-known/openid-configuration")).await;
    let document = discovery.as_ref().map(Reply::json).unwrap_or_default();
    let jwks = match document["jwks_uri"].as_str() {
        Some(url) => Some(caller.get(url).await),
        None => None,
    };
    let url = document["authorization_endpoint"].as_str();
    let authorization = match url.and_then(|url| authorization_url(url, expected)) {
        Some(url) => Some(caller.get(&url).await),
        None => None,
    };
    let authentication = authenticate(&caller, expected, &document, secret).await;
    let before = clock.now_ms();
    let status = caller.get(&format!("{base}/status")).await;
    let asked_ms = (before, clock.now_ms());
    Ok(Observed { discovery, doubled, jwks, authorization, authentication, status, asked_ms })
}

async fn authenticate(
    caller: &Caller<'_>,
    expected: &Expected<'_>,
    document: &Value,
    secret: Option<&Secret>,
) -> Option<(AuthMethod, Heard)> {
    let method = authentication_method(expected, document)?;
    let (url, secret) = (document["token_endpoint"].as_str()?, secret?.expose());
    let id = expected.client.id.as_str();
    let form = [("grant_type", "authorization_code"), ("code", NO_CODE)];
    let heard = match method {
        AuthMethod::ClientSecretPost => {
            let form = [form.as_slice(), &[("client_id", id), ("client_secret", secret)]].concat();
            caller.post(url, &form, None).await
        }
        AuthMethod::ClientSecretJwt
        | AuthMethod::PrivateKeyJwt
        | AuthMethod::TlsClientAuth
        | AuthMethod::SelfSignedTlsClientAuth => return None,
        AuthMethod::ClientSecretBasic | AuthMethod::None => {
            caller.post(url, &form, Some((id, secret))).await
        }
    };
    Some((method, heard))
}

async fn hear(request: RequestBuilder) -> Heard {
    let response = request.send().await.map_err(|error| unreached(&error))?;
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let (status, location) = (response.status().as_u16(), text(LOCATION).map(str::to_owned));
    let date = text(DATE).and_then(read_date);
    Ok(Reply { status, location, date, body: body(response).await? })
}

/// The body, up to a bearable size.
async fn body(mut response: Response) -> Result<String, Unreached> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreached(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > SIZE {
            return Err(Unreached::Failed("the answer is too long".into()));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_date(text: &str) -> Option<Timestamp> {
    let date = OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(Timestamp(date.unix_timestamp()))
}

/// The cause of the cause, without the address, which is said already; in words where the library
/// for TLS has only names.
pub fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let told = cause.to_string();
    let known = [
        ("UnknownIssuer", "its certificate is of an authority that this machine does not trust"),
        ("CaUsedAsEndEntity", "its certificate is that of an authority, not of a server"),
    ];
    match known.iter().find(|(name, _)| told.contains(name)) {
        Some((_, words)) => (*words).to_owned(),
        None => told,
    }
}

fn unreached(error: &reqwest::Error) -> Unreached {
    let told = cause(error);
    let about_tls = ["certificate", "handshake", "TLS", "UnknownIssuer", "HandshakeFailure"];
    match about_tls.iter().any(|word| told.contains(word)) {
        true => Unreached::Tls(told),
        false => Unreached::Failed(told),
    }
}
