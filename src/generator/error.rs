//! What can stop the generator: one sentence each, with cause and fix.

/// Why there is no plan or no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeneratorError {
    /// No template has that name.
    #[error("there is no template '{name}'; did you mean '{nearest}'? The templates are {known}")]
    UnknownTemplate {
        /// As asked for.
        name: String,
        /// The one most like it.
        nearest: String,
        /// All of them.
        known: String,
    },
    /// No file has that format.
    #[error("{whose} has no files of format '{format}'; choose one of {known}, or all")]
    UnknownFormat {
        /// As asked for.
        format: String,
        /// Whose files.
        whose: String,
        /// The formats there are.
        known: String,
    },
    /// The template works out everything from the application's URL, and there is none.
    #[error(
        "the template '{template}' needs the application's URL; \
         give it like --url https://{template}.example.com"
    )]
    AppUrlMissing {
        /// The template.
        template: String,
    },
    /// The template has no use for a URL.
    #[error("the template '{template}' is for {what} and takes no URL; leave --url away")]
    AppUrlUnused {
        /// The template.
        template: String,
        /// What it is for.
        what: String,
    },
    /// The URL cannot be used.
    #[error("the application's URL {problem}")]
    AppUrl {
        /// What is wrong, and what to write.
        problem: String,
    },
    /// The secret was never kept or cannot be opened.
    #[error(
        "the secret of client '{client}' is not known here, only its hash; \
         make a new one with: keystead client rotate-secret {client}"
    )]
    SecretUnknown {
        /// The client.
        client: String,
    },
    /// A file needs what the client has not got.
    #[error("client '{client}' has no {what}, which {file} needs; {fix}")]
    Missing {
        /// The client.
        client: String,
        /// What it has not got.
        what: &'static str,
        /// The file.
        file: String,
        /// What to do.
        fix: &'static str,
    },
    /// A value that the file's syntax cannot carry.
    #[error("{file} cannot hold the {what}: {problem}")]
    Unquotable {
        /// The file.
        file: String,
        /// Which value.
        what: String,
        /// Why, and what to do.
        problem: &'static str,
    },
    /// The template itself is wrong.
    #[error("the template file {file} is damaged: {problem}; please report it")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
}
