//! Token exchange, RFC 8693: what is asked, who acts, and what the new token may open.

use serde_json::{Value, json};

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, ClientId, MayAct, Scopes};

/// Actors in a row: whoever exchanges what was exchanged stands before those.
const CHAIN: usize = 5;

/// What kind of token is meant (RFC 8693 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// An access token of ours, of either format.
    AccessToken,
    /// An ID token of ours.
    IdToken,
}

/// The kind of what is handed out.
pub const ISSUED: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// What was sent, before it is understood.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "RFC 8693 2.1 says what each parameter is")]
pub struct Sent<'a> {
    pub subject_token: Option<&'a str>,
    pub subject_token_type: Option<&'a str>,
    pub actor_token: Option<&'a str>,
    pub actor_token_type: Option<&'a str>,
    pub requested_token_type: Option<&'a str>,
}

/// A token and its kind.
pub type Shown<'a> = (&'a str, TokenType);

/// Reads whose token is to be exchanged, and who acts.
///
/// # Errors
/// `invalid_request`.
pub fn read<'a>(sent: &Sent<'a>) -> Result<(Shown<'a>, Option<Shown<'a>>), OAuthError> {
    if !matches!(sent.requested_token_type, None | Some(ISSUED | JWT)) {
        return Err(
            unsupported("requested_token_type", sent.requested_token_type).with("expected", ISSUED)
        );
    }
    let Some(subject) = sent.subject_token else {
        return Err(malformed("subject_token is required"));
    };
    let subject = (subject, kind("subject_token_type", sent.subject_token_type)?);
    let actor = match (sent.actor_token, sent.actor_token_type) {
        (Some(actor), of) => Some((actor, kind("actor_token_type", of)?)),
        (None, None) => None,
        (None, Some(_)) => return Err(malformed("actor_token_type names no actor_token")),
    };
    Ok((subject, actor))
}

fn kind(parameter: &'static str, sent: Option<&str>) -> Result<TokenType, OAuthError> {
    match sent {
        Some(ISSUED | JWT) => Ok(TokenType::AccessToken),
        Some(ID_TOKEN) => Ok(TokenType::IdToken),
        other => {
            Err(unsupported(parameter, other).with("expected", format!("{ISSUED} or {ID_TOKEN}")))
        }
    }
}

fn unsupported(parameter: &'static str, sent: Option<&str>) -> OAuthError {
    let text = "this type of token is not served in exchange";
    OAuthError::new(ErrorCode::InvalidRequest, Cause::TokenTypeUnsupported, text)
        .with("what", parameter)
        .with("offered", sent.unwrap_or("none"))
}

fn malformed(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, Cause::MalformedRequest, text)
}

/// The `act` claim (RFC 8693 4.1): who acts now, and who acted before. A client that may impersonate
/// is named only where it names an actor.
///
/// # Errors
/// `invalid_request` where too many stand in a row.
pub fn acting(
    (client, may_act): (&ClientId, MayAct),
    actor: Option<&str>,
    before: Option<&Value>,
) -> Result<Option<Value>, OAuthError> {
    let actor = match (actor, may_act) {
        (Some(actor), _) => actor,
        (None, MayAct::Delegate) => client.as_str(),
        (None, MayAct::Impersonate) => return Ok(before.cloned()),
    };
    if length(before) >= CHAIN {
        let text = "too many have exchanged this token in a row";
        let cause = Cause::SubjectTokenInvalid;
        return Err(OAuthError::new(ErrorCode::InvalidRequest, cause, text));
    }
    Ok(Some(match before {
        Some(before) => json!({ "sub": actor, "act": before }),
        None => json!({ "sub": actor }),
    }))
}

fn length(act: Option<&Value>) -> usize {
    act.map_or(0, |act| 1 + length(act.get("act")))
}

