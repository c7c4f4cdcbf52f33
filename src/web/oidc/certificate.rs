//! Clients that show a certificate, RFC 8705: it proves who they are, or what their tokens are bound to.

use crate::app::App;
use crate::domain::{AuthMethod, Cause, Client, Confirmation};
use crate::jose::Shown;
use crate::protocol::{ErrorCode, OAuthError};
use crate::web::error::Failure;

/// Sees that the certificate is the client's.
///
/// # Errors
/// `invalid_client`.
pub async fn check(
    app: &App,
    (client, method): (&Client, AuthMethod),
    shown: Option<&Shown>,
) -> Result<(), Failure> {
    let refuse = |cause| {
        OAuthError::new(ErrorCode::InvalidClient, cause, "client authentication failed")
            .with("sent", method.as_str())
    };
    let shown = shown.ok_or_else(|| refuse(Cause::CertificateMissing))?;
    let other = |why: String| refuse(Cause::CertificateMismatch).with("why", why);
    if method == AuthMethod::SelfSignedTlsClientAuth {
        let known = app.client_keys.certify(app, client, shown.own()).await;
        return Ok(known.map_err(|untrusted| match untrusted.cause {
            Cause::ClientKeysUnreachable => refuse(untrusted.cause).with("why", untrusted.detail),
            _ => other("no key of the client has this certificate".to_owned()),
        })?);
    }
    let Some(authorities) = &app.authorities else {
        return Err(other("mtls.ca_file names no authority".to_owned()).into());
    };
    authorities.vouch(shown, app.clock.now()).map_err(other)?;
    match &client.settings.certificate_subject {
        Some(subject) if shown.is_of(subject) => Ok(()),
        Some(subject) => {
            let wanted = String::from(subject.clone());
            Err(other(format!("it does not name {wanted}")).into())
        }
        None => Err(other("the client has no certificate_subject".to_owned()).into()),
    }
}

/// What the tokens of the client are bound to.
///
/// # Errors
/// `invalid_request` where it shows no certificate.
pub fn bind(shown: Option<&Shown>) -> Result<Confirmation, OAuthError> {
    let text = "a client certificate is required";
    let missing = || OAuthError::new(ErrorCode::InvalidRequest, Cause::CertificateMissing, text);
    shown.map(|shown| Confirmation::Certificate(shown.thumbprint())).ok_or_else(missing)
}

/// Sees that whoever brings a bound token shows the certificate that it is bound to (RFC 8705 3).
///
/// # Errors
/// `invalid_token`.
pub fn prove(shown: Option<&Shown>, bound: &str) -> Result<(), OAuthError> {
    let refuse = |cause| {
        let text = "the access token is bound to a certificate";
        OAuthError::new(ErrorCode::InvalidToken, cause, text)
    };
    match shown {
        None => Err(refuse(Cause::CertificateMissing)),
        Some(shown) if shown.thumbprint() == bound => Ok(()),
        Some(_) => Err(refuse(Cause::CertificateMismatch)),
    }
}
