//! Asking for a person in the back channel, CIBA Core 7 and 8: the parameters, plain or signed. Its
//! client polls for the tokens until the person has decided.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::authorize::filled;
use super::polling::{Awaited, Words};
use super::{ErrorCode, OAuthError, request_object};
use crate::domain::{
    BackchannelRequest, Cause, Client, MINUTE, Scopes, Timestamp, disturbs, is_invisible,
};

/// Seconds in which a person has to decide, at most and where the client does not say.
pub const LIFETIME: i64 = 10 * MINUTE;
/// Requests of one client for one person that may wait or be refused within `LIFETIME`: nobody is to
/// say yes only to be left in peace.
pub const FRUITLESS: i64 = 5;
/// Characters of a binding message.
const MESSAGE: usize = 64;
/// Characters of a hint that is no token.
const HINT: usize = 256;
/// Characters of the name of a signed request.
const NAME: usize = 256;

/// What is told of those who poll.
pub const WORDS: Words = Words {
    invalid: "the auth_req_id is not valid",
    other_client: Cause::BackchannelOtherClient,
    used: Cause::BackchannelUsed,
    denied: (Cause::BackchannelDenied, "the person did not approve it"),
    expired: (Cause::BackchannelExpired, "the auth_req_id has expired"),
};

/// The parameters as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "CIBA Core 7.1 says what each parameter is")]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    pub scope: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub login_hint: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub id_token_hint: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub login_hint_token: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub binding_message: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub acr_values: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub requested_expiry: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub user_code: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub client_notification_token: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub request: Option<String>,
}

/// What a signed request is remembered by.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its `jti`.
    pub jti: String,
    /// When it would be refused anyway.
    pub ends_at: Timestamp,
}

/// Whom it is about.
#[derive(Debug, PartialEq, Eq)]
pub enum Hint {
    /// `login_hint`: a name.
    Name(String),
    /// `id_token_hint`: an ID token of ours.
    IdToken(String),
}

impl Hint {
    /// As an administrator may see it: no token.
    pub fn shown(&self) -> &str {
        match self {
            Hint::Name(name) => name,
            Hint::IdToken(_) => "the person of an ID token",
        }
    }
}

/// A request that passed every check that needs nobody.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is asked for.
    pub scopes: Scopes,
    /// Whom it is about.
    pub hint: Hint,
    /// What the person is to compare.
    pub binding_message: Option<String>,
    /// Seconds in which the person has to decide.
    pub lifetime: i64,
}

/// The parameters that a client signed, from claims whose signature is the client's. They must say
/// how long they count and have a name, whatever the client (CIBA Core 7.1.1).
///
/// # Errors
/// `invalid_request`.
pub fn signed(
    client: &Client,
    claims: &Map<String, Value>,
    issuers: &[String],
    now: Timestamp,
) -> Result<(Params, Signature), OAuthError> {
    let ends_at = request_object::check_all(client, claims, issuers, now).map_err(as_request)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let named = text("jti").filter(|jti| !jti.is_empty() && jti.chars().count() <= NAME);
    let Some(jti) = named else { return Err(unfit("the request object needs a jti")) };
    let jti = jti.to_owned();
    let members = request_object::members(claims);
    let params = serde_json::from_value(Value::Object(members))
        .map_err(|_| unfit("the request object cannot be read"))?;
    Ok((params, Signature { jti, ends_at }))
}

fn unfit(text: &'static str) -> OAuthError {
    as_request(request_object::refuse(text))
}

/// CIBA Core 13 has no other word for a signed request that is not as it should be.
pub fn as_request(error: OAuthError) -> OAuthError {
    OAuthError { code: ErrorCode::InvalidRequest, ..error }
}

