//! What can be wrong with the settings: one sentence each, with cause and fix.

use std::path::PathBuf;

use super::layers::Origin;

/// Why the settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings file {} ({error}); {fix}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
        /// What to do.
        fix: String,
    },
    /// The file is not TOML.
    #[error(
        "{}:{line} is not valid TOML ({message}); \
         write it like key = \"value\", or under [section]",
        path.display()
    )]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser expected.
        message: String,
    },
    /// No setting has that name.
    #[error("there is no setting {name}{}; did you mean {nearest}?", place(origin))]
    Unknown {
        /// As written.
        name: String,
        /// Where it stood.
        origin: Origin,
        /// The known name most like it, in the same spelling.
        nearest: String,
    },
    /// A value that cannot be used.
    #[error("{key} ({origin}) {problem}")]
    Bad {
        /// The setting.
        key: &'static str,
        /// Where the value stood.
        origin: Origin,
        /// What is wrong and what to write; never a secret.
        problem: String,
    },
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::Environment(_) => " (environment variable)".to_owned(),
        other => format!(" ({other})"),
    }
}
