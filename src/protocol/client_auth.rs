//! Client authentication at the token endpoint and its like, RFC 6749 2.3.1.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{ErrorCode, OAuthError};
use crate::domain::{AuthMethod, Cause, Client, Secret};

/// What a request carries to authenticate its client.
#[derive(Debug)]
pub struct Credentials {
    /// Who it claims to be.
    pub client_id: String,
    /// Its secret.
    pub secret: Option<Secret>,
    /// How it was sent.
    pub method: AuthMethod,
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
}

fn refuse(cause: Cause, text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, cause, text)
}

/// Reads the credentials.
///
/// # Errors
/// `invalid_client` if there are none or they cannot be read, `invalid_request` if there are two.
pub fn read(sent: &Sent<'_>) -> Result<Credentials, OAuthError> {
    match (sent.authorization, sent.client_id, sent.client_secret) {
        (Some(_), _, Some(_)) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            Cause::ClientAuthMethod,
            "the client authenticates in two ways at once",
        )),
        (Some(header), in_form, None) => {
            let credentials = read_basic(header)?;
            if in_form.is_some_and(|id| id != credentials.client_id) {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    Cause::ClientAuthMethod,
                    "client_id differs from the one in the Authorization header",
                ));
            }
            Ok(credentials)
        }
        (None, Some(id), Some(secret)) => Ok(Credentials {
            client_id: id.to_owned(),
            secret: Some(Secret::sent(secret)),
            method: AuthMethod::ClientSecretPost,
        }),
        (None, Some(id), None) => {
            Ok(Credentials { client_id: id.to_owned(), secret: None, method: AuthMethod::None })
        }
        (None, None, _) => Err(refuse(Cause::ClientAuthMissing, "the client must authenticate")),
    }
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
    let secret = (!secret.is_empty()).then(|| Secret::sent(secret));
    Ok(Credentials { client_id: id.to_owned(), secret, method: AuthMethod::ClientSecretBasic })
}

/// Whether these credentials are this client's, sent in the way it is set to.
///
/// # Errors
/// `invalid_client`.
pub fn check(client: &Client, credentials: &Credentials) -> Result<(), OAuthError> {
    let failed = |cause| refuse(cause, "client authentication failed");
    if client.disabled_at.is_some() {
        return Err(failed(Cause::ClientDisabled));
    }
    if client.public {
        return match (credentials.method, &credentials.secret) {
            (_, None) => Ok(()),
            (_, Some(_)) => Err(failed(Cause::ClientAuthMethod)),
        };
    }
    if credentials.method == AuthMethod::None {
        return Err(refuse(Cause::ClientAuthMissing, "the client must authenticate"));
    }
    if let Some(only) = client.settings.auth_method.filter(|only| *only != credentials.method) {
        return Err(failed(Cause::ClientAuthMethod)
            .compared("client authentication", (credentials.method.as_str(), only.as_str())));
    }
    match &credentials.secret {
        Some(secret) if knows(client, secret) => Ok(()),
        Some(_) => Err(failed(Cause::ClientSecretWrong).with("sent", credentials.method.as_str())),
        None => Err(refuse(Cause::ClientAuthMissing, "the client must authenticate")),
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

    use super::{Sent, read};
    use crate::domain::{AuthMethod, Cause};

    #[test]
    fn basic_is_read_whatever_the_case_of_its_name() {
        let header = format!("bAsIc {}", BASE64_STANDARD.encode("netbox:a:b"));
        let sent = Sent { authorization: Some(&header), ..Sent::default() };
        let credentials = read(&sent).unwrap();
        assert_eq!(credentials.client_id, "netbox");
        assert_eq!(credentials.secret.unwrap().expose(), "a:b");
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
        };
        assert_eq!(read(&sent).unwrap_err().cause, Cause::ClientAuthMethod);
    }
}
