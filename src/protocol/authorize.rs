//! The authorization endpoint, OpenID Connect Core 3.1.2: from parameters to a request that passed
//! every check.

use serde::{Deserialize, Deserializer, Serialize};

use super::callback::Callback;
use super::target::{self, Sent};
use super::{ErrorCode, OAuthError, dpop, pkce, resource, response_mode};
use crate::domain::{
    Cause, Client, ClientId, FlowRef, Layout, PushedRequests, RequestedClaims, ResponseType,
    Scopes, Selector, Target, Timestamp,
};

/// The parameters as sent. One sent twice is refused (RFC 6749 3.1), but for `resource`; one sent
/// empty counts as left out (ibid.), one we do not know is ignored.
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
    #[serde(deserialize_with = "resource::folded")]
    pub resource: Vec<String>,
    #[serde(deserialize_with = "filled")]
    pub authorization_details: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub code_challenge: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub code_challenge_method: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub dpop_jkt: Option<String>,
}

/// Reads a parameter, one sent empty as none.
pub fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|value| !value.is_empty()))
}

/// Where and when a request arrived, and what is served there.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Whose URLs.
    pub layout: Layout,
    /// The flow it begins.
    pub flow: FlowRef,
    /// When.
    pub at: Timestamp,
    /// What the answers to requests may carry.
    pub served: &'static [ResponseType],
}

/// A request that passed every check; it travels, sealed, through the pages that it needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub callback: Callback,
    /// What it carries.
    pub response_type: ResponseType,
    /// What is asked for; `None` when nothing was.
    pub scopes: Option<Scopes>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge.
    pub challenge: Option<String>,
    /// The thumbprint of the DPoP key that may redeem the code (RFC 9449 10).
    #[serde(default)]
    pub jkt: Option<String>,
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
    /// What it is for beside the scopes.
    #[serde(default)]
    pub target: Target,
    /// Whose URLs.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowRef,
    /// When it arrived.
    pub started_at: Timestamp,
    /// Names the request if it was pushed, so that it is answered once.
    pub pushed: Option<String>,
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
    let response_type = response_type(client, params.response_type.as_deref(), arrival.served)?;
    response_mode::check(params.response_mode.as_deref(), response_type)?;
    let (challenge, method) = (params.code_challenge, params.code_challenge_method);
    pkce::check_challenge(client, challenge.as_deref(), method.as_deref())?;
    check_nonce(params.nonce.as_deref(), response_type)?;
    let sent =
        Sent { resources: &params.resource, details: params.authorization_details.as_deref() };
    let target = target::asked(client, sent)?;
    let (claims, asked_sub) = read_claims(params.claims.as_deref())?;
    Ok(Request {
        client_id: client.id.clone(),
        callback,
        response_type,
        scopes: params.scope.as_deref().map(Scopes::parse),
        nonce: params.nonce,
        challenge,
        jkt: read_jkt(params.dpop_jkt)?,
        prompt: read_prompt(params.prompt.as_deref())?,
        max_age: read_max_age(params.max_age.as_deref())?.or(client.settings.default_max_age),
        login_hint: params.login_hint,
        ui_locales: params.ui_locales.map(|tags| tags.chars().take(200).collect()),
        hinted_sub: hinted_sub.or(asked_sub),
        claims,
        target,
        layout: arrival.layout,
        flow: arrival.flow,
        started_at: arrival.at,
        pushed: None,
        signed_in: None,
        shown: None,
        consented: None,
    })
}

/// Checks anew, when a request comes back from a page, what the client may have lost meanwhile.
///
/// # Errors
/// As `validate`.
pub fn recheck(
    request: &Request,
    client: &Client,
    served: &[ResponseType],
) -> Result<(), OAuthError> {
    response_type(client, Some(request.response_type.as_str()), served)?;
    let method = request.challenge.as_ref().map(|_| "S256");
    pkce::check_challenge(client, request.challenge.as_deref(), method)?;
    match request.pushed {
        Some(_) => Ok(()),
        None => push_not_required(client),
    }
}

