//! How we talk to one client. Stored as JSON, so that a new switch needs no migration.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Algorithm, CertificateSubject, ContentEncryption, DAY, GrantType, HOUR, KeyAlgorithm,
    KeyManagement, MINUTE, MayAct, ResponseType, TrustedIssuer,
};

/// The switches of a client; every field has a default that is right for most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// What signs its ID tokens (and its JWT access tokens).
    pub alg: Algorithm,
    /// What its access tokens look like.
    pub access_token: AccessTokenFormat,
    /// Whether it must use PKCE. A public client always must.
    pub pkce: Pkce,
    /// The one way it authenticates; `None` accepts `client_secret_basic` and `client_secret_post`.
    pub auth_method: Option<AuthMethod>,
    /// Whom its assertions must be addressed to.
    pub assertion_audience: AssertionAudience,
    /// What its own keys may sign with.
    pub client_algs: ClientAlgs,
    /// Its public keys, a JWK set (RFC 7517 5).
    pub jwks: Option<Map<String, Value>>,
    /// Where it publishes its keys, in place of `jwks`.
    pub jwks_uri: Option<String>,
    /// What it may ask for at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// What it may ask the authorization endpoint for. All but `code` also need
    /// `oidc.front_channel_tokens`.
    pub response_types: Vec<ResponseType>,
    /// Whether its requests must be pushed first (RFC 9126).
    pub pushed_requests: PushedRequests,
    /// Whether it must sign its requests, or encrypt them, too (RFC 9101).
    pub signed_requests: SignedRequests,
    /// How it may encrypt its requests: we keep a key for that.
    pub request_object_encryption_alg: Option<KeyManagement>,
    /// Whether its tokens must be bound to a key (RFC 9449).
    pub dpop: Dpop,
    /// Whom its certificate must name where it authenticates by one (RFC 8705 2.1).
    pub certificate_subject: Option<CertificateSubject>,
    /// Whether its tokens are bound to its certificate (RFC 8705 3).
    pub certificate_bound_tokens: bool,
    /// Addresses of signed requests that it may name, with their fragments.
    pub request_uris: Vec<String>,
    /// Clients whose tokens it may exchange (RFC 8693).
    pub token_exchange: Vec<String>,
    /// Clients for which it may get tokens in exchange, beside itself.
    pub exchange_for: Vec<String>,
    /// In whose name it acts with such tokens.
    pub may_act: MayAct,
    /// Whose assertions of people it may bring (RFC 7523 2.1).
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// What signs its userinfo; plain JSON where it is `None` (OpenID Connect Core 5.3.2).
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// What signs what introspection tells it; its `alg` where it is `None` (RFC 9701 6).
    pub introspection_signed_response_alg: Option<Algorithm>,
    /// How its ID tokens are encrypted to a key of its own, if they are.
    pub id_token_encrypted_response_alg: Option<KeyManagement>,
    /// How the content of its ID tokens is encrypted.
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// How its userinfo is encrypted to a key of its own, if it is.
    pub userinfo_encrypted_response_alg: Option<KeyManagement>,
    /// How the content of its userinfo is encrypted.
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// Resources that it may ask tokens for (RFC 8707).
    pub resources: Vec<String>,
    /// Types of authorization details that it may use (RFC 9396).
    pub authorization_details_types: Vec<String>,
    /// What its tokens call a person.
    pub sub: SubMode,
    /// What `preferred_username` looks like.
    pub username: UsernameFormat,
    /// Seconds by which `iat` lies in the past, against clocks that run behind; 0 to 30.
    pub iat_backdate: i64,
    /// Seconds a code waits to be redeemed; at most 60.
    pub code_lifetime: i64,
    /// Seconds an access token works.
    pub access_token_lifetime: i64,
    /// Seconds an ID token is valid.
    pub id_token_lifetime: i64,
    /// Seconds a refresh token waits for its next use.
    pub refresh_token_lifetime: i64,
    /// Whether each use of a refresh token replaces it.
    pub rotate_refresh_tokens: bool,
    /// Seconds in which a replaced refresh token still works, for answers lost on the way.
    pub refresh_grace: i64,
    /// Where it is told that a session ended (Back-Channel Logout 1.0).
    pub backchannel_logout_uri: Option<String>,
    /// Whether it must be told which session; it is told anyway where one ended.
    pub backchannel_logout_session_required: bool,
    /// Where the browser tells it that its session ended (Front-Channel Logout 1.0).
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it must be told which session; it always is.
    pub frontchannel_logout_session_required: bool,
    /// Where the application starts, for the portal.
    pub launch_url: Option<String>,
    /// The application's own base URL, from which a template derived the rest.
    pub app_url: Option<String>,
    /// The template it was made from.
    pub template: Option<String>,
    /// Shown on login and consent pages.
    pub logo_uri: Option<String>,
    /// Shown on login and consent pages.
    pub policy_uri: Option<String>,
    /// Shown on login and consent pages.
    pub tos_uri: Option<String>,
    /// Whom to ask for access, shown to people who have none.
    pub contact: Option<String>,
    /// Where a sign-in may be begun for it (OpenID Connect Core 4): the portal does.
    pub initiate_login_uri: Option<String>,
    /// Seconds since the last sign-in that are still well, where a request does not say.
    pub default_max_age: Option<i64>,
    /// Whose host names the sector of its pairwise subjects (OpenID Connect Core 8.1).
    pub sector_identifier_uri: Option<String>,
}

