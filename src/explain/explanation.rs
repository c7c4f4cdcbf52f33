//! What each cause means: for the administrator in full, for the person in what they may know.

use serde::Serialize;

use super::causes::{
    access, assertion, backchannel, certificate, device, dpop, exchange, logout, notice,
    person_assertion, pushed, registration, request, rich, signin, token,
};
use crate::domain::Cause;

/// A cause in words. In `fix`, `CLIENT`, `USER`, `GROUP` and `URI` stand for names to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// A heading.
    pub title: &'static str,
    /// For the administrator: what happened, and why it usually does.
    pub meaning: &'static str,
    /// For the administrator: what to do.
    pub fix: &'static str,
    /// For whoever sees the page: nothing registered, nothing about anybody's account.
    pub person: &'static str,
    /// For the administrator to send to the person.
    pub reply: &'static str,
}

/// What `cause` means. A new cause does not compile without its words.
pub fn explanation(cause: Cause) -> &'static Explanation {
    match cause {
        Cause::UnknownClient => &request::UNKNOWN_CLIENT,
        Cause::ClientDisabled => &request::CLIENT_DISABLED,
        Cause::RedirectUriMissing => &request::REDIRECT_URI_MISSING,
        Cause::RedirectUriMismatch => &request::REDIRECT_URI_MISMATCH,
        Cause::MalformedRequest => &request::MALFORMED_REQUEST,
        Cause::UnsupportedResponseType => &request::UNSUPPORTED_RESPONSE_TYPE,
        Cause::ResponseTypeNotAllowed => &request::RESPONSE_TYPE_NOT_ALLOWED,
        Cause::UnsupportedResponseMode => &request::UNSUPPORTED_RESPONSE_MODE,
        Cause::RequestObjectUnsupported => &request::REQUEST_OBJECT_UNSUPPORTED,
        Cause::RequestObjectInvalid => &pushed::REQUEST_OBJECT_INVALID,
        Cause::SignedRequestRequired => &pushed::SIGNED_REQUEST_REQUIRED,
        Cause::RequestObjectUnreadable => &pushed::REQUEST_OBJECT_UNREADABLE,
        Cause::EncryptedRequestRequired => &pushed::ENCRYPTED_REQUEST_REQUIRED,
        Cause::RequestUriUnreachable => &pushed::REQUEST_URI_UNREACHABLE,
        Cause::RequestUriUnsupported => &request::REQUEST_URI_UNSUPPORTED,
        Cause::RequestUriUnknown => &pushed::REQUEST_URI_UNKNOWN,
        Cause::RequestUriExpired => &pushed::REQUEST_URI_EXPIRED,
        Cause::RequestUriUsed => &pushed::REQUEST_URI_USED,
        Cause::PushedRequestRequired => &pushed::PUSHED_REQUEST_REQUIRED,
        Cause::NonceMissing => &request::NONCE_MISSING,
        Cause::PromptContradiction => &request::PROMPT_CONTRADICTION,
        Cause::MaxAgeMalformed => &request::MAX_AGE_MALFORMED,
        Cause::PkceMissing => &request::PKCE_MISSING,
        Cause::PkcePlain => &request::PKCE_PLAIN,
        Cause::PkceMalformed => &request::PKCE_MALFORMED,
        Cause::LoginRequired => &signin::LOGIN_REQUIRED,
        Cause::SignInTooOld => &signin::SIGN_IN_TOO_OLD,
        Cause::ConsentRequired => &signin::CONSENT_REQUIRED,
        Cause::LoginCancelled => &signin::LOGIN_CANCELLED,
        Cause::ConsentRefused => &signin::CONSENT_REFUSED,
        Cause::NoScopeMap => &signin::NO_SCOPE_MAP,
        Cause::BadIdTokenHint => &signin::BAD_ID_TOKEN_HINT,
        Cause::OtherPerson => &signin::OTHER_PERSON,
        Cause::RequestExpired => &signin::REQUEST_EXPIRED,
        Cause::FormRejected => &signin::FORM_REJECTED,
        Cause::UnknownUser => &signin::UNKNOWN_USER,
        Cause::WrongPassword => &signin::WRONG_PASSWORD,
        Cause::NoPassword => &signin::NO_PASSWORD,
        Cause::UserDisabled => &signin::USER_DISABLED,
        Cause::Throttled => &signin::THROTTLED,
        Cause::Overloaded => &signin::OVERLOADED,
        Cause::LinkExpired => &signin::LINK_EXPIRED,
        Cause::WeakPassword => &signin::WEAK_PASSWORD,
        Cause::ClientAuthMissing => &token::CLIENT_AUTH_MISSING,
        Cause::ClientAuthMethod => &token::CLIENT_AUTH_METHOD,
        Cause::ClientSecretWrong => &token::CLIENT_SECRET_WRONG,
        Cause::ClientAssertionMalformed => &assertion::MALFORMED,
        Cause::ClientAssertionKey => &assertion::KEY,
        Cause::ClientAssertionClaims => &assertion::CLAIMS,
        Cause::ClientAssertionAudience => &assertion::AUDIENCE,
        Cause::ClientAssertionTime => &assertion::TIME,
        Cause::ClientAssertionReplayed => &assertion::REPLAYED,
        Cause::ClientAlgorithmRefused => &assertion::ALGORITHM_REFUSED,
        Cause::CertificateMissing => &certificate::MISSING,
        Cause::CertificateMismatch => &certificate::MISMATCH,
        Cause::AcrNotMet => &request::ACR_NOT_MET,
        Cause::DpopProofMissing => &dpop::MISSING,
        Cause::DpopProofInvalid => &dpop::INVALID,
        Cause::DpopProofTime => &dpop::TIME,
        Cause::DpopProofReplayed => &dpop::REPLAYED,
        Cause::DpopKeyMismatch => &dpop::KEY_MISMATCH,
        Cause::DpopNonce => &dpop::NONCE,
        Cause::ClientKeysUnreachable => &assertion::KEYS_UNREACHABLE,
        Cause::RegistrationOff => &registration::OFF,
        Cause::RegistrationTokenRefused => &registration::TOKEN_REFUSED,
        Cause::RegistrationAccessRefused => &registration::ACCESS_REFUSED,
        Cause::RegistrationKept => &registration::KEPT,
        Cause::ClientMetadataInvalid => &registration::METADATA_INVALID,
        Cause::RedirectUriNotRegistrable => &registration::REDIRECT_URI,
        Cause::SectorIdentifierInvalid => &registration::SECTOR,
        Cause::SoftwareStatementInvalid => &registration::STATEMENT_INVALID,
        Cause::SoftwareStatementUnapproved => &registration::STATEMENT_UNAPPROVED,
        Cause::ClientDocumentRefused => &registration::DOCUMENT,
        Cause::RegistrationLimit => &registration::LIMIT,
        Cause::EncryptionKeyMissing => &rich::ENCRYPTION_KEY_MISSING,
        Cause::ResourceNotAllowed => &rich::RESOURCE_NOT_ALLOWED,
        Cause::ResourceExceeded => &rich::RESOURCE_EXCEEDED,
        Cause::AuthorizationDetailsMalformed => &rich::DETAILS_MALFORMED,
        Cause::AuthorizationDetailsType => &rich::DETAILS_TYPE,
        Cause::AuthorizationDetailsExceeded => &rich::DETAILS_EXCEEDED,
        Cause::UnsupportedGrantType => &token::UNSUPPORTED_GRANT_TYPE,
        Cause::GrantNotAllowed => &token::GRANT_NOT_ALLOWED,
        Cause::CodeUnknown => &token::CODE_UNKNOWN,
        Cause::CodeExpired => &token::CODE_EXPIRED,
        Cause::CodeReused => &token::CODE_REUSED,
        Cause::CodeOtherClient => &token::CODE_OTHER_CLIENT,
        Cause::CodeOtherRedirectUri => &token::CODE_OTHER_REDIRECT_URI,
        Cause::PkceVerifierMissing => &token::PKCE_VERIFIER_MISSING,
        Cause::PkceVerifierWrong => &token::PKCE_VERIFIER_WRONG,
        Cause::PkceVerifierUnexpected => &token::PKCE_VERIFIER_UNEXPECTED,
        Cause::GrantRevoked => &token::GRANT_REVOKED,
        Cause::DeviceCodeUnknown => &device::CODE_UNKNOWN,
        Cause::DeviceCodeOtherClient => &device::CODE_OTHER_CLIENT,
        Cause::DeviceCodeExpired => &device::CODE_EXPIRED,
        Cause::DeviceCodeUsed => &device::CODE_USED,
        Cause::DeviceDenied => &device::DENIED,
        Cause::AuthorizationPending => &device::PENDING,
        Cause::PolledTooFast => &device::TOO_FAST,
        Cause::UserCodeUnknown => &device::USER_CODE_UNKNOWN,
        Cause::BackchannelHints => &backchannel::HINTS,
        Cause::LoginHintToken => &backchannel::HINT_TOKEN,
        Cause::BackchannelUserUnknown => &backchannel::USER_UNKNOWN,
        Cause::BackchannelScope => &backchannel::SCOPE,
        Cause::BackchannelExpiry => &backchannel::EXPIRY,
        Cause::BindingMessageInvalid => &backchannel::MESSAGE,
        Cause::BackchannelReplayed => &backchannel::REPLAYED,
        Cause::BackchannelFlood => &backchannel::FLOOD,
        Cause::BackchannelUnknown => &backchannel::UNKNOWN,
        Cause::BackchannelOtherClient => &backchannel::OTHER_CLIENT,
        Cause::BackchannelExpired => &backchannel::EXPIRED,
        Cause::BackchannelUsed => &backchannel::USED,
        Cause::BackchannelDenied => &backchannel::DENIED,
        Cause::SubjectTokenInvalid => &exchange::SUBJECT,
        Cause::ActorTokenInvalid => &exchange::ACTOR,
        Cause::TokenTypeUnsupported => &exchange::TOKEN_TYPE,
        Cause::ExchangeNotAllowed => &exchange::NOT_ALLOWED,
        Cause::ExchangeAudience => &exchange::AUDIENCE,
        Cause::AssertionIssuer => &person_assertion::ISSUER,
        Cause::AssertionKey => &person_assertion::KEY,
        Cause::AssertionClaims => &person_assertion::CLAIMS,
        Cause::AssertionTime => &person_assertion::TIME,
        Cause::AssertionReplayed => &person_assertion::REPLAYED,
        Cause::AssertionPerson => &person_assertion::PERSON,
        Cause::RefreshUnknown => &token::REFRESH_UNKNOWN,
        Cause::RefreshExpired => &token::REFRESH_EXPIRED,
        Cause::RefreshReused => &token::REFRESH_REUSED,
        Cause::RefreshOtherClient => &token::REFRESH_OTHER_CLIENT,
        Cause::ScopeExceeded => &token::SCOPE_EXCEEDED,
        Cause::CodeNeverRedeemed => &token::CODE_NEVER_REDEEMED,
        Cause::RestartedAfterTokens => &notice::RESTARTED_AFTER_TOKENS,
        Cause::WrongHost => &notice::WRONG_HOST,
        Cause::DoubledSlashes => &notice::DOUBLED_SLASHES,
        Cause::FetchedByScript => &notice::FETCHED_BY_SCRIPT,
        Cause::ScopeIgnored => &notice::SCOPE_IGNORED,
        Cause::OpenidMissing => &notice::OPENID_MISSING,
        Cause::TokenMissing => &access::TOKEN_MISSING,
        Cause::TokenUnknown => &access::TOKEN_UNKNOWN,
        Cause::TokenExpired => &access::TOKEN_EXPIRED,
        Cause::TokenRevoked => &access::TOKEN_REVOKED,
        Cause::InsufficientScope => &access::INSUFFICIENT_SCOPE,
        Cause::LogoutAddressRefused => &logout::ADDRESS_REFUSED,
        Cause::LogoutUnreachable => &logout::UNREACHABLE,
        Cause::LogoutNotTrusted => &logout::NOT_TRUSTED,
        Cause::LogoutNotAccepted => &logout::NOT_ACCEPTED,
        Cause::PostLogoutUriMismatch => &access::POST_LOGOUT_URI_MISMATCH,
        Cause::NotFound => &access::NOT_FOUND,
        Cause::ServerError => &access::SERVER_ERROR,
    }
}

