//! The settings: defaults, then a file, then the environment, then flags, each value with its origin.
//! What administrators set in the database stands between defaults and file.

mod database_url;
mod error;
mod file;
mod flags;
mod layers;
mod log;
mod public_url;
mod reader;
mod secret_key;
mod sections;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

pub use database_url::DatabaseUrl;
pub use error::ConfigError;
pub use flags::Flags;
pub use layers::{Origin, environment};
pub use log::{LogFormat, LogLevel};
pub use public_url::PublicUrl;
pub use reader::Setting;
pub use secret_key::SecretKey;
pub use sections::{
    Backup, Database, Events, Flows, Keys, Log, Metrics, Mtls, MtlsMode, Oidc, Outbound, Password,
    Registration, RegistrationPolicy, Session, StatementIssuer, Tls,
};

use reader::Reader;
use value::{Threads, Value as _};

/// Every setting, typed and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where people and clients reach us; the native issuer, byte for byte.
    pub public_url: PublicUrl,
    /// The address on which `serve` listens.
    pub listen: SocketAddr,
    /// The folder that holds what we write.
    pub data_dir: PathBuf,
    /// SQLite file or PostgreSQL database.
    pub database_url: DatabaseUrl,
    /// The file with the secret key; made at first start.
    pub secret_key_file: PathBuf,
    /// The secret key itself; when set, `secret_key_file` is not looked at.
    pub secret_key: Option<SecretKey>,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Built-in HTTPS, when both files are named.
    pub tls: Option<Tls>,
    /// Prometheus.
    pub metrics: Metrics,
    /// What is logged, and how.
    pub log: Log,
    /// The cost of a password hash.
    pub password: Password,
    /// How long a browser stays signed in.
    pub session: Session,
    /// What the protocol offers.
    pub oidc: Oidc,
    /// Requests to addresses that clients name.
    pub outbound: Outbound,
    /// Certificates that clients show.
    pub mtls: Mtls,
    /// What is kept of sign-in attempts.
    pub flows: Flows,
    /// What is kept of the audit log.
    pub events: Events,
    /// The life of signing keys.
    pub keys: Keys,
    /// The connections to PostgreSQL.
    pub database: Database,
    /// Backups that are made by themselves.
    pub backup: Backup,
    settings: Vec<Setting>,
}

/// What the public URL that a server announced is beside the one of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// The same.
    Same,
    /// Another, which is spoken of now: the settings named none.
    Taken,
    /// Another; what the settings name stays.
    Another,
}

impl Config {
    /// Reads every layer; `cwd` is where `keystead.toml` is looked for.
    pub fn load(
        flags: &Flags,
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
    ) -> Result<Config, ConfigError> {
        let env: Vec<(String, String)> = env.collect();
        let file = file::find(flags, &env, cwd);
        let mut given = match &file {
            Some(file) => file::read(file)?,
            None => Vec::new(),
        };
        given.extend(layers::from_environment(env));
        given.extend(flags.given());
        let mut reader = Reader::new(given)?;
        Config::read(&mut reader, file.map(|file| file.path))
    }

