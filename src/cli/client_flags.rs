//! Flags for how we talk to a client.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answer_flags::AnswerFlags;
use crate::domain::{
    AccessTokenFormat, Algorithm, AssertionAudience, AuthMethod, CertificateSubject, ClientAlgs,
    ClientSettings, Dpop, GrantType, MayAct, Pkce, PushedRequests, ResponseType, SecurityProfile,
    SignedRequests, SubMode, TrustedIssuer, UsernameFormat,
};

/// How tokens look and how long they last. What is not given stays
#[derive(clap::Args, Default, PartialEq)]
#[command(next_help_heading = "Settings of the client")]
pub(super) struct SettingFlags {
    /// How strict we are with it: standard, strict (RFC 9700), fapi2 or legacy. Sets the switches of
    /// the profile; those given beside it count more
    #[arg(long, value_name = "PROFILE")]
    profile: Option<SecurityProfile>,
    /// What signs its tokens: RS256, PS256, ES256, ES384 or EdDSA. The key of PS256 and of ES384 is
    /// made when the first client wants it
    #[arg(long, value_name = "ALG")]
    alg: Option<Algorithm>,
    #[command(flatten)]
    answers: AnswerFlags,
    /// PKCE: required, or optional for libraries that cannot do it
    #[arg(long, value_name = "WHEN", value_parser = word::<Pkce>)]
    pkce: Option<Pkce>,
    /// Access tokens: opaque, or jwt (RFC 9068)
    #[arg(long, value_name = "FORMAT", value_parser = word::<AccessTokenFormat>)]
    access_token: Option<AccessTokenFormat>,
    /// What sub is: uuid, username, email, pairwise or external:SOURCE. Never change it once people
    /// have signed in
    #[arg(long, value_name = "MODE")]
    sub: Option<SubMode>,
    /// How it authenticates: client_secret_basic, client_secret_post, client_secret_jwt,
    /// private_key_jwt, tls_client_auth, self_signed_tls_client_auth, none, or either of the first
    #[arg(long, value_name = "METHOD", value_parser = method)]
    auth_method: Option<Method>,
    /// Whom its assertions must be addressed to: endpoints (the issuer or the endpoint), or the
    /// issuer alone, as FAPI 2.0 has it
    #[arg(long, value_name = "WHOM", value_parser = word::<AssertionAudience>)]
    assertion_audience: Option<AssertionAudience>,
    /// What it may sign with: any, or fapi (PS256, ES256, ES384, EdDSA or Ed25519)
    #[arg(long, value_name = "WHICH", value_parser = word::<ClientAlgs>)]
    client_algs: Option<ClientAlgs>,
    /// Its public keys: a file with a JWK set; an empty name takes them away
    #[arg(long, value_name = "FILE", value_parser = jwks)]
    jwks_file: Option<Jwks>,
    /// Where it publishes its keys
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// What it may ask for: authorization_code, refresh_token, client_credentials, device_code,
    /// ciba, token-exchange, jwt-bearer; give it once for each, and they replace those it had
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<GrantType>,
    /// What it may ask the authorization endpoint for: code, id_token, "id_token token", "code
    /// id_token", "code token", "code id_token token"; give it once for each, and they replace those
    /// it had. All but code also need oidc.front_channel_tokens
    #[arg(long = "response-type", value_name = "TYPE")]
    response_types: Vec<ResponseType>,
    /// Pushed requests (PAR): optional or required
    #[arg(long, value_name = "WHEN", value_parser = word::<PushedRequests>)]
    pushed_requests: Option<PushedRequests>,
    /// Signed requests (JAR): optional, required, or encrypted, too
    #[arg(long, value_name = "WHEN", value_parser = word::<SignedRequests>)]
    signed_requests: Option<SignedRequests>,
    /// Whom its certificate must name with tls_client_auth: dns:NAME, dn:NAME, uri:URI, ip:ADDRESS or
    /// email:ADDRESS
    #[arg(long, value_name = "NAME")]
    certificate_subject: Option<CertificateSubject>,
    /// Bind its tokens to the certificate that it shows
    #[arg(long, conflicts_with = "no_certificate_bound_tokens")]
    certificate_bound_tokens: bool,
    /// Let its tokens work for whoever holds them
    #[arg(long)]
    no_certificate_bound_tokens: bool,
    /// Proofs of possession (DPoP): optional, required, or nonce (required, with a nonce of ours)
    #[arg(long, value_name = "WHEN", value_parser = word::<Dpop>)]
    dpop: Option<Dpop>,
    /// Where it may leave signed requests for us to fetch; give it once for each, and they replace
    /// those it had; an empty one takes them away
    #[arg(long = "request-uri", value_name = "URI")]
    request_uris: Vec<String>,
    /// A client whose tokens it may exchange (RFC 8693); give it once for each, and they replace those
    /// it had; an empty one takes them away
    #[arg(long = "token-exchange", value_name = "CLIENT")]
    token_exchange: Vec<String>,
    /// A client for which it may get tokens in exchange, beside itself; as above
    #[arg(long = "exchange-for", value_name = "CLIENT")]
    exchange_for: Vec<String>,
    /// Whom the tokens that it gets in exchange name beside the person: delegate (who acts), or
    /// impersonate (nobody)
    #[arg(long, value_name = "HOW", value_parser = word::<MayAct>)]
    may_act: Option<MayAct>,
    /// Whose assertions of people it may bring (RFC 7523): a file with a JSON array of objects with
    /// issuer, jwks or jwks_uri, claim (sub) and names (username or external:SOURCE); an empty name
    /// takes them away
    #[arg(long, value_name = "FILE", value_parser = issuers)]
    trusted_issuers_file: Option<Issuers>,
    /// preferred_username: short (alice) or spn (alice@host)
    #[arg(long, value_name = "FORMAT", value_parser = word::<UsernameFormat>)]
    username: Option<UsernameFormat>,
    /// How far iat lies in the past, against clocks that run behind: 0 to 30 seconds
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    iat_backdate: Option<i64>,
    /// How long a code waits to be redeemed: at most 60 seconds
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    code_lifetime: Option<i64>,
    /// How long an access token works, like 15m or 1h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    access_token_lifetime: Option<i64>,
    /// How long an ID token is valid
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    id_token_lifetime: Option<i64>,
    /// How long a refresh token waits for its next use, like 30d
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    refresh_token_lifetime: Option<i64>,
    /// How long a replaced refresh token still works, for answers lost on the way
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    refresh_grace: Option<i64>,
    /// Replace a refresh token at each use
    #[arg(long, conflicts_with = "no_rotate")]
    rotate: bool,
    /// Keep a refresh token until it expires
    #[arg(long)]
    no_rotate: bool,
    /// Where it is told that a session ended, by a request from here; an empty one takes it away
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// Whether it must be told which session ended: yes or no
    #[arg(long, value_name = "WHETHER", value_parser = yes_no)]
    backchannel_logout_session_required: Option<bool>,
    /// Where the browser tells it that its session ended; an empty one takes it away
    #[arg(long, value_name = "URI")]
    frontchannel_logout_uri: Option<String>,
    /// Whether it must be told which session ended: yes or no; it always is
    #[arg(long, value_name = "WHETHER", value_parser = yes_no)]
    frontchannel_logout_session_required: Option<bool>,
    /// Where the application starts, for the portal
    #[arg(long, value_name = "URL")]
    launch_url: Option<String>,
    /// The application's logo
    #[arg(long, value_name = "URL")]
    logo_uri: Option<String>,
    /// The application's privacy policy
    #[arg(long, value_name = "URL")]
    policy_uri: Option<String>,
    /// The application's terms of service
    #[arg(long, value_name = "URL")]
    tos_uri: Option<String>,
    /// Whom to ask for access, shown to people who have none
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// Where a sign-in may be begun for it, with https: the portal does
    #[arg(long, value_name = "URL")]
    initiate_login_uri: Option<String>,
    /// How long ago a sign-in may be where a request does not say, like 12h; none for any time
    #[arg(long, value_name = "TIME", value_parser = max_age)]
    default_max_age: Option<MaxAge>,
    /// Whose host names the sector of pairwise subjects. Never change it once people have signed in
    #[arg(long, value_name = "URL")]
    sector_identifier_uri: Option<String>,
}

