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
            (Quote::Python, Value::Text(text)) => Ok(python(text)),
            (Quote::Python, Value::List(list)) => {
                let items: Vec<String> = list.iter().map(|text| python(text)).collect();
                Ok(format!("[{}]", items.join(", ")))
            }
            (Quote::Env, Value::Text(text)) => env(text),
            (Quote::Env, Value::List(list)) => env(&list.join(" ")),
            (Quote::Word, Value::Text(text)) => word(text),
            (Quote::Word, Value::List(list)) => {
                let words: Result<Vec<String>, _> = list.iter().map(|text| word(text)).collect();
                Ok(words?.join(" "))
            }
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