    fn read(from: &mut Reader, file: Option<PathBuf>) -> Result<Config, ConfigError> {
        let config = Config {
            file,
            public_url: from.one("public_url")?,
            listen: from.one("listen")?,
            data_dir: from.one("data_dir")?,
            database_url: from.one("database_url")?,
            secret_key_file: from.one("secret_key_file")?,
            secret_key: from.maybe("secret_key")?,
            trusted_proxies: from.list("trusted_proxies")?,
            tls: read_tls(from)?,
            metrics: Metrics { listen: from.maybe("metrics.listen")? },
            log: Log { format: from.one("log.format")?, level: from.one("log.level")? },
            password: read_password(from)?,
            session: Session {
                idle: from.duration("session.idle_minutes", MINUTE)?,
                absolute: from.duration("session.absolute_hours", 60 * MINUTE)?,
                remember: from.duration("session.remember_days", DAY)?,
            },
            oidc: Oidc {
                front_channel_tokens: from.one("oidc.front_channel_tokens")?,
                session_management: from.one("oidc.session_management")?,
                registration: read_registration(from)?,
            },
            mtls: Mtls {
                mode: from.one("mtls.mode")?,
                header: from.one("mtls.header")?,
                ca_file: from.maybe("mtls.ca_file")?,
            },
            outbound: Outbound {
                allowed_networks: from.list("outbound.allowed_networks")?,
                ca_file: from.maybe("outbound.ca_file")?,
            },
            flows: Flows { keep: from.number("flows.keep", 100..=10_000_000)? },
            events: Events { keep: from.duration("events.keep_days", DAY)? },
            keys: Keys { rotate: from.duration("keys.rotate_days", DAY)? },
            database: Database {
                max_connections: from.number("database.max_connections", 2..=1000)?,
            },
            backup: read_backup(from)?,
            settings: from.finish(),
        };
        Ok(config)
    }

    /// Every setting as `config show` prints it, secrets hidden.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter()
    }

    /// With the public URL that the database keeps, if it keeps one, unless a file, the environment
    /// or a flag names another. One that cannot be read counts for nothing.
    pub fn with_public_url(&self, kept: Option<&str>) -> Config {
        let mut config = self.clone();
        let kept = kept.and_then(|kept| PublicUrl::parse(kept).ok());
        let default = || PublicUrl::parse(table::default("public_url")).ok();
        let origin = if kept.is_some() { Origin::Database } else { Origin::Default };
        let named = |setting: &&mut Setting| setting.key == "public_url";
        let setting = config.settings.iter_mut().find(named);
        let setting = setting.filter(|setting| is_free(&setting.origin));
        if let (Some(setting), Some(url)) = (setting, kept.or_else(default)) {
            setting.value = Some(url.to_string());
            setting.origin = origin;
            config.public_url = url;
        }
        config
    }

    /// Where the public URL was found.
    pub fn public_url_origin(&self) -> &Origin {
        let setting = self.settings.iter().find(|setting| setting.key == "public_url");
        setting.map_or(&Origin::Default, |setting| &setting.origin)
    }

    /// Whether a file, the environment or a flag names the public URL, so that what the database
    /// keeps counts for nothing.
    pub fn public_url_is_fixed(&self) -> bool {
        !is_free(self.public_url_origin())
    }

    /// A setting that file, environment or flags give, and so win over what the database says.
    pub fn given(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key && setting.origin != Origin::Default)
    }

    /// Every setting as `config show` prints it, where the database says these values: it wins over
    /// defaults, and over nothing else.
    pub fn settings_over(&self, stored: &[(&str, String)]) -> Vec<Setting> {
        let over = |setting: &Setting| {
            let found = stored.iter().find(|(key, _)| *key == setting.key);
            match found.filter(|_| setting.origin == Origin::Default) {
                Some((_, value)) => Setting {
                    value: Some(value.clone()),
                    origin: Origin::Database,
                    ..setting.clone()
                },
                None => setting.clone(),
            }
        };
        self.settings.iter().map(over).collect()
    }

    /// Takes the public URL that a server announced, unless the settings name one themselves.
    pub fn believe_public_url(&mut self, announced: &str) -> Announced {
        let named = |setting: &&mut Setting| setting.key == "public_url";
        let url = PublicUrl::parse(announced).ok().filter(|url| *url != self.public_url);
        match (url, self.settings.iter_mut().find(named)) {
            (Some(url), Some(setting)) if is_free(&setting.origin) => {
                setting.value = Some(url.to_string());
                self.public_url = url;
                Announced::Taken
            }
            (Some(_), _) => Announced::Another,
            (None, _) => Announced::Same,
        }
    }

    /// What works, but should be looked at: a sentence each, cause and fix.
    pub fn warnings(&self) -> Vec<String> {
        let url = &self.public_url;
        let mut warnings = Vec::new();
        if !url.is_https() && !url.is_loopback() {
            warnings.push(format!(
                "public_url is {url}, so passwords and tokens travel unencrypted; serve https with \
                 tls.cert_file and tls.key_file or through a reverse proxy, and say https in \
                 public_url"
            ));
        }
        if !url.is_https() && self.tls.is_some() {
            warnings.push(format!(
                "tls is set up but public_url is {url}; write https in public_url, since clients \
                 are told that address"
            ));
        }
        if url.is_https() && self.tls.is_none() && self.trusted_proxies.is_empty() {
            warnings.push(
                "public_url is https but neither tls nor trusted_proxies is set; name the reverse \
                 proxy's address in trusted_proxies, or everybody seems to come from it and is \
                 slowed down together after wrong passwords"
                    .to_owned(),
            );
        }
        if let Some(all) = self.trusted_proxies.iter().find(|network| network.prefix_len() == 0) {
            warnings.push(format!(
                "trusted_proxies contains {all}, so anybody can claim any address; name only the \
                 reverse proxy's own address"
            ));
        }
        warnings
    }
}