/// Sees that the client may come without pushing its request (RFC 9126 5).
///
/// # Errors
/// `invalid_request`.
pub fn push_not_required(client: &Client) -> Result<(), OAuthError> {
    match client.settings.pushed_requests {
        PushedRequests::Optional => Ok(()),
        PushedRequests::Required => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::PushedRequestRequired,
            "the client must push its requests",
        )),
    }
}

/// What the request asks for, if it is served here and to this client.
fn response_type(
    client: &Client,
    sent: Option<&str>,
    served: &[ResponseType],
) -> Result<ResponseType, OAuthError> {
    let Some(sent) = sent else {
        return Err(malformed("response_type", "response_type is required"));
    };
    let words = |types: &[ResponseType]| {
        types.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" or ")
    };
    let Some(asked) = sent.parse().ok().filter(|asked| served.contains(asked)) else {
        let (code, cause) = (ErrorCode::UnsupportedResponseType, Cause::UnsupportedResponseType);
        let error = OAuthError::new(code, cause, "this response_type is not served");
        return Err(error.compared("response_type", (sent, &words(served))));
    };
    if !client.settings.response_types.contains(&asked) {
        let (code, cause) = (ErrorCode::UnauthorizedClient, Cause::ResponseTypeNotAllowed);
        let error = OAuthError::new(code, cause, "the client may not use this response_type");
        return Err(
            error.compared("response_type", (sent, &words(&client.settings.response_types)))
        );
    }
    Ok(asked)
}

/// An ID token that comes through the browser is bound to it by the nonce alone (OpenID Connect
/// Core 3.2.2.1, 3.3.2.11).
fn check_nonce(nonce: Option<&str>, response_type: ResponseType) -> Result<(), OAuthError> {
    match nonce {
        None if response_type.has_id_token() => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::NonceMissing,
            "nonce is required where an ID token comes through the browser",
        )),
        Some(nonce) if nonce.contains('\0') => {
            Err(malformed("nonce", "nonce must not contain NUL"))
        }
        _ => Ok(()),
    }
}

fn read_jkt(sent: Option<String>) -> Result<Option<String>, OAuthError> {
    match sent {
        Some(jkt) if !dpop::is_thumbprint(&jkt) => {
            Err(malformed("dpop_jkt", "dpop_jkt must be the SHA-256 thumbprint of a key"))
        }
        sent => Ok(sent),
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

/// The only level at which anybody is signed in here.
const ACR: &str = "1";

/// An essential `acr` that nobody can reach here is refused at once (OpenID Connect Core 5.5.1.1).
fn check_acr(asked: Option<&serde_json::Value>) -> Result<(), OAuthError> {
    let Some(asked) = asked.filter(|asked| asked["essential"] == true) else { return Ok(()) };
    let one = asked.get("value").into_iter();
    let many = asked.get("values").and_then(serde_json::Value::as_array).into_iter().flatten();
    let wanted: Vec<&str> = one.chain(many).filter_map(serde_json::Value::as_str).collect();
    if wanted.is_empty() || wanted.contains(&ACR) {
        return Ok(());
    }
    let (code, cause) = (ErrorCode::UnmetAuthenticationRequirements, Cause::AcrNotMet);
    let text = "no sign-in here reaches the acr that is essential";
    Err(OAuthError::new(code, cause, text).compared("acr", (&wanted.join(" "), ACR)))
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
    check_acr(sent.id_token.get("acr"))?;
    let sub = sent.id_token.get("sub").and_then(|wanted| wanted.get("value"));
    let sub = sub.and_then(serde_json::Value::as_str).map(str::to_owned);
    let claims = RequestedClaims {
        id_token: sent.id_token.into_keys().collect(),
        userinfo: sent.userinfo.into_keys().collect(),
    };
    Ok((claims, sub))
}
