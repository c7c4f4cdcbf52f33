//! The integration check: whether a relying party of a known kind can sign people in here. From what
//! is registered and what the server answered to findings; asking is `outbound`'s.

mod conversation;
mod keys;
mod library;
mod metadata;
mod registration;
mod transport;

use serde::Serialize;
use serde_json::Value;

pub use conversation::{NO_CODE, authentication_method, authorization_url};
pub use library::{Library, Version};
pub use registration::redirect_uri_of;

use crate::domain::{AuthMethod, Client, Scopes, Timestamp};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In order.
    Ok,
    /// It works, or may work.
    Warn,
    /// Nobody can sign in so.
    Fail,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name of the check.
    pub id: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was found.
    pub sentence: String,
    /// What to do where it is not in order.
    pub fix: Option<String>,
}

impl Finding {
    fn ok(id: &'static str, sentence: impl Into<String>) -> Finding {
        Finding { id, verdict: Verdict::Ok, sentence: sentence.into(), fix: None }
    }

    fn warn(id: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> Finding {
        let (sentence, fix) = (sentence.into(), Some(fix.into()));
        Finding { id, verdict: Verdict::Warn, sentence, fix }
    }

    fn fail(id: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Fail, ..Finding::warn(id, sentence, fix) }
    }
}

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Where it redirects.
    pub location: Option<String>,
    /// The `Date` header.
    pub date: Option<Timestamp>,
    /// The body, as far as it is text.
    pub body: String,
}

impl Reply {
    /// The body as a JSON object; `Null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).ok().filter(Value::is_object).unwrap_or_default()
    }
}

/// Why an address did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreached {
    /// The certificate was not trusted, or the handshake failed.
    Tls(String),
    /// No name, no connection, no answer in time, or too long an answer.
    Failed(String),
    /// It is not below the public URL, and was not asked.
    Elsewhere(String),
}

/// What became of a request.
pub type Heard = Result<Reply, Unreached>;

/// What is registered, and how things are set up here.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The public URL, which is the issuer, byte for byte.
    pub issuer: &'a str,
    /// The client.
    pub client: &'a Client,
    /// What the relying party is made of.
    pub library: Library,
    /// The scopes of each scope map of the client, by group.
    pub maps: &'a [(String, Scopes)],
    /// Whether Keystead itself answers in TLS.
    pub serves_tls: bool,
    /// Whether any proxy is trusted.
    pub trusts_proxy: bool,
}

/// What the server answered when it was asked as the relying party would.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The metadata.
    pub discovery: Heard,
    /// The metadata below a doubled slash.
    pub doubled: Heard,
    /// The keys, where the metadata names their address.
    pub jwks: Option<Heard>,
    /// An authorization request that may show no page.
    pub authorization: Option<Heard>,
    /// A token request with a code that does not exist, and how the client authenticated; `None`
    /// if its secret is not known, or it has none.
    pub authentication: Option<(AuthMethod, Heard)>,
    /// `/status`.
    pub status: Heard,
    /// By the clock here, in milliseconds, before and after `/status` was asked.
    pub asked_ms: (i64, i64),
}

/// Every check, in the order in which a sign-in meets what it looks at.
pub fn check(expected: &Expected<'_>, observed: &Observed) -> Vec<Finding> {
    let mut findings = vec![transport::tls(expected, observed), transport::proxy(expected)];
    findings.extend(transport::clock(expected, observed));
    findings.extend(metadata::check(expected, observed));
    findings.extend(keys::check(expected, observed));
    findings.push(registration::client(expected));
    findings.extend(registration::redirect_uri(expected));
    findings.push(registration::pkce(expected));
    findings.push(registration::access(expected));
    findings.push(registration::claims(expected));
    findings.push(conversation::authorization(expected, observed));
    findings.push(conversation::authentication(expected, observed));
    findings.extend(registration::post_logout(expected));
    findings
}

/// The worst of them.
pub fn verdict(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
}

/// Why nothing was heard, as part of a sentence.
fn told(unreached: &Unreached) -> String {
    match unreached {
        Unreached::Tls(why) | Unreached::Failed(why) => why.clone(),
        Unreached::Elsewhere(url) => format!("{url} is not below the public URL"),
    }
}