/// The cause with this stable code, if the code is one of ours.
pub fn cause(code: &str) -> Option<Cause> {
    Cause::ALL.iter().copied().find(|cause| cause.code() == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_told_in_whole_sentences() {
        for cause in Cause::ALL {
            let told = explanation(*cause);
            assert!(!told.title.is_empty() && !told.title.ends_with('.'), "{cause}: a heading");
            for text in [told.meaning, told.fix, told.person, told.reply] {
                assert!(text.len() > 10 && text.ends_with('.'), "{cause}: {text}");
                assert!(text.starts_with(|c: char| c.is_uppercase()), "{cause}: {text}");
                assert!(!text.contains("  ") && !text.contains('\n'), "{cause}: {text}");
            }
        }
    }

    #[test]
    fn no_two_causes_share_a_heading() {
        for (n, cause) in Cause::ALL.iter().enumerate() {
            for other in &Cause::ALL[n + 1..] {
                assert_ne!(explanation(*cause).title, explanation(*other).title);
            }
        }
    }

    #[test]
    fn a_fix_is_one_sentence() {
        for cause in Cause::ALL {
            let fix = explanation(*cause).fix;
            let ends = fix.matches(". ").count();
            assert_eq!(ends, 0, "{cause}: {fix}");
        }
    }

    #[test]
    fn a_failed_sign_in_does_not_tell_whether_the_account_exists() {
        for cause in
            [Cause::UnknownUser, Cause::WrongPassword, Cause::NoPassword, Cause::UserDisabled]
        {
            let person = explanation(cause).person;
            assert_eq!(person, "That name and password do not match.", "{cause}");
        }
    }

    #[test]
    fn the_person_reads_no_commands_and_no_technical_names() {
        for cause in Cause::ALL {
            let told = explanation(*cause);
            let person = format!("{} {}", told.person, told.reply);
            for word in ["keystead ", "redirect_uri", "PKCE", "`", "CLIENT", "_", "secret"] {
                assert!(!person.contains(word), "{cause}: {person}");
            }
        }
    }

    #[test]
    fn a_code_finds_its_cause() {
        assert_eq!(cause("no_scope_map"), Some(Cause::NoScopeMap));
        assert_eq!(cause("made_up"), None);
    }
}
