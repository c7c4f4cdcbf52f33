//! Where the answer to an authorization request goes: the one value that may redirect.

use serde::{Deserialize, Serialize};
use url::Url;

use super::OAuthError;
use super::authorize::Params;
use crate::domain::{Cause, Client};

/// How the answer travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect (OAuth 2.0 Multiple Response Types 2.1).
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// A redirect URI the client registered, with what every answer to it carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Callback {
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
        let mode = match params.response_mode.as_deref() {
            Some("form_post") => ResponseMode::FormPost,
            _ => ResponseMode::Query,
        };
        Ok(Callback { redirect_uri: offered, state: params.state.clone(), mode, issuer })
    }

    /// The answer that hands over a code (RFC 6749 4.1.2).
    pub fn code(&self, code: &str) -> Answer {
        self.answer(&[("code", code)])
    }

    /// The answer that says no (RFC 6749 4.1.2.1).
    pub fn error(&self, error: &OAuthError) -> Answer {
        self.answer(&[("error", error.code.as_str()), ("error_description", error.description)])
    }

    fn answer(&self, values: &[(&str, &str)]) -> Answer {
        let state = self.state.as_deref().map(|state| ("state", state));
        let all = values.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]);
        match self.mode {
            ResponseMode::Query => Answer::Redirect(self.with_query(all)),
            ResponseMode::FormPost => Answer::Post {
                action: self.redirect_uri.clone(),
                fields: all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            },
        }
    }

    /// Appends to the URI's own query, whose bytes stay as they are.
    fn with_query<'a>(&self, values: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(values).finish();
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{joint}{query}", self.redirect_uri)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Callback, ResponseMode};

    fn callback(redirect_uri: &str, mode: ResponseMode) -> Callback {
        Callback {
            redirect_uri: redirect_uri.into(),
            state: Some("s 1&2".into()),
            mode,
            issuer: "https://id.example".into(),
        }
    }

    #[test]
    fn a_query_of_the_redirect_uri_survives() {
        let answer = callback("https://rp.example/cb?x=1", ResponseMode::Query).code("abc");
        let to = "https://rp.example/cb?x=1&code=abc&state=s+1%262&iss=https%3A%2F%2Fid.example";
        assert_eq!(answer, Answer::Redirect(to.into()));
    }

    #[test]
    fn form_post_puts_nothing_into_the_url() {
        let answer = callback("https://rp.example/cb", ResponseMode::FormPost).code("abc");
        let Answer::Post { action, fields } = answer else { panic!("{answer:?}") };
        assert_eq!(action, "https://rp.example/cb");
        assert_eq!(fields[1], ("state".to_owned(), "s 1&2".to_owned()));
    }
}