impl Default for ClientSettings {
    fn default() -> ClientSettings {
        ClientSettings {
            alg: Algorithm::RS256,
            access_token: AccessTokenFormat::Opaque,
            pkce: Pkce::Required,
            auth_method: None,
            assertion_audience: AssertionAudience::Endpoints,
            client_algs: ClientAlgs::Any,
            jwks: None,
            jwks_uri: None,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_types: vec![ResponseType::Code],
            pushed_requests: PushedRequests::Optional,
            signed_requests: SignedRequests::Optional,
            request_object_encryption_alg: None,
            dpop: Dpop::Optional,
            certificate_subject: None,
            certificate_bound_tokens: false,
            request_uris: Vec::new(),
            token_exchange: Vec::new(),
            exchange_for: Vec::new(),
            may_act: MayAct::Delegate,
            trusted_issuers: Vec::new(),
            userinfo_signed_response_alg: None,
            introspection_signed_response_alg: None,
            id_token_encrypted_response_alg: None,
            id_token_encrypted_response_enc: None,
            userinfo_encrypted_response_alg: None,
            userinfo_encrypted_response_enc: None,
            resources: Vec::new(),
            authorization_details_types: Vec::new(),
            sub: SubMode::Uuid,
            username: UsernameFormat::Short,
            iat_backdate: 5,
            code_lifetime: MINUTE,
            access_token_lifetime: HOUR,
            id_token_lifetime: HOUR,
            refresh_token_lifetime: 30 * DAY,
            rotate_refresh_tokens: true,
            refresh_grace: 10,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            launch_url: None,
            app_url: None,
            template: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            contact: None,
            initiate_login_uri: None,
            default_max_age: None,
            sector_identifier_uri: None,
        }
    }
}

impl ClientSettings {
    /// Every kind of key of ours that the client needs: what something for it is signed with, and what
    /// its requests are encrypted to.
    pub fn algorithms(&self) -> impl Iterator<Item = KeyAlgorithm> + use<> {
        let rarely = [self.userinfo_signed_response_alg, self.introspection_signed_response_alg];
        let signs = std::iter::once(self.alg).chain(rarely.into_iter().flatten());
        let reads = self.request_object_encryption_alg;
        signs.map(KeyAlgorithm::from).chain(reads.map(KeyAlgorithm::from))
    }

    /// What signs what introspection tells it.
    pub fn introspection_alg(&self) -> Algorithm {
        self.introspection_signed_response_alg.unwrap_or(self.alg)
    }

    /// How ID tokens are encrypted, if they are.
    pub fn id_token_encryption(&self) -> Option<(KeyManagement, ContentEncryption)> {
        let enc = self.id_token_encrypted_response_enc.unwrap_or_default();
        self.id_token_encrypted_response_alg.map(|alg| (alg, enc))
    }

    /// How userinfo is encrypted, if it is.
    pub fn userinfo_encryption(&self) -> Option<(KeyManagement, ContentEncryption)> {
        let enc = self.userinfo_encrypted_response_enc.unwrap_or_default();
        self.userinfo_encrypted_response_alg.map(|alg| (alg, enc))
    }

    /// Whether people sign in to it.
    pub fn signs_people_in(&self) -> bool {
        self.grant_types.iter().any(|grant| grant.brings_people())
    }
}

/// What an access token looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// A random string that only we can read.
    Opaque,
    /// RFC 9068 `at+jwt`.
    Jwt,
}

