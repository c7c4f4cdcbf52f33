//! Where the answer to an authorization request goes: the one value that may redirect.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::OAuthError;
use super::authorize::Params;
use super::response_mode::{Channel, ResponseMode};
use crate::domain::{Cause, Client, ClientId, MINUTE, Timestamp};

/// Seconds a signed answer is good for.
const SIGNED_FOR: i64 = 5 * MINUTE;

/// A redirect URI the client registered, with what every answer to it carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Callback {
    /// Whose it is.
    pub client_id: ClientId,
    /// As registered and as sent: the code remembers it in these bytes.
    pub redirect_uri: String,
    /// Echoed untouched.
    pub state: Option<String>,
    /// How the answer travels.
    pub mode: ResponseMode,
    /// RFC 9207 2.
    pub issuer: String,
}

/// The request cannot be answered by redirect, since nobody vouches for where that would lead.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{cause}")]
pub struct UntrustedRedirect {
    /// Missing or not registered.
    pub cause: Cause,
    /// As sent.
    pub offered: Option<String>,
}

/// What an answer says, name and value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message(Vec<(&'static str, String)>);

impl Message {
    /// Adds a parameter.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Message {
        self.0.push((name, value.into()));
        self
    }

    /// Says no (RFC 6749 4.1.2.1).
    pub fn error(error: &OAuthError) -> Message {
        let (code, description) = (error.code.as_str(), error.description);
        Message::default().with("error", code).with("error_description", description)
    }
}

/// An answer on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Send the browser there.
    Redirect(String),
    /// Let the browser post these fields there.
    Post {
        /// The redirect URI.
        action: String,
        /// Name and value.
        fields: Vec<(String, String)>,
    },
}

impl Callback {
    /// Compares the offered URI with the registered ones (RFC 9700 2.1). It must be sent, even
    /// where only one is registered (OpenID Connect Core 3.1.2.1).
    ///
    /// # Errors
    /// `UntrustedRedirect`: show a page, redirect nowhere.
    pub fn of(
        client: &Client,
        params: &Params,
        issuer: String,
    ) -> Result<Callback, UntrustedRedirect> {
        let Some(offered) = params.redirect_uri.clone() else {
            return Err(UntrustedRedirect { cause: Cause::RedirectUriMissing, offered: None });
        };
        let printable = offered.bytes().all(|byte| byte.is_ascii_graphic());
        if !client.owns_redirect_uri(&offered) || !printable || Url::parse(&offered).is_err() {
            let cause = Cause::RedirectUriMismatch;
            return Err(UntrustedRedirect { cause, offered: Some(offered) });
        }
        Ok(Callback {
            client_id: client.id.clone(),
            redirect_uri: offered,
            state: params.state.clone(),
            mode: ResponseMode::of(
                params.response_mode.as_deref(),
                params.response_type.as_deref(),
            ),
            issuer,
        })
    }

    /// The answer that says `message`. Where it travels signed (JARM 4.1), `sign` makes a JWT of
    /// these claims.
    ///
    /// # Errors
    /// Those of `sign`.
    pub fn answer<E>(
        &self,
        message: Message,
        now: Timestamp,
        sign: impl FnOnce(&Map<String, Value>) -> Result<String, E>,
    ) -> Result<Answer, E> {
        let state = self.state.clone().map(|state| ("state", state));
        let all = message.0.into_iter().chain(state).chain([("iss", self.issuer.clone())]);
        if !self.mode.signed {
            return Ok(self.deliver(all));
        }
        let mut claims: Map<String, Value> =
            all.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        claims.insert("aud".into(), json!(self.client_id));
        claims.insert("exp".into(), json!(now + SIGNED_FOR));
        Ok(self.deliver([("response", sign(&claims)?)].into_iter()))
    }

    fn deliver(&self, values: impl Iterator<Item = (&'static str, String)>) -> Answer {
        match self.mode.channel {
            Channel::Query => {
                Answer::Redirect(self.with(if self.has_query() { '&' } else { '?' }, values))
            }
            Channel::Fragment => Answer::Redirect(self.with('#', values)),
            Channel::FormPost => Answer::Post {
                action: self.redirect_uri.clone(),
                fields: values.map(|(name, value)| (name.to_owned(), value)).collect(),
            },
        }
    }

    fn has_query(&self) -> bool {
        self.redirect_uri.contains('?')
    }

    /// Appends to the URI, whose own bytes stay as they are.
    fn with(&self, joint: char, values: impl Iterator<Item = (&'static str, String)>) -> String {
        let mut written = url::form_urlencoded::Serializer::new(String::new());
        let written = written.extend_pairs(values).finish();
        format!("{}{joint}{written}", self.redirect_uri)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::{Map, Value};

    use super::{Answer, Callback, Message};
    use crate::domain::{ClientId, Timestamp};
    use crate::protocol::response_mode::ResponseMode;

    fn answer(redirect_uri: &str, mode: &str) -> Answer {
        let callback = Callback {
            client_id: ClientId("rp".into()),
            redirect_uri: redirect_uri.into(),
            state: Some("s 1&2".into()),
            mode: ResponseMode::of(Some(mode), Some("code")),
            issuer: "https://id.example".into(),
        };
        let sign = |claims: &Map<String, Value>| {
            Ok::<_, Infallible>(claims.keys().cloned().collect::<Vec<_>>().join("."))
        };
        let Ok(answer) =
            callback.answer(Message::default().with("code", "abc"), Timestamp(7), sign);
        answer
    }

    #[test]
    fn a_query_of_the_redirect_uri_survives() {
        let to = "https://rp.example/cb?x=1&code=abc&state=s+1%262&iss=https%3A%2F%2Fid.example";
        assert_eq!(answer("https://rp.example/cb?x=1", "query"), Answer::Redirect(to.into()));
        let to = "https://rp.example/cb?x=1#code=abc&state=s+1%262&iss=https%3A%2F%2Fid.example";
        assert_eq!(answer("https://rp.example/cb?x=1", "fragment"), Answer::Redirect(to.into()));
    }

    #[test]
    fn form_post_puts_nothing_into_the_url() {
        let Answer::Post { action, fields } = answer("https://rp.example/cb", "form_post") else {
            panic!("not posted")
        };
        assert_eq!(action, "https://rp.example/cb");
        assert_eq!(fields[1], ("state".to_owned(), "s 1&2".to_owned()));
    }

    #[test]
    fn nothing_stands_beside_a_signed_response() {
        let to = "https://rp.example/cb?response=aud.code.exp.iss.state";
        assert_eq!(answer("https://rp.example/cb", "jwt"), Answer::Redirect(to.into()));
        let to = "https://rp.example/cb#response=aud.code.exp.iss.state";
        assert_eq!(answer("https://rp.example/cb", "fragment.jwt"), Answer::Redirect(to.into()));
    }
}
