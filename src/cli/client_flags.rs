//! Flags for how we talk to a client.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answer_flags::AnswerFlags;
use crate::domain::{
    AccessTokenFormat, Algorithm, AssertionAudience, AuthMethod, ClientSettings, GrantType, Pkce,
    PushedRequests, ResponseType, SignedRequests, SubMode, UsernameFormat,
};

/// How tokens look and how long they last. What is not given stays
#[derive(clap::Args, Default, PartialEq)]
#[command(next_help_heading = "Settings of the client")]
pub(super) struct SettingFlags {
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
    /// private_key_jwt, none, or either of the first
    #[arg(long, value_name = "METHOD", value_parser = method)]
    auth_method: Option<Method>,
    /// Whom its assertions must be addressed to: endpoints (the issuer or the endpoint), or the
    /// issuer alone, as FAPI 2.0 has it
    #[arg(long, value_name = "WHOM", value_parser = word::<AssertionAudience>)]
    assertion_audience: Option<AssertionAudience>,
    /// Its public keys: a file with a JWK set; an empty name takes them away
    #[arg(long, value_name = "FILE", value_parser = jwks)]
    jwks_file: Option<Jwks>,
    /// Where it publishes its keys
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// What it may ask for: authorization_code, refresh_token, client_credentials; give it once for
    /// each, and they replace those it had
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
    /// Signed requests (JAR): optional or required
    #[arg(long, value_name = "WHEN", value_parser = word::<SignedRequests>)]
    signed_requests: Option<SignedRequests>,
    /// Where it may leave signed requests for us to fetch; give it once for each, and they replace
    /// those it had; an empty one takes them away
    #[arg(long = "request-uri", value_name = "URI")]
    request_uris: Vec<String>,
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
}

/// A way to authenticate; `None` for either of the two with a secret.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Method(Option<AuthMethod>);

/// A JWK set; `None` for none any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Jwks(Option<Map<String, Value>>);

impl SettingFlags {
    /// Writes what was given into the settings; an empty address takes it away.
    pub fn apply(&self, settings: &mut ClientSettings) {
        set(&mut settings.alg, self.alg);
        self.answers.apply(settings);
        set(&mut settings.pkce, self.pkce);
        set(&mut settings.access_token, self.access_token);
        set(&mut settings.sub, self.sub.clone());
        set(&mut settings.auth_method, self.auth_method.map(|Method(method)| method));
        set(&mut settings.pushed_requests, self.pushed_requests);
        set(&mut settings.signed_requests, self.signed_requests);
        if !self.request_uris.is_empty() {
            let given = self.request_uris.iter().map(|uri| uri.trim());
            settings.request_uris =
                given.filter(|uri| !uri.is_empty()).map(str::to_owned).collect();
        }
        set(&mut settings.assertion_audience, self.assertion_audience);
        set(&mut settings.jwks, self.jwks_file.clone().map(|Jwks(set)| set));
        set(&mut settings.username, self.username);
        set(&mut settings.iat_backdate, self.iat_backdate);
        set(&mut settings.code_lifetime, self.code_lifetime);
        set(&mut settings.access_token_lifetime, self.access_token_lifetime);
        set(&mut settings.id_token_lifetime, self.id_token_lifetime);
        set(&mut settings.refresh_token_lifetime, self.refresh_token_lifetime);
        set(&mut settings.refresh_grace, self.refresh_grace);
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
            (&mut settings.launch_url, &self.launch_url),
            (&mut settings.logo_uri, &self.logo_uri),
            (&mut settings.policy_uri, &self.policy_uri),
            (&mut settings.tos_uri, &self.tos_uri),
            (&mut settings.contact, &self.contact),
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

fn jwks(file: &str) -> Result<Jwks, String> {
    if file.is_empty() {
        return Ok(Jwks(None));
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let set = serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}"))?;
    Ok(Jwks(Some(set)))
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
