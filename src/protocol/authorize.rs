//! The authorization endpoint, OpenID Connect Core 3.1.2: from parameters to a request that passed
//! every check.

use serde::{Deserialize, Deserializer, Serialize};

use super::callback::Callback;
use super::{ErrorCode, OAuthError, pkce};
use crate::domain::{
    Cause, Client, ClientId, FlowRef, Layout, RequestedClaims, Scopes, Selector, Timestamp,
};

/// The parameters as sent. One sent twice is refused (RFC 6749 3.1), one sent empty counts as
/// left out (ibid.), one we do not know is ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "OpenID Connect Core 3.1.2.1 says what each parameter is")]
pub struct Params {
    #[serde(deserialize_with = "filled")]
    pub client_id: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub redirect_uri: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub response_type: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub response_mode: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub scope: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub state: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub nonce: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub prompt: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub max_age: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub login_hint: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub ui_locales: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub id_token_hint: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub claims: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub request: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub request_uri: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub code_challenge: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub code_challenge_method: Option<String>,
}

/// Reads a parameter, one sent empty as none.
pub fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|value| !value.is_empty()))
}

/// Where and when a request arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Whose URLs.
    pub layout: Layout,
    /// The flow it begins.
    pub flow: FlowRef,
    /// When.
    pub at: Timestamp,
}

/// A request that passed every check; it travels, sealed, through the pages that it needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub callback: Callback,
    /// What is asked for; `None` when nothing was.
    pub scopes: Option<Scopes>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge.
    pub challenge: Option<String>,
    /// Which pages are wanted or forbidden.
    pub prompt: Prompt,
    /// Seconds since the last sign-in that are still well.
    pub max_age: Option<i64>,
    /// Prefills the login page.
    pub login_hint: Option<String>,
    /// The languages of the pages, the dearest first.
    #[serde(default)]
    pub ui_locales: Option<String>,
    /// The `sub` that must be signed in.
    pub hinted_sub: Option<String>,
    /// Claims asked for one by one.
    pub claims: RequestedClaims,
    /// Whose URLs.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowRef,
    /// When it arrived.
    pub started_at: Timestamp,
    /// The session in which a sign-in was made for this request.
    pub signed_in: Option<Selector>,
    /// What the consent page showed.
    pub shown: Option<Scopes>,
    /// The session in which consent was given for this request.
    pub consented: Option<Selector>,
}

/// The `prompt` parameter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// `none`: show nothing.
    pub none: bool,
    /// `login` or `select_account`: ask who it is, whoever is signed in.
    pub login: bool,
    /// `consent`: ask again.
    pub consent: bool,
}

/// Checks everything that needs no database.
///
/// # Errors
/// What the client is told at its callback.
pub fn validate(
    client: &Client,
    (params, callback): (Params, Callback),
    hinted_sub: Option<String>,
    arrival: Arrival,
) -> Result<Request, OAuthError> {
    refuse_unsupported(&params)?;
    let (challenge, method) = (params.code_challenge, params.code_challenge_method);
    pkce::check_challenge(client, challenge.as_deref(), method.as_deref())?;
    if params.nonce.as_ref().is_some_and(|nonce| nonce.contains('\0')) {
        return Err(malformed("nonce", "nonce must not contain NUL"));
    }
    let (claims, asked_sub) = read_claims(params.claims.as_deref())?;
    Ok(Request {
        client_id: client.id.clone(),
        callback,
        scopes: params.scope.as_deref().map(Scopes::parse),
        nonce: params.nonce,
        challenge,
        prompt: read_prompt(params.prompt.as_deref())?,
        max_age: read_max_age(params.max_age.as_deref())?,
        login_hint: params.login_hint,
        ui_locales: params.ui_locales.map(|tags| tags.chars().take(200).collect()),
        hinted_sub: hinted_sub.or(asked_sub),
        claims,
        layout: arrival.layout,
        flow: arrival.flow,
        started_at: arrival.at,
        signed_in: None,
        shown: None,
        consented: None,
    })
}

fn refuse_unsupported(params: &Params) -> Result<(), OAuthError> {
    if params.request.is_some() {
        let (code, cause) = (ErrorCode::RequestNotSupported, Cause::RequestObjectUnsupported);
        return Err(OAuthError::new(code, cause, "request objects are not supported"));
    }
    if params.request_uri.is_some() {
        let (code, cause) = (ErrorCode::RequestUriNotSupported, Cause::RequestUriUnsupported);
        return Err(OAuthError::new(code, cause, "request_uri is not supported"));
    }
    match params.response_type.as_deref() {
        Some("code") => {}
        None => return Err(malformed("response_type", "response_type is required")),
        Some(sent) => {
            let (code, cause) =
                (ErrorCode::UnsupportedResponseType, Cause::UnsupportedResponseType);
            let text = "response_type must be code";
            return Err(
                OAuthError::new(code, cause, text).compared("response_type", (sent, "code"))
            );
        }
    }
    match params.response_mode.as_deref() {
        None | Some("query" | "form_post") => Ok(()),
        Some(sent) => {
            let (code, cause) = (ErrorCode::InvalidRequest, Cause::UnsupportedResponseMode);
            let text = "response_mode must be query or form_post";
            Err(OAuthError::new(code, cause, text)
                .compared("response_mode", (sent, "query or form_post")))
        }
    }
}

/// A parameter that makes no sense, by its name.
fn malformed(parameter: &str, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, Cause::MalformedRequest, text)
        .with("parameter", parameter)
}

/// Unknown values are ignored, as is everything that would only change how the pages look.
fn read_prompt(text: Option<&str>) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    for value in text.unwrap_or_default().split_ascii_whitespace() {
        match value {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => {}
        }
    }
    if prompt.none && text.is_some_and(|text| text.trim() != "none") {
        let cause = Cause::PromptContradiction;
        let sent = text.unwrap_or_default();
        let text = "prompt=none must stand alone";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, cause, text)
            .compared("prompt", (sent, "none")));
    }
    Ok(prompt)
}

fn read_max_age(text: Option<&str>) -> Result<Option<i64>, OAuthError> {
    let parse = |text: &str| text.parse().ok().filter(|seconds: &i64| *seconds >= 0);
    match text.map(parse) {
        None => Ok(None),
        Some(Some(seconds)) => Ok(Some(seconds)),
        Some(None) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::MaxAgeMalformed,
            "max_age must be a number of seconds",
        )
        .compared("max_age", (text.unwrap_or_default(), "a whole number of seconds"))),
    }
}

/// Keeps the names that are asked for, and the `sub` that must be signed in if one is named
/// (OpenID Connect Core 5.5).
fn read_claims(text: Option<&str>) -> Result<(RequestedClaims, Option<String>), OAuthError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Sent {
        id_token: std::collections::BTreeMap<String, serde_json::Value>,
        userinfo: std::collections::BTreeMap<String, serde_json::Value>,
    }
    let Some(text) = text else { return Ok((RequestedClaims::default(), None)) };
    // An array would be read as the members in order.
    let text = if text.trim_start().starts_with('{') { text } else { "" };
    let sent: Sent = serde_json::from_str(text).map_err(|_| {
        malformed("claims", "claims must be a JSON object with id_token and userinfo")
    })?;
    let sub = sent.id_token.get("sub").and_then(|wanted| wanted.get("value"));
    let sub = sub.and_then(serde_json::Value::as_str).map(str::to_owned);
    let claims = RequestedClaims {
        id_token: sent.id_token.into_keys().collect(),
        userinfo: sent.userinfo.into_keys().collect(),
    };
    Ok((claims, sub))
}
