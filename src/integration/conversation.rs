//! Playing the relying party: an authorization request that may show no page, and a token request
//! that proves the secret without a person.

use serde_json::Value;
use url::form_urlencoded;

use super::{Expected, Finding, Library, Observed, Reply, redirect_uri_of, told};
use crate::domain::{AuthMethod, Client, Dpop, Pkce};

/// The S256 challenge of RFC 7636 appendix B: its code is never redeemed.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// A code that nobody issued, with which the check asks whether the client's secret is accepted.
pub const NO_CODE: &str = "keystead-client-check";
/// What the check sends as state, and expects to come back.
const STATE: &str = "keystead-client-check";

/// The authorization request that the library would send, with `prompt=none` so that nobody is
/// asked; `None` if nothing is registered that it could send.
pub fn authorization_url(endpoint: &str, expected: &Expected<'_>) -> Option<String> {
    let client = expected.client;
    let redirect_uri = redirect_uri_of(client, expected.library)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", client.id.as_str())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid profile email")
        .append_pair("state", STATE)
        .append_pair("nonce", STATE)
        .append_pair("prompt", "none");
    let required = client.public || client.settings.pkce == Pkce::Required;
    if required && expected.library.can_pkce() != Some(false) {
        query.append_pair("code_challenge_method", "S256").append_pair("code_challenge", CHALLENGE);
    }
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    Some(format!("{endpoint}{joint}{}", query.finish()))
}

pub(super) fn authorization(expected: &Expected<'_>, observed: &Observed) -> Finding {
    let id = "authorization";
    let logs = "See why with `keystead flow list --failed`.";
    let reply = match &observed.authorization {
        None => {
            return Finding::fail(
                id,
                "A sign-in could not be tried.",
                "Correct what is wrong with the metadata and the redirect URI first.",
            );
        }
        Some(Err(unreached)) => {
            let sentence =
                format!("The authorization endpoint does not answer: {}.", told(unreached));
            return Finding::fail(id, sentence, logs);
        }
        Some(Ok(reply)) => reply,
    };
    let uri = redirect_uri_of(expected.client, expected.library).unwrap_or_default();
    let Some(query) = reply.location.as_deref().and_then(|to| answer_at(to, uri)) else {
        let sentence = format!("A sign-in was refused with a page (status {}).", reply.status);
        return Finding::fail(id, sentence, logs);
    };
    let param = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    match (param("error").as_deref(), param("state").as_deref()) {
        (Some("login_required"), Some(STATE)) => {
            Finding::ok(id, format!("A sign-in was tried, and its answer goes to {uri}."))
        }
        (Some("login_required"), _) => Finding::fail(
            id,
            "The answer of the authorization endpoint lost its state.",
            "See that no proxy changes queries.",
        ),
        (error, _) => Finding::fail(
            id,
            format!("A sign-in was refused: {}.", error.unwrap_or("no reason given")),
            logs,
        ),
    }
}

/// The query of an answer that goes to `uri`.
fn answer_at<'t>(to: &'t str, uri: &str) -> Option<&'t str> {
    to.strip_prefix(uri).filter(|_| !uri.is_empty())?.strip_prefix(['?', '&'])
}

/// How the library would authenticate the client, by what the metadata offers and the client is set
/// to; `None` for a public client, and for one that signs with a key which we do not have.
pub fn authentication_method(expected: &Expected<'_>, document: &Value) -> Option<AuthMethod> {
    if expected.client.public {
        return None;
    }
    let offered = document["token_endpoint_auth_methods_supported"].as_array();
    let basic = AuthMethod::ClientSecretBasic.as_str();
    // RFC 8414 2: basic, where nothing is said.
    let offers_basic = offered.is_none_or(|all| all.is_empty() || all.iter().any(|m| m == basic));
    let by_default = match offers_basic {
        true => AuthMethod::ClientSecretBasic,
        false => AuthMethod::ClientSecretPost,
    };
    match (expected.library, expected.client.settings.auth_method) {
        (
            Library::Generic,
            Some(
                AuthMethod::ClientSecretJwt
                | AuthMethod::PrivateKeyJwt
                | AuthMethod::TlsClientAuth
                | AuthMethod::SelfSignedTlsClientAuth,
            ),
        ) => None,
        (Library::Generic, Some(method)) => Some(method),
        (Library::Generic, None) | (Library::SocialCore(_), _) => Some(by_default),
    }
}

pub(super) fn authentication(expected: &Expected<'_>, observed: &Observed) -> Finding {
    let id = "client_authentication";
    let client = expected.client;
    let Some((method, heard)) = &observed.authentication else {
        return match client.public {
            true => Finding::ok(id, "It is a public client, which has no secret to prove."),
            false => Finding::warn(
                id,
                "Its secret is kept as a hash alone, so it could not be tried.",
                format!(
                    "If sign-ins fail, give it a new one with `keystead client rotate-secret {}`.",
                    client.id
                ),
            ),
        };
    };
    let reply = match heard {
        Ok(reply) => reply,
        Err(unreached) => {
            return Finding::fail(
                id,
                format!("The token endpoint does not answer: {}.", told(unreached)),
                "See that the proxy in front passes POST requests on.",
            );
        }
    };
    judged(expected, *method, reply)
}

fn believed(method: AuthMethod) -> Finding {
    let sentence = format!("The registered secret is accepted by {}.", method.as_str());
    Finding::ok("client_authentication", sentence)
}

/// Whether its tokens are for whoever holds a key.
fn binds_tokens(client: &Client) -> bool {
    client.settings.dpop != Dpop::Optional || client.settings.certificate_bound_tokens
}

fn judged(expected: &Expected<'_>, method: AuthMethod, reply: &Reply) -> Finding {
    let id = "client_authentication";
    let client = expected.client;
    let document = reply.json();
    match document["error"].as_str() {
        // The client was believed, and the code, which nobody issued, was not.
        Some("invalid_grant") => believed(method),
        // A key is asked for that only the application has.
        Some("invalid_request") if binds_tokens(client) => believed(method),
        Some("invalid_client") => {
            let set = client.settings.auth_method;
            let fix = match set.filter(|set| *set != method) {
                Some(set) => format!(
                    "The client is set to {}: set the application to the same \
                     (SOCIAL_AUTH_OIDC_TOKEN_ENDPOINT_AUTH_METHOD), or run `keystead client update \
                     {} --auth-method either`.",
                    set.as_str(),
                    client.id
                ),
                None => "Let the proxy in front pass the Authorization header on.".to_owned(),
            };
            let sentence = format!("The registered secret is refused by {}.", method.as_str());
            Finding::fail(id, sentence, fix)
        }
        other => Finding::fail(
            id,
            format!(
                "The token endpoint answers {} {}.",
                reply.status,
                other.unwrap_or("without a reason")
            ),
            "See `keystead flow list --failed`, and that the proxy passes POST requests on unchanged.",
        ),
    }
}
