//! What is logged, and how.

use super::value::Value;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<LogFormat, String> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(format!("is \"{text}\"; write text or json")),
        }
    }

    fn show(&self) -> String {
        match self {
            LogFormat::Text => "text".to_owned(),
            LogFormat::Json => "json".to_owned(),
        }
    }
}

/// A level, and if wanted others for single modules: `info,sqlx=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevel(String);

impl LogLevel {
    /// The directives as written, which `tracing_subscriber::EnvFilter` understands.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level of whatever no other directive names.
    pub fn general(&self) -> &str {
        self.0.split(',').next().unwrap_or_default()
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

impl Value for LogLevel {
    fn parse(text: &str) -> Result<LogLevel, String> {
        let text = text.to_lowercase();
        let (general, modules) = match text.split_once(',') {
            Some((general, modules)) => (general, modules.split(',').collect()),
            None => (text.as_str(), Vec::new()),
        };
        let is_module = |part: &str| {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
            part.split_once('=').is_some_and(|(module, level)| {
                !module.is_empty() && module.chars().all(name) && LEVELS.contains(&level)
            })
        };
        if LEVELS.contains(&general) && modules.into_iter().all(is_module) {
            return Ok(LogLevel(text));
        }
        Err(format!(
            "is \"{text}\"; write one of {}, and after a comma module=level",
            LEVELS.join(", ")
        ))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_may_be_followed_by_modules() {
        let level = LogLevel::parse("INFO,sqlx=debug,keystead::web=trace").unwrap();
        assert_eq!(level.as_str(), "info,sqlx=debug,keystead::web=trace");
        assert_eq!(level.general(), "info");
    }

    #[test]
    fn a_misspelt_level_is_refused() {
        for text in ["inof", "info,sqlx", "info,sqlx=loud", "sqlx=debug", "info,=debug", ""] {
            assert!(LogLevel::parse(text).is_err(), "{text} passed");
        }
    }
}