/// Whether PKCE (RFC 7636) is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    /// Requests without it are refused.
    Required,
    /// Used where the client offers it; social-core before 4.8.7 cannot.
    Optional,
}

/// Whether authorization requests must be pushed (RFC 9126).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushedRequests {
    /// They may be.
    Optional,
    /// Those that come through the browser are refused.
    Required,
}

/// Whether authorization requests must be signed (RFC 9101).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedRequests {
    /// They may be.
    Optional,
    /// Those that are not are refused.
    Required,
    /// Those that are not encrypted, too, are refused.
    Encrypted,
}

/// Whether tokens are bound to a key that the client proves to hold (RFC 9449).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dpop {
    /// Where it sends a proof.
    Optional,
    /// Requests without a proof are refused.
    Required,
    /// Each proof must carry a nonce of ours, too (RFC 9449 8).
    Nonce,
}

/// How a client authenticates, OpenID Connect Core 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// In the `Authorization` header.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
    /// A JWT signed with the secret.
    ClientSecretJwt,
    /// A JWT signed with a key of its own.
    PrivateKeyJwt,
    /// With a certificate that an authority vouches for (RFC 8705 2.1).
    TlsClientAuth,
    /// With a certificate of its own making (RFC 8705 2.2).
    SelfSignedTlsClientAuth,
    /// Not at all: public clients.
    None,
}

impl AuthMethod {
    /// Whether a client that authenticates so needs no secret.
    pub fn is_without_secret(self) -> bool {
        use AuthMethod::{None, PrivateKeyJwt, SelfSignedTlsClientAuth, TlsClientAuth};
        matches!(self, None | PrivateKeyJwt | SelfSignedTlsClientAuth | TlsClientAuth)
    }

    /// As metadata spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            AuthMethod::ClientSecretBasic => "client_secret_basic",
            AuthMethod::ClientSecretPost => "client_secret_post",
            AuthMethod::ClientSecretJwt => "client_secret_jwt",
            AuthMethod::PrivateKeyJwt => "private_key_jwt",
            AuthMethod::TlsClientAuth => "tls_client_auth",
            AuthMethod::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            AuthMethod::None => "none",
        }
    }
}

/// Whom a client's assertions must be addressed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer or the endpoint, alone or in a list.
    Endpoints,
    /// The issuer alone, as FAPI 2.0 has it.
    Issuer,
}

/// What a client may sign its assertions and requests with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAlgs {
    /// Whatever its keys can do, RS256 too.
    Any,
    /// PS256, ES256, ES384 or EdDSA (FAPI 2.0 5.4.1).
    Fapi,
}

/// What `sub` is for a client. It must never change once people have signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SubMode {
    /// Our own identifier of the person.
    #[default]
    Uuid,
    /// The username.
    Username,
    /// The e-mail address.
    Email,
    /// What the named source called the person; our own identifier for people it did not know.
    External(String),
    /// Another value for each sector, OpenID Connect Core 8.1.
    Pairwise,
}

impl From<SubMode> for String {
    fn from(mode: SubMode) -> String {
        match mode {
            SubMode::Uuid => "uuid".into(),
            SubMode::Username => "username".into(),
            SubMode::Email => "email".into(),
            SubMode::Pairwise => "pairwise".into(),
            SubMode::External(source) => format!("external:{source}"),
        }
    }
}

impl TryFrom<String> for SubMode {
    type Error = String;
    fn try_from(text: String) -> Result<SubMode, String> {
        match text.as_str() {
            "uuid" => Ok(SubMode::Uuid),
            "username" => Ok(SubMode::Username),
            "email" => Ok(SubMode::Email),
            "pairwise" => Ok(SubMode::Pairwise),
            other => match other.strip_prefix("external:") {
                Some(source) if !source.is_empty() => Ok(SubMode::External(source.to_owned())),
                _ => Err(format!(
                    "'{other}' is not a sub mode; use uuid, username, email, pairwise or external:SOURCE"
                )),
            },
        }
    }
}

impl std::str::FromStr for SubMode {
    type Err = String;
    fn from_str(text: &str) -> Result<SubMode, String> {
        SubMode::try_from(text.to_owned())
    }
}

/// What `preferred_username` looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsernameFormat {
    /// `alice`.
    Short,
    /// `alice@id.example.com`, as Kanidm sends it.
    Spn,
}
