//! Where a value may come from, and the environment as one of those layers.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::table;

/// Where the value in force was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said otherwise.
    Default,
    /// What administrators set while servers run.
    Database,
    /// A line of the settings file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Database => f.write_str("database"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag(name) => f.write_str(name),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value as written, before anybody knows its type.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    List(Vec<String>),
}

/// A key as written, its value and where both stood.
pub(super) struct Given {
    pub(super) key: String,
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// Our part of the process's environment.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok().filter(|name| name.starts_with("KEYSTEAD_"))?;
        Some((name, value.to_string_lossy().into_owned()))
    })
}

pub(super) fn from_environment(env: Vec<(String, String)>) -> impl Iterator<Item = Given> {
    env.into_iter().filter(|(name, _)| is_ours(name)).map(|(name, value)| Given {
        key: key_of(&name),
        raw: Raw::Text(value),
        origin: Origin::Environment(name),
    })
}

/// The key a variable names; an unknown variable gives a key that `Reader` refuses.
fn key_of(name: &str) -> String {
    let known = table::SETTINGS.iter().find(|(key, _)| table::variable(key) == name);
    match known {
        Some((key, _)) => (*key).to_owned(),
        None => name.trim_start_matches("KEYSTEAD_").to_lowercase().replace("__", "."),
    }
}

fn is_ours(name: &str) -> bool {
    let others = ["KEYSTEAD_CONFIG", "KEYSTEAD_MOVE_TO"];
    name.starts_with("KEYSTEAD_") && !others.contains(&name) && !is_service_link(name)
}

/// Kubernetes gives every pod such variables when a Service is called `keystead`.
fn is_service_link(name: &str) -> bool {
    name == "KEYSTEAD_PORT"
        || name == "KEYSTEAD_SERVICE_HOST"
        || name.starts_with("KEYSTEAD_SERVICE_PORT")
        || (name.starts_with("KEYSTEAD_PORT_") && (name.contains("_TCP") || name.contains("_UDP")))
}
