//! Which of a template's files are wanted.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{GeneratorError, templates};

/// A template's files, or some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Format {
    /// Every file.
    #[default]
    All,
    /// The files of this format: `configuration.py`, `docker-env`, ...
    Only(String),
}

impl Format {
    /// Whether files of the format `key` are among them.
    pub fn takes(&self, key: &str) -> bool {
        match self {
            Format::All => true,
            Format::Only(wanted) => wanted == key,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::All => "all",
            Format::Only(key) => key,
        })
    }
}

impl FromStr for Format {
    type Err = GeneratorError;

    /// Knows the formats of all templates; whether a client has it is asked later.
    fn from_str(text: &str) -> Result<Format, GeneratorError> {
        let known: BTreeSet<&str> = templates().iter().flat_map(|t| t.formats()).collect();
        match text {
            "all" => Ok(Format::All),
            key if known.contains(key) => Ok(Format::Only(key.to_owned())),
            _ => Err(GeneratorError::UnknownFormat {
                format: text.to_owned(),
                whose: "Keystead".to_owned(),
                known: Vec::from_iter(known).join(", "),
            }),
        }
    }
}