/// What the new token opens: what the maps let the person have there, of what is asked for. For the
/// client itself never more than the token that is exchanged; and nothing that outlives that.
///
/// # Errors
/// `invalid_scope` where nothing is left of what is asked for.
pub fn scopes(
    asked: Option<&Scopes>,
    held: &Scopes,
    (allowed, elsewhere): (&Scopes, bool),
) -> Result<Scopes, OAuthError> {
    let most = if elsewhere { allowed.clone() } else { allowed.intersection(held) };
    let wanted = asked.unwrap_or(held).intersection(&most);
    let kept: Scopes =
        wanted.iter().filter(|name| *name != "offline_access").map(str::to_owned).collect();
    match asked {
        Some(asked) if kept.to_string().is_empty() => {
            let text = "nothing of this scope may be had in exchange";
            Err(OAuthError::new(ErrorCode::InvalidScope, Cause::ScopeExceeded, text)
                .compared("scope", (&asked.to_string(), &most.to_string())))
        }
        _ => Ok(kept),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ISSUED, JWT, Sent, TokenType, acting, read, scopes};
    use crate::domain::{Cause, ClientId, MayAct, Scopes};

    #[test]
    fn what_is_asked_is_read_with_its_types() {
        let whole = Sent {
            subject_token: Some("s"),
            subject_token_type: Some(JWT),
            actor_token: Some("a"),
            actor_token_type: Some("urn:ietf:params:oauth:token-type:id_token"),
            requested_token_type: Some(ISSUED),
        };
        let read_whole = read(&whole).unwrap();
        assert_eq!(read_whole, (("s", TokenType::AccessToken), Some(("a", TokenType::IdToken))));
        let refresh = "urn:ietf:params:oauth:token-type:refresh_token";
        for (wrong, cause) in [
            (Sent { subject_token: None, ..whole }, Cause::MalformedRequest),
            (Sent { subject_token_type: None, ..whole }, Cause::TokenTypeUnsupported),
            (Sent { subject_token_type: Some(refresh), ..whole }, Cause::TokenTypeUnsupported),
            (Sent { actor_token_type: None, ..whole }, Cause::TokenTypeUnsupported),
            (Sent { actor_token: None, ..whole }, Cause::MalformedRequest),
            (Sent { requested_token_type: Some(refresh), ..whole }, Cause::TokenTypeUnsupported),
        ] {
            assert_eq!(read(&wrong).unwrap_err().cause, cause, "{wrong:?}");
        }
    }

    fn act(
        may_act: MayAct,
        actor: Option<&str>,
        before: Option<&Value>,
    ) -> Result<Option<Value>, Cause> {
        acting((&ClientId("api".into()), may_act), actor, before).map_err(|error| error.cause)
    }

    #[test]
    fn whoever_acted_before_is_never_forgotten() {
        let (delegate, impersonate) = (MayAct::Delegate, MayAct::Impersonate);
        assert_eq!(act(delegate, None, None), Ok(Some(json!({ "sub": "api" }))));
        assert_eq!(act(impersonate, None, None), Ok(None));
        assert_eq!(act(impersonate, Some("bob"), None), Ok(Some(json!({ "sub": "bob" }))));
        let mut chain = json!({ "sub": "web" });
        assert_eq!(act(impersonate, None, Some(&chain)), Ok(Some(chain.clone())));
        for _ in 1..super::CHAIN {
            chain = act(delegate, None, Some(&chain)).unwrap().unwrap();
            assert_eq!(chain["sub"], "api");
        }
        assert_eq!(act(delegate, None, Some(&chain)), Err(Cause::SubjectTokenInvalid));
    }

    #[test]
    fn nobody_gets_more_than_the_maps_allow() {
        let of = Scopes::parse;
        let (held, allowed) = (of("openid email offline_access"), of("openid read offline_access"));
        let got = |asked: Option<&str>, elsewhere| {
            let asked = asked.map(Scopes::parse);
            scopes(asked.as_ref(), &held, (&allowed, elsewhere)).map(|got| got.to_string())
        };
        assert_eq!(got(None, true).unwrap(), "openid");
        assert_eq!(got(Some("openid read write"), true).unwrap(), "openid read");
        assert_eq!(got(Some("openid read"), false).unwrap(), "openid");
        assert_eq!(got(Some("read"), false).unwrap_err().cause, Cause::ScopeExceeded);
        assert_eq!(got(Some("offline_access"), true).unwrap_err().cause, Cause::ScopeExceeded);
    }
}
