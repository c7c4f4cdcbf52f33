//! Client authentication at the token endpoint and its like: RFC 6749 2.3.1, and assertions by
//! RFC 7521 4.2.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::assertion::{self, Claimed};
use super::{ErrorCode, OAuthError};
use crate::domain::{AuthMethod, Cause, Client, Secret};

/// What a request carries to authenticate its client.
#[derive(Debug)]
pub struct Credentials {
    /// Who it claims to be.
    pub client_id: String,
    /// What is to prove it.
    pub proof: Proof,
    /// How it was sent.
    pub method: AuthMethod,
}

/// What is to prove who a client is.
#[derive(Debug)]
pub enum Proof {
    /// Nothing.
    None,
    /// Its secret.
    Secret(Secret),
    /// A token it signed.
    Assertion(String),
}

/// What a look at the credentials alone could settle.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The client is who it claims to be.
    Proven,
    /// It is if this token is its own, says what it should, and comes for the first time.
    IfSigned(&'a str),
    /// It is if the certificate that it shows is its own (RFC 8705 2).
    IfCertified(AuthMethod),
}

/// What was sent, before it is understood.
#[derive(Default)]
pub struct Sent<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `client_id` parameter.
    pub client_id: Option<&'a str>,
    /// The `client_secret` parameter.
    pub client_secret: Option<&'a str>,
    /// The `client_assertion_type` parameter.
    pub assertion_type: Option<&'a str>,
    /// The `client_assertion` parameter.
    pub assertion: Option<&'a str>,
}

fn refuse(cause: Cause, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, cause, text)
}

/// Reads the credentials.
///
/// # Errors
/// `invalid_client` if there are none or they cannot be read, `invalid_request` if there are two.
pub fn read(sent: &Sent<'_>) -> Result<Credentials, OAuthError> {
    let twice = |text| OAuthError::new(ErrorCode::InvalidRequest, Cause::ClientAuthMethod, text);
    let ways = [sent.authorization, sent.client_secret, sent.assertion];
    if ways.iter().flatten().count() > 1 {
        return Err(twice("the client authenticates in two ways at once"));
    }
    if let Some(token) = sent.assertion {
        return read_assertion(sent, token);
    }
    match (sent.authorization, sent.client_id) {
        (Some(header), in_form) => {
            let credentials = read_basic(header)?;
            if in_form.is_some_and(|id| id != credentials.client_id) {
                return Err(twice("client_id differs from the one in the Authorization header"));
            }
            Ok(credentials)
        }
        (None, Some(id)) => {
            let (proof, method) = match sent.client_secret {
                Some(secret) => (Proof::Secret(Secret::sent(secret)), AuthMethod::ClientSecretPost),
                None => (Proof::None, AuthMethod::None),
            };
            Ok(Credentials { client_id: id.to_owned(), proof, method })
        }
        (None, None) => Err(refuse(Cause::ClientAuthMissing, "the client must authenticate")),
    }
}

/// An assertion names its client itself; `client_id` may say the same (RFC 7521 4.2).
fn read_assertion(sent: &Sent<'_>, token: &str) -> Result<Credentials, OAuthError> {
    let unreadable = |text| refuse(Cause::ClientAssertionMalformed, text);
    if sent.assertion_type != Some(assertion::TYPE) {
        return Err(unreadable("client_assertion_type must be that of RFC 7523"));
    }
    let claimed =
        Claimed::read(token).ok_or_else(|| unreadable("the client_assertion is not readable"))?;
    if let Some(id) = sent.client_id.filter(|id| *id != claimed.client_id) {
        return Err(refuse(Cause::ClientAssertionClaims, "client_id is not that of the assertion")
            .compared("sub", (&claimed.client_id, id)));
    }
    let Claimed { client_id, method } = claimed;
    Ok(Credentials { client_id, proof: Proof::Assertion(token.to_owned()), method })
}

/// Reads `Basic`, leaving open whether id and secret were form-encoded; see `spellings`.
fn read_basic(header: &str) -> Result<Credentials, OAuthError> {
    let unreadable =
        || refuse(Cause::ClientAuthMissing, "the Authorization header is not readable as Basic");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unreadable());
    }
    let bytes = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| unreadable())?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
    let (id, secret) = text.split_once(':').ok_or_else(unreadable)?;
    let proof = match secret {
        "" => Proof::None,
        secret => Proof::Secret(Secret::sent(secret)),
    };
    Ok(Credentials { client_id: id.to_owned(), proof, method: AuthMethod::ClientSecretBasic })
}

