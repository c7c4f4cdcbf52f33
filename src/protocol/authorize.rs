//! The authorization endpoint, OpenID Connect Core 3.1.2: from parameters to the next step.

use serde::{Deserialize, Deserializer, Serialize};

use super::callback::Callback;
use super::{ErrorCode, OAuthError, pkce};
use crate::domain::{
    Cause, Client, ClientId, FlowRef, Layout, RequestedClaims, Scopes, Selector, Timestamp,
};

/// Longest time between the request and its answer, while people find their password.
pub const PATIENCE: i64 = 3600;

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
        hinted_sub: hinted_sub.or(asked_sub),
        claims,
        layout: arrival.layout,
        flow: arrival.flow,
        started_at: arrival.at,
        signed_in: None,
        consented: None,
    })
}

fn refuse_unsupported(params: &Params) -> Result<(), OAuthError> {
    let refuse = |code, cause, text| Err(OAuthError::new(code, cause, text));
    let malformed = |text| refuse(ErrorCode::InvalidRequest, Cause::MalformedRequest, text);
    if params.request.is_some() {
        let cause = Cause::RequestObjectUnsupported;
        return refuse(ErrorCode::RequestNotSupported, cause, "request objects are not supported");
    }
    if params.request_uri.is_some() {
        let cause = Cause::RequestUriUnsupported;
        return refuse(ErrorCode::RequestUriNotSupported, cause, "request_uri is not supported");
    }
    match params.response_type.as_deref() {
        Some("code") => {}
        None => return malformed("response_type is required"),
        Some(_) => {
            let cause = Cause::UnsupportedResponseType;
            let text = "response_type must be code";
            return refuse(ErrorCode::UnsupportedResponseType, cause, text);
        }
    }
    if let Some(mode) = params.response_mode.as_deref()
        && !["query", "form_post"].contains(&mode)
    {
        let cause = Cause::UnsupportedResponseMode;
        let text = "response_mode must be query or form_post";
        return refuse(ErrorCode::InvalidRequest, cause, text);
    }
    // PostgreSQL cannot store it.
    if params.nonce.as_deref().is_some_and(|nonce| nonce.contains('\0')) {
        return malformed("nonce must not contain NUL");
    }
    Ok(())
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
        let text = "prompt=none must stand alone";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, cause, text));
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
            Cause::MalformedRequest,
            "max_age must be a number of seconds",
        )),
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
    // A list would do for serde, too.
    let sent = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok());
    let sent: Sent = sent.flatten().ok_or_else(|| {
        OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::MalformedRequest,
            "claims must be a JSON object with id_token and userinfo",
        )
    })?;
    let sub = sent.id_token.get("sub").and_then(|wanted| wanted.get("value"));
    let sub = sub.and_then(serde_json::Value::as_str).map(str::to_owned);
    // No claim is called so, and PostgreSQL cannot store it.
    let storable = |name: &String| !name.contains('\0');
    let claims = RequestedClaims {
        id_token: sent.id_token.into_keys().filter(storable).collect(),
        userinfo: sent.userinfo.into_keys().filter(storable).collect(),
    };
    Ok((claims, sub))
}

/// What is known when the next step is decided.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Whoever is signed in.
    pub person: Option<Person<'a>>,
    /// Now.
    pub now: Timestamp,
}

/// A person who is signed in, as this client would know them.
#[derive(Debug, Clone)]
pub struct Person<'a> {
    /// The session.
    pub session: Selector,
    /// When they signed in.
    pub auth_time: Timestamp,
    /// What the client would call them.
    pub sub: &'a str,
    /// The scopes the maps allow; `None` if no map does.
    pub allowed: Option<&'a Scopes>,
    /// What they said yes to before.
    pub consented: Option<&'a Scopes>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Show the login page; `again` when somebody is signed in already.
    Login {
        /// Ask for the password once more.
        again: bool,
    },
    /// No scope map lets this person in: show a page that says whom to ask.
    NoAccess,
    /// Show the consent page for these scopes.
    Consent(Scopes),
    /// Hand over a code for these scopes.
    Issue(Scopes),
}

impl Request {
    /// Whether the pages were left open too long.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now - self.started_at > PATIENCE
    }

    /// Decides from what is known now; every page leads back here.
    ///
    /// # Errors
    /// Under `prompt=none`, the error that stands for the page that would be needed; also when
    /// somebody else than the hinted person has just signed in.
    pub fn next_step(&self, client: &Client, facts: &Facts<'_>) -> Result<Step, OAuthError> {
        let Some(person) = &facts.person else { return self.ask_login(false) };
        let fresh = self.signed_in == Some(person.session);
        if !fresh && (self.prompt.login || self.is_too_long_ago(person.auth_time, facts.now)) {
            return self.ask_login(true);
        }
        if self.hinted_sub.as_deref().is_some_and(|sub| sub != person.sub) {
            if fresh {
                return Err(OAuthError::new(
                    ErrorCode::LoginRequired,
                    Cause::OtherPerson,
                    "somebody else than id_token_hint names is signed in",
                ));
            }
            return self.ask_login(true);
        }
        let Some(allowed) = person.allowed else { return self.deny() };
        let scopes = self.granted(client, allowed);
        if self.needs_consent(client, person, &scopes) {
            return self.ask_consent(scopes);
        }
        Ok(Step::Issue(scopes))
    }

    /// What is asked for and may be had. Unknown scopes are ignored; asking for nothing means
    /// `openid`, or on authentik's paths everything, as it is there.
    fn granted(&self, client: &Client, allowed: &Scopes) -> Scopes {
        let asked = match (&self.scopes, self.layout) {
            (Some(scopes), _) => scopes.clone(),
            (None, Layout::Authentik) => allowed.clone(),
            (None, Layout::Native | Layout::Kanidm) => Scopes::parse("openid"),
        };
        let offline = client.settings.grant_types.contains(&crate::domain::GrantType::RefreshToken);
        let kept = asked.intersection(allowed);
        kept.iter().filter(|name| offline || *name != "offline_access").map(str::to_owned).collect()
    }

    fn needs_consent(&self, client: &Client, person: &Person<'_>, scopes: &Scopes) -> bool {
        // Theirs, not that of whoever sent them the address of this request.
        if self.consented == Some(person.session) {
            return false;
        }
        let remembered = person.consented.is_some_and(|before| scopes.within(before));
        self.prompt.consent || !(client.trusted || remembered)
    }

    fn is_too_long_ago(&self, auth_time: Timestamp, now: Timestamp) -> bool {
        self.max_age.is_some_and(|seconds| seconds == 0 || now - auth_time > seconds)
    }

    fn ask_login(&self, again: bool) -> Result<Step, OAuthError> {
        if self.prompt.none {
            let cause = Cause::LoginRequired;
            let text = "nobody is signed in and prompt=none forbids to ask";
            return Err(OAuthError::new(ErrorCode::LoginRequired, cause, text));
        }
        Ok(Step::Login { again })
    }

    fn ask_consent(&self, scopes: Scopes) -> Result<Step, OAuthError> {
        if self.prompt.none {
            let cause = Cause::ConsentRequired;
            let text = "consent is needed and prompt=none forbids to ask";
            return Err(OAuthError::new(ErrorCode::ConsentRequired, cause, text));
        }
        Ok(Step::Consent(scopes))
    }

    fn deny(&self) -> Result<Step, OAuthError> {
        if self.prompt.none {
            let text = "this person may not use this client";
            return Err(OAuthError::new(ErrorCode::AccessDenied, Cause::NoScopeMap, text));
        }
        Ok(Step::NoAccess)
    }
}