/// A way to authenticate; `None` for either of the two with a secret.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Method(Option<AuthMethod>);

/// A JWK set; `None` for none any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Jwks(Option<Map<String, Value>>);

/// A `default_max_age`; `None` for none any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MaxAge(Option<i64>);

/// Whose assertions a client may bring.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Issuers(Vec<TrustedIssuer>);

impl SettingFlags {
    /// Writes what was given into the settings; an empty address takes it away.
    pub fn apply(&self, settings: &mut ClientSettings, public: bool) {
        if let Some(profile) = self.profile {
            profile.apply(settings, public);
        }
        set(&mut settings.client_algs, self.client_algs);
        set(&mut settings.alg, self.alg);
        self.answers.apply(settings);
        set(&mut settings.pkce, self.pkce);
        set(&mut settings.access_token, self.access_token);
        set(&mut settings.sub, self.sub.clone());
        set(&mut settings.auth_method, self.auth_method.map(|Method(method)| method));
        set(&mut settings.pushed_requests, self.pushed_requests);
        set(&mut settings.signed_requests, self.signed_requests);
        set(&mut settings.dpop, self.dpop);
        set(&mut settings.certificate_subject, self.certificate_subject.clone().map(Some));
        if self.certificate_bound_tokens || self.no_certificate_bound_tokens {
            settings.certificate_bound_tokens = self.certificate_bound_tokens;
        }
        if !self.request_uris.is_empty() {
            let given = self.request_uris.iter().map(|uri| uri.trim());
            settings.request_uris =
                given.filter(|uri| !uri.is_empty()).map(str::to_owned).collect();
        }
        let trusted = self.trusted_issuers_file.clone();
        set(&mut settings.trusted_issuers, trusted.map(|Issuers(all)| all));
        set(&mut settings.may_act, self.may_act);
        for (slot, given) in [
            (&mut settings.token_exchange, &self.token_exchange),
            (&mut settings.exchange_for, &self.exchange_for),
        ] {
            if !given.is_empty() {
                let named = given.iter().map(|name| name.trim().to_owned());
                *slot = named.filter(|name| !name.is_empty()).collect();
            }
        }
        set(&mut settings.assertion_audience, self.assertion_audience);
        set(&mut settings.jwks, self.jwks_file.clone().map(|Jwks(set)| set));
        set(&mut settings.username, self.username);
        set(&mut settings.default_max_age, self.default_max_age.map(|MaxAge(age)| age));
        set(&mut settings.iat_backdate, self.iat_backdate);
        set(&mut settings.code_lifetime, self.code_lifetime);
        set(&mut settings.access_token_lifetime, self.access_token_lifetime);
        set(&mut settings.id_token_lifetime, self.id_token_lifetime);
        set(&mut settings.refresh_token_lifetime, self.refresh_token_lifetime);
        set(&mut settings.refresh_grace, self.refresh_grace);
        set(
            &mut settings.backchannel_logout_session_required,
            self.backchannel_logout_session_required,
        );
        set(
            &mut settings.frontchannel_logout_session_required,
            self.frontchannel_logout_session_required,
        );
        if self.rotate || self.no_rotate {
            settings.rotate_refresh_tokens = self.rotate;
        }
        if !self.grant_types.is_empty() {
            settings.grant_types = each_once(&self.grant_types);
        }
        if !self.response_types.is_empty() {
            settings.response_types = each_once(&self.response_types);
        }
        for (slot, given) in [
            (&mut settings.jwks_uri, &self.jwks_uri),
            (&mut settings.backchannel_logout_uri, &self.backchannel_logout_uri),
            (&mut settings.frontchannel_logout_uri, &self.frontchannel_logout_uri),
            (&mut settings.launch_url, &self.launch_url),
            (&mut settings.logo_uri, &self.logo_uri),
            (&mut settings.policy_uri, &self.policy_uri),
            (&mut settings.tos_uri, &self.tos_uri),
            (&mut settings.contact, &self.contact),
            (&mut settings.initiate_login_uri, &self.initiate_login_uri),
            (&mut settings.sector_identifier_uri, &self.sector_identifier_uri),
        ] {
            if let Some(text) = given {
                *slot = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            }
        }
    }
}

