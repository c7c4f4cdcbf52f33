//! RP-initiated logout, OpenID Connect RP-Initiated Logout 1.0.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::authorize::filled;
use crate::domain::{Cause, Client};

/// The parameters as sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "RP-Initiated Logout 1.0, 2 says what each parameter is")]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    pub id_token_hint: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub client_id: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub post_logout_redirect_uri: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub state: Option<String>,
}

impl Params {
    /// Those that were sent, by name.
    pub fn sent(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("id_token_hint", &self.id_token_hint),
            ("client_id", &self.client_id),
            ("post_logout_redirect_uri", &self.post_logout_redirect_uri),
            ("state", &self.state),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

/// A hint: what it says of whom.
#[derive(Debug, Clone)]
pub struct Hint {
    /// The client it was issued to.
    pub client_id: String,
    /// The session it was issued in, if that was verified.
    pub sid: Option<String>,
}

impl Hint {
    /// Reads the claims of a verified ID token; a string `aud` is all that we ever issue.
    pub fn read(claims: &Map<String, Value>) -> Option<Hint> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Hint { client_id: text("aud")?, sid: text("sid") })
    }

    /// Reads the claims of a token whose key is gone: it says which client asks, as a client id
    /// would, and proves nothing. Tokens of another issuer say nothing to us.
    pub fn read_unvouched(claims: &Map<String, Value>, public_url: &str) -> Option<Hint> {
        let issuer = claims.get("iss").and_then(Value::as_str)?;
        let rest = issuer.strip_prefix(public_url)?;
        let ours = rest.is_empty() || rest.starts_with('/');
        Hint::read(claims).filter(|_| ours).map(|hint| Hint { sid: None, ..hint })
    }
}

/// Where the browser goes after the sign-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Return {
    /// Nowhere: our own page says that it is done.
    Nowhere,
    /// Back to the client, whose address was checked.
    To(String),
}

/// Where the browser may be sent: only to an address that this client registered.
///
/// # Errors
/// The reason why the address is refused; then it is never used.
pub fn destination(client: Option<&Client>, params: &Params) -> Result<Return, Cause> {
    let Some(uri) = &params.post_logout_redirect_uri else { return Ok(Return::Nowhere) };
    if !client.is_some_and(|client| client.owns_post_logout_redirect_uri(uri)) {
        return Err(Cause::PostLogoutUriMismatch);
    }
    let Some(state) = &params.state else { return Ok(Return::To(uri.clone())) };
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    let joint = if uri.contains('?') { '&' } else { '?' };
    Ok(Return::To(format!("{uri}{joint}{query}")))
}

/// Whether the request proves the person's wish: it carries an ID token of this very session.
/// Otherwise the person is asked, since anybody can put a link on a page (ibid. 2 and 6).
pub fn is_proven(hint: Option<&Hint>, sid: Option<&str>) -> bool {
    match (hint.and_then(|hint| hint.sid.as_deref()), sid) {
        (Some(hinted), Some(current)) => hinted == current,
        // Nobody is signed in: nothing to ask about.
        (_, None) => true,
        (None, Some(_)) => false,
    }
}
