//! Values as literals of the syntax they stand in, so that no name or secret can break out.

use std::fmt::Write;

use serde::Deserialize;

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Quote {
    /// Python source: a string literal with its quotes, a list with its brackets.
    Python,
    /// `NAME=value` lines as Docker, Docker Compose, systemd and shells read them.
    Env,
    /// Bare words: host names and the like, where anything else is refused.
    Word,
    /// Strings in double quotes, which YAML, TOML, Ruby and JSON within an env file read alike, and
    /// in which nothing is left that one of their readers would expand.
    Quoted,
    /// JSON.
    Json,
    /// The arguments of a command that somebody pastes into a shell.
    Shell,
    /// The rest of a line: of an ini file, or of a list of values to be typed somewhere.
    Bare,
}

/// What a placeholder stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// One text.
    Text(String),
    /// Several.
    List(Vec<String>),
}

impl Quote {
    /// The value as a literal; `Err` says why the syntax cannot carry it.
    pub fn literal(self, value: &Value) -> Result<String, &'static str> {
        match (self, value) {
            (_, Value::Text(text)) => self.text(text),
            (Quote::Python | Quote::Quoted | Quote::Json, Value::List(list)) => {
                let items: Result<Vec<String>, _> = list.iter().map(|t| self.text(t)).collect();
                Ok(format!("[{}]", items?.join(", ")))
            }
            (Quote::Env | Quote::Shell, Value::List(list)) => self.text(&list.join(" ")),
            (Quote::Word | Quote::Bare, Value::List(list)) => {
                let words: Result<Vec<String>, _> = list.iter().map(|t| self.text(t)).collect();
                Ok(words?.join(" "))
            }
        }
    }

    fn text(self, text: &str) -> Result<String, &'static str> {
        match self {
            Quote::Python => Ok(python(text)),
            Quote::Env => env(text),
            Quote::Word => word(text),
            Quote::Quoted => quoted(text),
            Quote::Json => serde_json::to_string(text).map_err(|_| "it is not text"),
            Quote::Shell => shell(text),
            Quote::Bare => bare(text),
        }
    }
}

/// A Python 3 string literal in plain ASCII.
fn python(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            '\'' | '\\' => write!(literal, "\\{c}"),
            ' '..='~' => write!(literal, "{c}"),
            '\0'..='\u{ff}' => write!(literal, "\\x{:02x}", c as u32),
            '\0'..='\u{ffff}' => write!(literal, "\\u{:04x}", c as u32),
            _ => write!(literal, "\\U{:08x}", c as u32),
        };
    }
    literal.push('\'');
    literal
}

/// Bare where every reader takes it literally, else in single quotes. Readers disagree about
/// quotes and backslashes inside single quotes, so these cannot be written at all.
fn env(text: &str) -> Result<String, &'static str> {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_.:/@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(bare) {
        return Ok(text.to_owned());
    }
    if text.chars().any(|c| c.is_control() || c == '\'' || c == '\\') {
        return Err("it contains a quote, a backslash or a control character, which readers of \
                    env files understand differently; choose another value or another format");
    }
    Ok(format!("'{text}'"))
}

fn word(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/[]".contains(c);
    if text.is_empty() || !text.chars().all(plain) {
        return Err("it contains more than letters, digits, '-', '_', '.', ':' and '/'; \
                    choose another value");
    }
    Ok(text.to_owned())
}

/// In double quotes, as it stands.
fn quoted(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| matches!(c, ' '..='~') && !"\"'\\$#`".contains(c);
    if !text.chars().all(plain) {
        return Err(
            "it contains a quote, a backslash, one of '$', '#' and '`', or more than plain \
                    ASCII, which readers of the file understand differently; choose another value",
        );
    }
    Ok(format!("\"{text}\""))
}

/// One argument, whatever is in it. Terminals act upon control characters before a shell does.
fn shell(text: &str) -> Result<String, &'static str> {
    if text.chars().any(char::is_control) {
        return Err("it contains a control character; choose another value");
    }
    Ok(format!("'{}'", text.replace('\'', "'\\''")))
}

fn bare(text: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@%+,=?&~[]".contains(c);
    if text.is_empty() || !text.chars().all(plain) {
        return Err("it contains more than letters, digits and the signs that URLs have; \
                    choose another value");
    }
    Ok(text.to_owned())
}