impl Params {
    /// Sees that nothing stands beside a signed request, and that it is signed where it must be
    /// (CIBA Core 7.1.1).
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn check_form(&self, client: &Client) -> Result<(), OAuthError> {
        let alone = Params { request: self.request.clone(), ..Params::default() };
        match &self.request {
            None => request_object::not_required(client),
            Some(_) if *self != alone => {
                Err(unfit("all parameters of a signed request belong into it"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Checks everything that needs nobody.
    ///
    /// # Errors
    /// `invalid_request`, `invalid_scope` or `invalid_binding_message`.
    pub fn check(self) -> Result<Asked, OAuthError> {
        let scopes = Scopes::parse(self.scope.as_deref().unwrap_or_default());
        if !scopes.contains("openid") {
            let text = "scope must contain openid";
            let (code, cause) = (ErrorCode::InvalidScope, Cause::BackchannelScope);
            return Err(OAuthError::new(code, cause, text)
                .with("offered", self.scope.unwrap_or_else(|| "nothing".to_owned())));
        }
        let lifetime = lifetime(self.requested_expiry.as_deref())?;
        let binding_message = self.binding_message.map(message).transpose()?;
        let hint = hint(self.login_hint, self.id_token_hint, self.login_hint_token)?;
        Ok(Asked { scopes, hint, binding_message, lifetime })
    }
}

fn hint(
    name: Option<String>,
    id_token: Option<String>,
    token: Option<String>,
) -> Result<Hint, OAuthError> {
    let refuse = |cause, text| OAuthError::new(ErrorCode::InvalidRequest, cause, text);
    match (name, id_token, token) {
        (Some(name), None, None) if name.chars().count() <= HINT => Ok(Hint::Name(name)),
        (Some(_), None, None) => Err(unknown("nobody has this name")),
        (None, Some(token), None) => Ok(Hint::IdToken(token)),
        (None, None, Some(_)) => {
            let text = "login_hint_token is not supported; send login_hint or id_token_hint";
            Err(refuse(Cause::LoginHintToken, text))
        }
        (None, None, None) => {
            let text = "login_hint or id_token_hint is required";
            Err(refuse(Cause::BackchannelHints, text).with("offered", "none"))
        }
        _ => {
            let text = "send one of login_hint, id_token_hint and login_hint_token, not several";
            Err(refuse(Cause::BackchannelHints, text).with("offered", "several"))
        }
    }
}

/// The client learns no more than this, whatever keeps it from asking for somebody; `why` is for
/// administrators.
pub fn unknown(why: &str) -> OAuthError {
    let cause = Cause::BackchannelUserUnknown;
    OAuthError::new(ErrorCode::UnknownUserId, cause, "no such person can be asked").with("why", why)
}

/// One line that a person can read and compare.
fn message(text: String) -> Result<String, OAuthError> {
    let readable = !text.chars().any(|c| disturbs(c) || is_invisible(c)) && text.trim() == text;
    match readable && (1..=MESSAGE).contains(&text.chars().count()) {
        true => Ok(text),
        false => Err(OAuthError::new(
            ErrorCode::InvalidBindingMessage,
            Cause::BindingMessageInvalid,
            "binding_message must be 1 to 64 visible characters in one line",
        )),
    }
}

/// A wish, within bounds (CIBA Core 7.1).
fn lifetime(asked: Option<&str>) -> Result<i64, OAuthError> {
    let Some(asked) = asked else { return Ok(LIFETIME) };
    let digits = asked.len() <= 10 && asked.bytes().all(|byte| byte.is_ascii_digit());
    match asked.parse::<i64>().ok().filter(|seconds| digits && *seconds > 0) {
        Some(seconds) => Ok(seconds.min(LIFETIME)),
        None => {
            let text = "requested_expiry must be a positive number of seconds";
            let (code, cause) = (ErrorCode::InvalidRequest, Cause::BackchannelExpiry);
            Err(OAuthError::new(code, cause, text).with("offered", asked))
        }
    }
}

/// What of a request decides over the polls for it.
pub fn awaited(request: &BackchannelRequest) -> Awaited<'_> {
    Awaited {
        client_id: &request.client_id,
        expires_at: request.expires_at,
        polled_at: request.polled_at,
        pause: request.pause,
        decided_at: request.decided_at,
        grant_id: request.grant_id,
        used_at: request.used_at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{Asked, Hint, Params, WORDS};
    use crate::domain::Cause;

    fn checked(sent: serde_json::Value) -> Result<Asked, (&'static str, Cause)> {
        let mut all = json!({ "scope": "openid", "login_hint": "alice" });
        all.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
        let params: Params = serde_json::from_value(all).unwrap();
        params.check().map_err(|error| (error.code.as_str(), error.cause))
    }

    #[test]
    fn a_request_names_one_person_and_asks_for_openid() {
        let asked = checked(json!({ "acr_values": "1", "user_code": "1234" })).unwrap();
        assert_eq!((asked.hint, asked.lifetime), (Hint::Name("alice".into()), 600));
        for (sent, code, cause) in [
            (json!({ "scope": "profile" }), "invalid_scope", Cause::BackchannelScope),
            (json!({ "scope": "" }), "invalid_scope", Cause::BackchannelScope),
            (json!({ "login_hint": "" }), "invalid_request", Cause::BackchannelHints),
            (json!({ "id_token_hint": "x" }), "invalid_request", Cause::BackchannelHints),
            (json!({ "login_hint_token": "x" }), "invalid_request", Cause::BackchannelHints),
            (
                json!({ "login_hint": "", "login_hint_token": "x" }),
                "invalid_request",
                Cause::LoginHintToken,
            ),
            (
                json!({ "login_hint": "a".repeat(257) }),
                "unknown_user_id",
                Cause::BackchannelUserUnknown,
            ),
        ] {
            assert_eq!(checked(sent.clone()), Err((code, cause)), "{sent}");
        }
    }

    #[test]
    fn a_binding_message_is_one_line_that_can_be_read() {
        for text in ["1234", "W", "Pay 5 € to Zoë?", &"x".repeat(64)] {
            let asked = checked(json!({ "binding_message": text })).unwrap();
            assert_eq!(asked.binding_message.as_deref(), Some(text));
        }
        for text in [" ", "a\nb", "a\u{202e}b", "a\u{200b}b", " a", "\u{0}", &"x".repeat(65)] {
            let refused = Err(("invalid_binding_message", Cause::BindingMessageInvalid));
            assert_eq!(checked(json!({ "binding_message": text })), refused, "{text:?}");
        }
    }

    #[test]
    fn an_expiry_is_a_wish_within_bounds() {
        for (wish, lifetime) in [("30", 30), ("1", 1), ("600", 600), ("86400", 600)] {
            let asked = checked(json!({ "requested_expiry": wish })).unwrap();
            assert_eq!(asked.lifetime, lifetime);
        }
        for wish in ["0", "-1", "soon", "1.5", "+5", "99999999999999999999"] {
            let refused = Err(("invalid_request", Cause::BackchannelExpiry));
            assert_eq!(checked(json!({ "requested_expiry": wish })), refused, "{wish}");
        }
    }

    #[test]
    fn each_end_has_a_cause_of_its_own() {
        let causes = [WORDS.other_client, WORDS.used, WORDS.denied.0, WORDS.expired.0];
        assert!(causes.iter().all(|cause| cause.code().starts_with("backchannel_")));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_answered(
            scope in "(openid)?[ -~]{0,20}", hint in ".{0,300}", message in ".{0,80}", wish in ".{0,12}",
        ) {
            let params = Params {
                scope: Some(scope),
                login_hint: Some(hint),
                binding_message: Some(message),
                requested_expiry: Some(wish),
                ..Params::default()
            };
            if let Ok(asked) = params.check() {
                prop_assert!((1..=600).contains(&asked.lifetime));
                prop_assert!(asked.scopes.contains("openid"));
            }
        }
    }
}
