//! The sections of the settings, each a type of its own.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::value::Value;
use super::{LogFormat, LogLevel};

/// The certificate chain and its private key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub cert_file: PathBuf,
    /// The private key.
    pub key_file: PathBuf,
}

/// Settings under `metrics`.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// The address that answers `GET /metrics`; none: nothing is served.
    pub listen: Option<SocketAddr>,
}

/// Settings under `log`.
#[derive(Debug, Clone)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// From which level on, and exceptions by module.
    pub level: LogLevel,
}

/// Settings under `password`: the parameters of argon2id.
#[derive(Debug, Clone)]
pub struct Password {
    /// Memory of one hash.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub iterations: u32,
    /// Lanes of one hash.
    pub parallelism: u32,
    /// Hashes computed at one time; the others wait.
    pub max_concurrent: u32,
}

/// Settings under `session`.
#[derive(Debug, Clone)]
pub struct Session {
    /// Signed out after so long without a request.
    pub idle: Duration,
    /// Signed out after so long in any case.
    pub absolute: Duration,
    /// Instead of both, for whoever ticks "remember me".
    pub remember: Duration,
}

/// Settings under `oidc`.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// Whether clients that are set so may get tokens through the browser (implicit and hybrid
    /// flow).
    pub front_channel_tokens: bool,
    /// Whether clients may watch in a frame whether somebody is still signed in.
    pub session_management: bool,
    /// Clients that register themselves.
    pub registration: Registration,
}

/// Settings under `oidc.registration`: clients that register themselves (RFC 7591).
#[derive(Debug, Clone)]
pub struct Registration {
    /// Which may.
    pub policy: RegistrationPolicy,
    /// The group whose members may use clients that came without a token, by name.
    pub group: Option<String>,
    /// How many may be registered at a time.
    pub most: u32,
    /// How many one network may register without a token at once, and again within an hour; not at
    /// all bounded if `None`.
    pub hourly: Option<NonZeroU32>,
    /// How long one that nobody uses is kept; not at all bounded if `None`.
    pub keep_unused: Option<Duration>,
    /// Whether a `client_id` may be the address of a client's metadata.
    pub documents: bool,
    /// Whose software statements are believed.
    pub statements: Vec<StatementIssuer>,
}

/// Somebody whose software statements are believed (RFC 7591 2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementIssuer {
    /// `iss` of the statements.
    pub issuer: String,
    /// Where the keys are that sign them.
    pub jwks_uri: String,
}

/// Which clients may register themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationPolicy {
    /// None.
    Off,
    /// Those that bring an initial access token.
    Token,
    /// Any.
    Open,
}

/// Settings under `mtls`: certificates that clients show (RFC 8705).
#[derive(Debug, Clone)]
pub struct Mtls {
    /// Who asks for them.
    pub mode: MtlsMode,
    /// Where a trusted proxy passes them on.
    pub header: HeaderName,
    /// Authorities that vouch for them, PEM.
    pub ca_file: Option<PathBuf>,
}

/// The name of a header, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(String);

impl HeaderName {
    /// As headers are looked up.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for HeaderName {
    fn parse(text: &str) -> Result<HeaderName, String> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        match !text.is_empty() && text.bytes().all(known) {
            true => Ok(HeaderName(text.to_ascii_lowercase())),
            false => Err(format!("is \"{text}\"; write the name of a header, like Client-Cert")),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Who asks clients for certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MtlsMode {
    /// Nobody.
    Off,
    /// This server.
    Tls,
    /// The proxy in front of it.
    Proxy,
}

impl Value for MtlsMode {
    fn parse(text: &str) -> Result<MtlsMode, String> {
        match text {
            "off" => Ok(MtlsMode::Off),
            "tls" => Ok(MtlsMode::Tls),
            "proxy" => Ok(MtlsMode::Proxy),
            _ => Err(format!("is \"{text}\"; write off, tls or proxy")),
        }
    }

    fn show(&self) -> String {
        match self {
            MtlsMode::Off => "off".to_owned(),
            MtlsMode::Tls => "tls".to_owned(),
            MtlsMode::Proxy => "proxy".to_owned(),
        }
    }
}

/// Settings under `outbound`: requests to addresses that clients name.
#[derive(Debug, Clone, Default)]
pub struct Outbound {
    /// Private networks that may be asked all the same.
    pub allowed_networks: Vec<IpNet>,
    /// Certificate authorities trusted beside the usual ones, PEM.
    pub ca_file: Option<PathBuf>,
}

/// Settings under `flows`.
#[derive(Debug, Clone)]
pub struct Flows {
    /// How many of the latest sign-in attempts are kept.
    pub keep: u32,
}

/// Settings under `events`.
#[derive(Debug, Clone)]
pub struct Events {
    /// How long an event is kept.
    pub keep: Duration,
}

/// Settings under `keys`.
#[derive(Debug, Clone)]
pub struct Keys {
    /// How long a signing key signs before the next takes over.
    pub rotate: Duration,
}

/// Settings under `database`.
#[derive(Debug, Clone)]
pub struct Database {
    /// The most connections one process opens to PostgreSQL.
    pub max_connections: u32,
}

/// Settings under `backup`.
#[derive(Debug, Clone)]
pub struct Backup {
    /// How often a running server makes one; none: never.
    pub every: Option<Duration>,
    /// How many of those are kept.
    pub keep: u32,
}