/// Whether what the database says counts.
fn is_free(origin: &Origin) -> bool {
    matches!(origin, Origin::Default | Origin::Database)
}

const MINUTE: u32 = 60;
const DAY: u32 = 24 * 60 * MINUTE;

fn read_tls(from: &mut Reader) -> Result<Option<Tls>, ConfigError> {
    match (from.maybe("tls.cert_file")?, from.maybe("tls.key_file")?) {
        (Some(cert_file), Some(key_file)) => Ok(Some(Tls { cert_file, key_file })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(from.alone("tls.cert_file", "tls.key_file")),
        (None, Some(_)) => Err(from.alone("tls.key_file", "tls.cert_file")),
    }
}

fn read_password(from: &mut Reader) -> Result<Password, ConfigError> {
    let password = Password {
        memory_kib: from.number("password.memory_kib", 8..=4_194_304)?,
        iterations: from.number("password.iterations", 1..=100)?,
        parallelism: from.number("password.parallelism", 1..=64)?,
        max_concurrent: from.one::<Threads>("password.max_concurrent")?.0,
    };
    let least = 8 * password.parallelism;
    if password.memory_kib < least {
        let problem = format!(
            "is {}, but argon2 needs 8 KiB for each of password.parallelism's lanes; set at least \
             {least}",
            password.memory_kib
        );
        return Err(from.bad("password.memory_kib", problem));
    }
    Ok(password)
}

fn read_registration(from: &mut Reader) -> Result<Registration, ConfigError> {
    const MOST: u32 = 3650;
    let policy = from.one("oidc.registration")?;
    let group = from.maybe("oidc.registration_group")?;
    let most = from.number("oidc.registration_limit", 1..=100_000)?;
    let hourly = NonZeroU32::new(from.number("oidc.registration_per_hour", 0..=100_000)?);
    let days = from.number("oidc.registration_unused_days", 0..=MOST)?;
    let unused = u64::from(days) * u64::from(DAY);
    let keep_unused = (days > 0).then(|| Duration::from_secs(unused));
    let documents = from.one("oidc.client_id_documents")?;
    let statements = from.list("oidc.software_statements")?;
    Ok(Registration { policy, group, most, hourly, keep_unused, documents, statements })
}

fn read_backup(from: &mut Reader) -> Result<Backup, ConfigError> {
    const MOST: u32 = 8784;
    let every = match from.maybe::<u32>("backup.every_hours")? {
        None => None,
        Some(hours @ 1..=MOST) => Some(Duration::from_secs(u64::from(hours) * 3600)),
        Some(hours) => {
            let problem = format!("is {hours}; write a whole number of hours from 1 to {MOST}");
            return Err(from.bad("backup.every_hours", problem));
        }
    };
    Ok(Backup { every, keep: from.number("backup.keep", 1..=1000)? })
}
