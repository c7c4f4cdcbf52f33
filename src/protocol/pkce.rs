//! Proof Key for Code Exchange, RFC 7636. Only S256; `plain` proves nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{ErrorCode, OAuthError};
use crate::domain::{Cause, Client, Pkce};

/// Checks what an authorization request sends (RFC 7636 4.3, RFC 9700 2.1.1).
///
/// # Errors
/// `invalid_request` where PKCE is demanded and missing, or is not S256.
pub fn check_challenge(
    client: &Client,
    challenge: Option<&str>,
    method: Option<&str>,
) -> Result<(), OAuthError> {
    let refuse = |cause, text| Err(OAuthError::new(ErrorCode::InvalidRequest, cause, text));
    let required = client.public || client.settings.pkce == Pkce::Required;
    match (challenge, method) {
        (None, None) if required => refuse(Cause::PkceMissing, "code_challenge is required"),
        (None, None) => Ok(()),
        (None, Some(_)) => {
            refuse(Cause::PkceMissing, "code_challenge_method without code_challenge")
        }
        (Some(challenge), Some("S256")) if is_challenge(challenge) => Ok(()),
        (Some(_), Some("S256")) => {
            refuse(Cause::PkceMalformed, "code_challenge must be 43 characters of base64url")
        }
        (Some(_), method) => {
            let text = "code_challenge_method must be S256";
            Err(OAuthError::new(ErrorCode::InvalidRequest, Cause::PkcePlain, text)
                .compared("code_challenge_method", (method.unwrap_or("none"), "S256")))
        }
    }
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
}

/// Checks what a token request sends: a verifier must answer a challenge, and only a challenge
/// (RFC 7636 4.6, RFC 9700 2.1.1).
///
/// # Errors
/// `invalid_grant`.
pub fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    let refuse = |cause, text| Err(OAuthError::new(ErrorCode::InvalidGrant, cause, text));
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => refuse(Cause::PkceVerifierMissing, "code_verifier is required"),
        (None, Some(_)) => {
            refuse(Cause::PkceVerifierUnexpected, "code_verifier without code_challenge")
        }
        (Some(challenge), Some(verifier)) => {
            let answer = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            if answer.as_bytes().ct_eq(challenge.as_bytes()).into() {
                Ok(())
            } else {
                refuse(Cause::PkceVerifierWrong, "code_verifier does not match")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_challenge, verify};

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge));
        let verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert!(verify(Some(challenge), verifier).is_ok());
        assert!(verify(Some(challenge), Some("another")).is_err());
        assert!(verify(Some(challenge), None).is_err());
        assert!(verify(None, Some("unasked")).is_err());
        assert!(verify(None, None).is_ok());
    }
}
