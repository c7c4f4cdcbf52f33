//! How one value is read from text and shown again.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::thread::available_parallelism;

use ipnet::IpNet;
use toml::Spanned;
use toml::de::DeValue;

use super::sections::{RegistrationPolicy, StatementIssuer};

/// The type of a setting. The error of `parse` continues the sentence "`key` (where) ...".
pub(super) trait Value: Sized {
    fn parse(text: &str) -> Result<Self, String>;
    /// As `config show` prints it: never a secret.
    fn show(&self) -> String;
}

impl Value for SocketAddr {
    fn parse(text: &str) -> Result<SocketAddr, String> {
        text.parse().map_err(|_| {
            format!("is \"{text}\", not an address with a port; write it like 127.0.0.1:8080")
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<PathBuf, String> {
        Ok(text.into())
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for u32 {
    fn parse(text: &str) -> Result<u32, String> {
        text.parse().map_err(|_| format!("is \"{text}\"; write a whole number, digits only"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<bool, String> {
        text.parse().map_err(|_| format!("is \"{text}\"; write true or false"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for RegistrationPolicy {
    fn parse(text: &str) -> Result<RegistrationPolicy, String> {
        match text {
            "off" => Ok(RegistrationPolicy::Off),
            "token" => Ok(RegistrationPolicy::Token),
            "open" => Ok(RegistrationPolicy::Open),
            _ => Err(format!("is \"{text}\"; write off, token or open")),
        }
    }

    fn show(&self) -> String {
        match self {
            RegistrationPolicy::Off => "off".to_owned(),
            RegistrationPolicy::Token => "token".to_owned(),
            RegistrationPolicy::Open => "open".to_owned(),
        }
    }
}

impl Value for StatementIssuer {
    fn parse(text: &str) -> Result<StatementIssuer, String> {
        let both = text.split_once(' ').map(|(issuer, uri)| (issuer.trim(), uri.trim()));
        let both = both.filter(|(issuer, uri)| !issuer.is_empty() && uri.starts_with("https://"));
        let (issuer, jwks_uri) = both.ok_or_else(|| {
            format!(
                "contains \"{text}\"; write an issuer, a space, and the https address of its keys"
            )
        })?;
        Ok(StatementIssuer { issuer: issuer.to_owned(), jwks_uri: jwks_uri.to_owned() })
    }

    fn show(&self) -> String {
        format!("{} {}", self.issuer, self.jwks_uri)
    }
}

/// A number of threads; the word `cores` stands for one each processor.
pub(super) struct Threads(pub(super) u32);

impl Value for Threads {
    fn parse(text: &str) -> Result<Threads, String> {
        let number = match text {
            "cores" => available_parallelism().ok().and_then(|cores| cores.get().try_into().ok()),
            text => text.parse().ok(),
        };
        let number = number.filter(|number| (1..=1024).contains(number));
        let problem = || format!("is \"{text}\"; write cores or a whole number from 1 to 1024");
        number.map(Threads).ok_or_else(problem)
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

impl Value for IpNet {
    fn parse(text: &str) -> Result<IpNet, String> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).map_err(|_| {
            format!("contains \"{text}\", not a network; write it like 10.0.0.0/8 or 192.0.2.7")
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A list as one text: comma separated, or a TOML array.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    if !text.starts_with('[') {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        return Ok(items.map(str::to_owned).collect());
    }
    let no_list = || "is not a list; write it like a,b or [\"a\", \"b\"]".to_owned();
    let value = DeValue::parse(text).map_err(|_| no_list())?.into_inner();
    let items = value.as_array().ok_or_else(no_list)?.iter().map(Spanned::get_ref);
    items.map(|item| item.as_str().map(str::to_owned).ok_or_else(no_list)).collect()
}
