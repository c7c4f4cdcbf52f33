//! Why something was refused: the stable code that the log, the flow and the error page share.
//! What each means in words, and how to mend it, stands in `explain`.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// A stable reason code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Cause {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Cause {
            /// Every cause, for documentation and tests.
            pub const ALL: &[Cause] = &[$(Cause::$name),*];

            /// The code, as shown and stored.
            pub fn code(self) -> &'static str {
                match self { $(Cause::$name => $code),* }
            }
        }
    };
}

causes! {
    /// No client has this `client_id`.
    UnknownClient = "unknown_client",
    /// An administrator closed the client.
    ClientDisabled = "client_disabled",
    /// The request names no `redirect_uri`.
    RedirectUriMissing = "redirect_uri_missing",
    /// The `redirect_uri` is not one the client registered.
    RedirectUriMismatch = "redirect_uri_mismatch",
    /// A parameter is missing, doubled or malformed.
    MalformedRequest = "malformed_request",
    /// This `response_type` is not served.
    UnsupportedResponseType = "unsupported_response_type",
    /// The client may not use this `response_type`.
    ResponseTypeNotAllowed = "response_type_not_allowed",
    /// This `response_mode` is not served, or not with this response type.
    UnsupportedResponseMode = "unsupported_response_mode",
    /// The client registered no keys to sign requests with.
    RequestObjectUnsupported = "request_not_supported",
    /// The signed request is not the client's, or says what it must not.
    RequestObjectInvalid = "request_object_invalid",
    /// The client must sign its requests and did not.
    SignedRequestRequired = "signed_request_required",
    /// The request object is encrypted to no key of ours.
    RequestObjectUnreadable = "request_object_unreadable",
    /// The client must encrypt its requests and did not.
    EncryptedRequestRequired = "encrypted_request_required",
    /// The `request_uri` is neither pushed nor registered.
    RequestUriUnsupported = "request_uri_not_supported",
    /// The `request_uri` could not be fetched.
    RequestUriUnreachable = "request_uri_unreachable",
    /// The `request_uri` was not given to this client.
    RequestUriUnknown = "request_uri_unknown",
    /// The `request_uri` came too late.
    RequestUriExpired = "request_uri_expired",
    /// The `request_uri` was answered before.
    RequestUriUsed = "request_uri_used",
    /// The client must push its requests and did not.
    PushedRequestRequired = "pushed_request_required",
    /// An ID token was asked for through the browser without a `nonce`.
    NonceMissing = "nonce_missing",
    /// `prompt=none` stands beside another value.
    PromptContradiction = "prompt_contradiction",
    /// `max_age` is no number of seconds.
    MaxAgeMalformed = "max_age_malformed",
    /// The client must use PKCE and did not.
    PkceMissing = "pkce_missing",
    /// Only S256 is served.
    PkcePlain = "pkce_plain",
    /// The challenge is no SHA-256.
    PkceMalformed = "pkce_malformed",
    /// Nobody is signed in, and nobody may be asked.
    LoginRequired = "login_required",
    /// The sign-in is older than `max_age` allows, and nobody may be asked.
    SignInTooOld = "sign_in_too_old",
    /// Somebody would have to consent, and nobody may be asked.
    ConsentRequired = "consent_required",
    /// The person pressed cancel on the login page.
    LoginCancelled = "login_cancelled",
    /// The person did not consent.
    ConsentRefused = "consent_refused",
    /// No scope map lets the person use the client.
    NoScopeMap = "no_scope_map",
    /// The `id_token_hint` is not a token of ours for this client.
    BadIdTokenHint = "bad_id_token_hint",
    /// Another person than the `id_token_hint` names signed in.
    OtherPerson = "other_person",
    /// The login or consent page was left open too long, or its address was changed.
    RequestExpired = "request_expired",
    /// A form came without its token: an old page, blocked cookies, or another site.
    FormRejected = "form_rejected",
    /// No account has this name.
    UnknownUser = "unknown_user",
    /// The account exists and the password is wrong.
    WrongPassword = "wrong_password",
    /// The account has no password.
    NoPassword = "no_password",
    /// The account is closed.
    UserDisabled = "user_disabled",
    /// Too many failures lately.
    Throttled = "throttled",
    /// More passwords are waiting to be checked than can be.
    Overloaded = "overloaded",
    /// A link was used, withdrawn or is too old.
    LinkExpired = "link_expired",
    /// A new password breaks the rules.
    WeakPassword = "weak_password",
    /// The client did not authenticate.
    ClientAuthMissing = "client_auth_missing",
    /// The client authenticated in a way it is not set to, or in two at once.
    ClientAuthMethod = "client_auth_method",
    /// The client secret is wrong.
    ClientSecretWrong = "client_secret_wrong",
    /// The client assertion is no signed token.
    ClientAssertionMalformed = "client_assertion_malformed",
    /// No key of the client made the signature of its assertion.
    ClientAssertionKey = "client_assertion_key",
    /// The assertion names somebody else, or lacks a claim.
    ClientAssertionClaims = "client_assertion_claims",
    /// The assertion is addressed to somebody else.
    ClientAssertionAudience = "client_assertion_audience",
    /// The assertion is too old, too long-lived or not valid yet.
    ClientAssertionTime = "client_assertion_time",
    /// The assertion came a second time.
    ClientAssertionReplayed = "client_assertion_replayed",
    /// The client signed with an algorithm that it may not use.
    ClientAlgorithmRefused = "client_algorithm_refused",
    /// The client must show a certificate and showed none.
    CertificateMissing = "certificate_missing",
    /// The certificate is not the client's, or not the one that a token is bound to.
    CertificateMismatch = "certificate_mismatch",
    /// The `acr` that a request needs is not reached here.
    AcrNotMet = "acr_not_met",
    /// A proof of possession is needed and none came.
    DpopProofMissing = "dpop_proof_missing",
    /// A proof of possession is no proof, or one of another request.
    DpopProofInvalid = "dpop_proof_invalid",
    /// A proof of possession is too old, or not valid yet.
    DpopProofTime = "dpop_proof_time",
    /// A proof of possession came a second time.
    DpopProofReplayed = "dpop_proof_replayed",
    /// A code or token is bound to another key than the one that was proved.
    DpopKeyMismatch = "dpop_key_mismatch",
    /// A proof of possession must carry our nonce.
    DpopNonce = "dpop_nonce",
    /// The client's keys could not be fetched.
    ClientKeysUnreachable = "client_keys_unreachable",
    /// Clients may not register themselves here.
    RegistrationOff = "registration_off",
    /// The initial access token is missing, none of ours, too old, or used up.
    RegistrationTokenRefused = "registration_token_refused",
    /// The registration access token is missing, or not that of the client.
    RegistrationAccessRefused = "registration_access_refused",
    /// An administrator made the client their own.
    RegistrationKept = "registration_kept",
    /// A member of the metadata is not what it should be.
    ClientMetadataInvalid = "client_metadata_invalid",
    /// A redirect URI may not be registered unseen.
    RedirectUriNotRegistrable = "redirect_uri_not_registrable",
    /// The `sector_identifier_uri` cannot be fetched, or does not list the redirect URIs.
    SectorIdentifierInvalid = "sector_identifier_invalid",
    /// The software statement is no JWT, has expired, or was not signed by its issuer.
    SoftwareStatementInvalid = "software_statement_invalid",
    /// Nobody here trusts the issuer of the software statement.
    SoftwareStatementUnapproved = "software_statement_unapproved",
    /// The document at a `client_id` cannot be fetched, or does not say what it should.
    ClientDocumentRefused = "client_document_refused",
    /// As many clients registered themselves as may.
    RegistrationLimit = "registration_limit",
    /// What the client is told is encrypted, and it has no key to encrypt to.
    EncryptionKeyMissing = "encryption_key_missing",
    /// The `resource` is not one the client may ask for.
    ResourceNotAllowed = "resource_not_allowed",
    /// The token request names a `resource` that was not granted.
    ResourceExceeded = "resource_exceeded",
    /// The `authorization_details` are not as RFC 9396 has them.
    AuthorizationDetailsMalformed = "authorization_details_malformed",
    /// The client may not use this type of authorization details.
    AuthorizationDetailsType = "authorization_details_type",
    /// The token request asks for authorization details that were not granted.
    AuthorizationDetailsExceeded = "authorization_details_exceeded",
    /// No such `grant_type` is served.
    UnsupportedGrantType = "unsupported_grant_type",
    /// The client may not use this `grant_type`.
    GrantNotAllowed = "grant_not_allowed",
    /// No such code was issued here.
    CodeUnknown = "code_unknown",
    /// The code came too late.
    CodeExpired = "code_expired",
    /// The code came a second time.
    CodeReused = "code_reused",
    /// The code was issued to another client.
    CodeOtherClient = "code_other_client",
    /// The `redirect_uri` is not that of the authorization request.
    CodeOtherRedirectUri = "code_other_redirect_uri",
    /// The code was bound by PKCE and no verifier came.
    PkceVerifierMissing = "pkce_verifier_missing",
    /// The verifier does not belong to the challenge.
    PkceVerifierWrong = "pkce_verifier_wrong",
    /// A verifier came for a code that was not bound.
    PkceVerifierUnexpected = "pkce_verifier_unexpected",
    /// What the token hangs off was revoked.
    GrantRevoked = "grant_revoked",
    /// No such device code was issued here.
    DeviceCodeUnknown = "device_code_unknown",
    /// The device code was issued to another client.
    DeviceCodeOtherClient = "device_code_other_client",
    /// Nobody let the device in before its code expired.
    DeviceCodeExpired = "device_code_expired",
    /// The device code came again after its tokens were issued.
    DeviceCodeUsed = "device_code_used",
    /// The person did not let the device in.
    DeviceDenied = "device_denied",
    /// Nobody has decided yet.
    AuthorizationPending = "authorization_pending",
    /// A device asked again before its time.
    PolledTooFast = "polled_too_fast",
    /// No device that waits shows this code.
    UserCodeUnknown = "user_code_unknown",
    /// A request in the back channel names nobody, or several.
    BackchannelHints = "backchannel_hints",
    /// A `login_hint_token` is not read here.
    LoginHintToken = "login_hint_token",
    /// Nobody is called so who could be asked.
    BackchannelUserUnknown = "backchannel_user_unknown",
    /// A request in the back channel does not ask for `openid`.
    BackchannelScope = "backchannel_scope",
    /// The `requested_expiry` is no number of seconds.
    BackchannelExpiry = "backchannel_expiry",
    /// The `binding_message` is nothing that a person could compare.
    BindingMessageInvalid = "binding_message_invalid",
    /// A signed request in the back channel came a second time.
    BackchannelReplayed = "backchannel_replayed",
    /// The client asked for a person too often in vain.
    BackchannelFlood = "backchannel_flood",
    /// No such `auth_req_id` was issued here.
    BackchannelUnknown = "backchannel_unknown",
    /// The `auth_req_id` was issued to another client.
    BackchannelOtherClient = "backchannel_other_client",
    /// The person did not decide in time.
    BackchannelExpired = "backchannel_expired",
    /// The `auth_req_id` came again after its tokens were issued.
    BackchannelUsed = "backchannel_used",
    /// The person did not approve the request.
    BackchannelDenied = "backchannel_denied",
    /// The token that is to be exchanged is not good.
    SubjectTokenInvalid = "subject_token_invalid",
    /// The token of whoever acts is not good, or not the client's own.
    ActorTokenInvalid = "actor_token_invalid",
    /// This type of token is not served in exchange.
    TokenTypeUnsupported = "token_type_unsupported",
    /// The client may not exchange tokens of that client.
    ExchangeNotAllowed = "exchange_not_allowed",
    /// The client may not get tokens for that audience.
    ExchangeAudience = "exchange_audience",
    /// The assertion is of nobody whom the client trusts.
    AssertionIssuer = "assertion_issuer",
    /// No key of its issuer made the signature of the assertion.
    AssertionKey = "assertion_key",
    /// The assertion is for somebody else, or lacks a claim.
    AssertionClaims = "assertion_claims",
    /// The assertion is too old, too long-lived or not valid yet.
    AssertionTime = "assertion_time",
    /// The assertion came a second time.
    AssertionReplayed = "assertion_replayed",
    /// The assertion names nobody who may sign in here.
    AssertionPerson = "assertion_person",
    /// No such refresh token was issued here.
    RefreshUnknown = "refresh_unknown",
    /// The refresh token came too late.
    RefreshExpired = "refresh_expired",
    /// The refresh token came again after it was replaced.
    RefreshReused = "refresh_reused",
    /// The refresh token was issued to another client.
    RefreshOtherClient = "refresh_other_client",
    /// More scopes were asked for than were granted.
    ScopeExceeded = "scope_exceeded",
    /// The request carries no access token.
    TokenMissing = "token_missing",
    /// The access token is not one of ours.
    TokenUnknown = "token_unknown",
    /// The access token is too old.
    TokenExpired = "token_expired",
    /// The access token was revoked.
    TokenRevoked = "token_revoked",
    /// The access token does not open this.
    InsufficientScope = "insufficient_scope",
    /// The `post_logout_redirect_uri` is not one the client registered.
    PostLogoutUriMismatch = "post_logout_redirect_uri_mismatch",
    /// The address for logout tokens is none that may be asked.
    LogoutAddressRefused = "logout_address_refused",
    /// Nobody answers at the address for logout tokens.
    LogoutUnreachable = "logout_unreachable",
    /// Whoever answers there is not trusted.
    LogoutNotTrusted = "logout_not_trusted",
    /// The client did not take the logout token.
    LogoutNotAccepted = "logout_not_accepted",
    /// A code was issued and the client never came for it.
    CodeNeverRedeemed = "code_never_redeemed",
    /// Tokens were issued, and the same person began again within a minute.
    RestartedAfterTokens = "restarted_after_tokens",
    /// The request came for another host than the public URL names.
    WrongHost = "wrong_host",
    /// The path had doubled slashes.
    DoubledSlashes = "doubled_slashes",
    /// A script fetched a page that a browser has to open.
    FetchedByScript = "fetched_by_script",
    /// Scopes were asked for that do not exist or are not allowed.
    ScopeIgnored = "scope_ignored",
    /// The scope `openid` was not asked for.
    OpenidMissing = "openid_missing",
    /// There is no such page.
    NotFound = "not_found",
    /// Something broke on our side.
    ServerError = "server_error",
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