/// Whether these credentials are this client's, sent in the way it is set to.
///
/// # Errors
/// `invalid_client`.
pub fn check<'a>(client: &Client, credentials: &'a Credentials) -> Result<Verdict<'a>, OAuthError> {
    let failed = |cause| refuse(cause, "client authentication failed");
    if client.disabled_at.is_some() {
        return Err(failed(Cause::ClientDisabled));
    }
    if client.public {
        return match credentials.proof {
            Proof::None => Ok(Verdict::Proven),
            Proof::Secret(_) | Proof::Assertion(_) => Err(failed(Cause::ClientAuthMethod)),
        };
    }
    let set = client.settings.auth_method;
    let certified = [AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth];
    if credentials.method == AuthMethod::None {
        // It only names itself; the connection is to prove it.
        if let Some(method) = set.filter(|method| certified.contains(method)) {
            return Ok(Verdict::IfCertified(method));
        }
        return Err(refuse(Cause::ClientAuthMissing, "the client must authenticate"));
    }
    if !accepts(client, credentials.method) {
        let set = set.map_or(EITHER, AuthMethod::as_str);
        return Err(failed(Cause::ClientAuthMethod)
            .compared("client authentication", (credentials.method.as_str(), set)));
    }
    match &credentials.proof {
        Proof::Secret(secret) if knows(client, secret) => Ok(Verdict::Proven),
        Proof::Secret(_) => {
            Err(failed(Cause::ClientSecretWrong).with("sent", credentials.method.as_str()))
        }
        Proof::Assertion(token) => Ok(Verdict::IfSigned(token)),
        Proof::None => Err(refuse(Cause::ClientAuthMissing, "the client must authenticate")),
    }
}

/// What a client may use that is set to nothing in particular.
const EITHER: &str = "client_secret_basic or client_secret_post";

fn accepts(client: &Client, method: AuthMethod) -> bool {
    match client.settings.auth_method {
        Some(only) => method == only,
        None => matches!(method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost),
    }
}

/// As sent, or with its form encoding undone.
fn knows(client: &Client, secret: &Secret) -> bool {
    spellings(secret.expose()).any(|text| client.knows_secret(&Secret::sent(text)))
}

/// An id or a secret as sent, and with the form encoding of RFC 6749 2.3.1 undone: some clients
/// apply it, more forget it, and what came over from other providers may hold any character.
pub fn spellings(sent: &str) -> impl Iterator<Item = String> {
    let decoded = url::form_urlencoded::parse(sent.as_bytes()).next();
    let decoded = decoded.filter(|(_, rest)| rest.is_empty()).map(|(text, _)| text.into_owned());
    let other = decoded.filter(|text| text != sent);
    [sent.to_owned()].into_iter().chain(other)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::{Proof, Sent, read};
    use crate::domain::{AuthMethod, Cause};

    #[test]
    fn basic_is_read_whatever_the_case_of_its_name() {
        let header = format!("bAsIc {}", BASE64_STANDARD.encode("netbox:a:b"));
        let sent = Sent { authorization: Some(&header), ..Sent::default() };
        let credentials = read(&sent).unwrap();
        assert_eq!(credentials.client_id, "netbox");
        let Proof::Secret(secret) = &credentials.proof else { panic!("{credentials:?}") };
        assert_eq!(secret.expose(), "a:b");
        assert_eq!(credentials.method, AuthMethod::ClientSecretBasic);
    }

    #[test]
    fn unreadable_headers_are_refused_with_one_reason() {
        for header in ["Basic", "Basic !!!", "Bearer abc", "Basic bm9jb2xvbg==", ""] {
            let sent = Sent { authorization: Some(header), ..Sent::default() };
            assert_eq!(read(&sent).unwrap_err().cause, Cause::ClientAuthMissing, "{header}");
        }
    }

    #[test]
    fn two_ways_at_once_are_refused() {
        let sent = Sent {
            authorization: Some("Basic bmV0Ym94OmE="),
            client_id: Some("netbox"),
            client_secret: Some("a"),
            ..Sent::default()
        };
        assert_eq!(read(&sent).unwrap_err().cause, Cause::ClientAuthMethod);
    }
}