fn each_once<T: Copy + PartialEq>(given: &[T]) -> Vec<T> {
    let mut all = Vec::new();
    for one in given {
        if !all.contains(one) {
            all.push(*one);
        }
    }
    all
}

fn set<T>(slot: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *slot = value;
    }
}

/// One of the words that the stored settings know.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|error| error.to_string())
}

fn method(text: &str) -> Result<Method, String> {
    match text {
        "either" => Ok(Method(None)),
        text => word(text).map(|method| Method(Some(method))).map_err(|_| {
            "use client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, \
                 none or either"
                .to_owned()
        }),
    }
}

fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

fn jwks(file: &str) -> Result<Jwks, String> {
    if file.is_empty() {
        return Ok(Jwks(None));
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let set = serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}"))?;
    Ok(Jwks(Some(set)))
}

fn max_age(text: &str) -> Result<MaxAge, String> {
    match text {
        "none" | "" => Ok(MaxAge(None)),
        text => seconds(text).map(|age| MaxAge(Some(age))),
    }
}

fn issuers(file: &str) -> Result<Issuers, String> {
    if file.is_empty() {
        return Ok(Issuers(Vec::new()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map(Issuers).map_err(|error| format!("it cannot be read: {error}"))
}

/// `90`, `90s`, `15m`, `1h`, `30d`.
fn seconds(text: &str) -> Result<i64, String> {
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86400,
        _ => 1,
    };
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let number: Option<i64> = digits.parse().ok().filter(|_| text.len() - digits.len() <= 1);
    let seconds = number.and_then(|number| number.checked_mul(unit)).filter(|number| *number >= 0);
    seconds.ok_or_else(|| "write seconds, or a number with s, m, h or d, like 15m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{method, seconds, word};
    use crate::domain::Pkce;

    #[test]
    fn times_may_have_a_unit() {
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("30d"), Ok(30 * 86400));
        for wrong in ["", "m", "1hm", "-5", "1.5h", "99999999999999999d", "1w"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_are_those_that_are_stored() {
        assert_eq!(word::<Pkce>("optional"), Ok(Pkce::Optional));
        let error = word::<Pkce>("always").unwrap_err();
        assert!(error.contains("`required` or `optional`"), "{error}");
        assert!(method("either").is_ok() && method("none").is_ok() && method("tls").is_err());
    }
}
