//! The authorization endpoint, OpenID Connect Core 3.1.2: from a request and what is known to the
//! page or the code that comes next.

use std::collections::BTreeMap;

use super::authorize::Request;
use super::{ErrorCode, OAuthError};
use crate::domain::{
    Cause, ClaimNames, Client, GrantType, Layout, RequestedClaims, Scope, Scopes, Selector,
    Timestamp,
};

/// Longest time between the request and its answer, while people find their password.
pub const PATIENCE: i64 = 3600;
/// How long a sign-in made for a request answers for it.
const FRESH: i64 = 300;
/// The prefix of what consent remembers of a single claim.
pub const CLAIM: &str = "claim:";
/// The prefix of what consent remembers of a resource.
pub const RESOURCE: &str = "resource:";

/// What is known when the next step is decided.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Whoever is signed in.
    pub person: Option<Person<'a>>,
    /// What each scope stands for.
    pub definitions: &'a BTreeMap<String, Scope>,
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
    /// Show the consent page for this.
    Consent(Granted),
    /// Hand over a code for this.
    Issue(Granted),
}

/// What is asked for and may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The scopes.
    pub scopes: Scopes,
    /// The claims asked for one by one.
    pub claims: RequestedClaims,
    /// Where the token is to be good (RFC 8707).
    pub resources: Vec<String>,
}

impl Granted {
    /// What consent is compared with and remembered as: the scopes, `claim:NAME` for each claim
    /// asked for by itself, and `resource:URI` for each resource.
    pub fn consent(&self) -> Scopes {
        let single = self.claims.userinfo.union(&self.claims.id_token);
        let single = single.map(|name| format!("{CLAIM}{name}"));
        let resources = self.resources.iter().map(|uri| format!("{RESOURCE}{uri}"));
        self.scopes.union(&single.chain(resources).collect())
    }
}

/// Keeps the single claims that some scope among `allowed` would open: nobody gets by name what
/// no scope map lets them have.
pub fn allowed_claims(
    asked: &RequestedClaims,
    allowed: &Scopes,
    definitions: &BTreeMap<String, Scope>,
) -> RequestedClaims {
    let opened = |name: &String| {
        definitions.values().any(|s| allowed.contains(&s.name) && s.claims.contains(name))
    };
    let keep = |names: &ClaimNames| names.iter().filter(|name| opened(name)).cloned().collect();
    RequestedClaims { id_token: keep(&asked.id_token), userinfo: keep(&asked.userinfo) }
}

/// What is asked for on these paths and may be had. Unknown scopes are ignored; asking for nothing
/// means `openid`, or on authentik's paths everything, as it is there.
pub fn granted(
    (asked, layout): (Option<&Scopes>, Layout),
    client: &Client,
    allowed: &Scopes,
) -> Scopes {
    let asked = match (asked, layout) {
        (Some(scopes), _) => scopes.clone(),
        (None, Layout::Authentik) => allowed.clone(),
        (None, Layout::Native | Layout::Kanidm) => Scopes::parse("openid"),
    };
    let offline = client.settings.grant_types.contains(&GrantType::RefreshToken);
    let kept = asked.intersection(allowed);
    kept.iter().filter(|name| offline || *name != "offline_access").map(str::to_owned).collect()
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
        let Some(person) = &facts.person else { return self.ask_login(Cause::LoginRequired) };
        let fresh = self.signed_in == Some(person.session) && facts.now - person.auth_time <= FRESH;
        if !fresh && (self.prompt.login || self.is_too_long_ago(person.auth_time, facts.now)) {
            return self.ask_login(Cause::SignInTooOld);
        }
        if self.hinted_sub.as_deref().is_some_and(|sub| sub != person.sub) {
            if fresh {
                return Err(OAuthError::new(
                    ErrorCode::LoginRequired,
                    Cause::OtherPerson,
                    "somebody else than id_token_hint names is signed in",
                ));
            }
            return self.ask_login(Cause::OtherPerson);
        }
        let Some(allowed) = person.allowed else { return self.deny() };
        let granted = Granted {
            scopes: granted((self.scopes.as_ref(), self.layout), client, allowed),
            claims: allowed_claims(&self.claims, allowed, facts.definitions),
            resources: self.target.resources.clone(),
        };
        if self.needs_consent(client, person, &granted) {
            return self.ask_consent(granted);
        }
        Ok(Step::Issue(granted))
    }

    /// What was said yes to is remembered before the request comes back here; that it was said in
    /// this very session only answers `prompt=consent`.
    fn needs_consent(&self, client: &Client, person: &Person<'_>, granted: &Granted) -> bool {
        let asked_again = self.prompt.consent && self.consented != Some(person.session);
        // Details are of one occasion, and allowing some once says nothing of the next.
        let asked_again = asked_again
            || (!client.trusted
                && !self.target.details.is_empty()
                && self.consented != Some(person.session));
        let remembered = person.consented.is_some_and(|before| granted.consent().within(before));
        asked_again || !(client.trusted || remembered)
    }

    fn is_too_long_ago(&self, auth_time: Timestamp, now: Timestamp) -> bool {
        self.max_age.is_some_and(|seconds| seconds == 0 || now - auth_time > seconds)
    }

    /// The login page; under `prompt=none` the refusal, for the reason why it would be needed.
    fn ask_login(&self, cause: Cause) -> Result<Step, OAuthError> {
        if !self.prompt.none {
            return Ok(Step::Login { again: cause != Cause::LoginRequired });
        }
        let text = match cause {
            Cause::SignInTooOld => "the sign-in is too old and prompt=none forbids to ask",
            Cause::OtherPerson => "somebody else is signed in and prompt=none forbids to ask",
            _ => "nobody is signed in and prompt=none forbids to ask",
        };
        let error = OAuthError::new(ErrorCode::LoginRequired, cause, text);
        Err(match self.max_age {
            Some(seconds) if cause == Cause::SignInTooOld => {
                error.with("max_age", seconds.to_string())
            }
            _ => error,
        })
    }

    fn ask_consent(&self, granted: Granted) -> Result<Step, OAuthError> {
        if self.prompt.none {
            let cause = Cause::ConsentRequired;
            let text = "consent is needed and prompt=none forbids to ask";
            return Err(OAuthError::new(ErrorCode::ConsentRequired, cause, text));
        }
        Ok(Step::Consent(granted))
    }

    fn deny(&self) -> Result<Step, OAuthError> {
        if self.prompt.none {
            let text = "this person may not use this client";
            return Err(OAuthError::new(ErrorCode::AccessDenied, Cause::NoScopeMap, text));
        }
        Ok(Step::NoAccess)
    }
}
