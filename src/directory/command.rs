//! "Show as code": a change as a line for the command line, safe to paste into a shell.

use std::fmt;

/// A command line in the making.
#[derive(Debug, Clone)]
pub struct Command(String);

impl Command {
    /// `keystead user update`.
    pub fn new(words: &str) -> Command {
        Command(format!("keystead {words}"))
    }

    /// One more word, quoted where a shell would read more into it.
    pub fn arg(self, word: &str) -> Command {
        Command(format!("{} {}", self.0, quoted(word)))
    }

    /// `--email a@b`.
    pub fn flag(self, name: &str, value: &str) -> Command {
        Command(format!("{} --{name} {}", self.0, quoted(value)))
    }

    /// A flag without a value, or anything else that stands as it is.
    pub fn bare(self, text: &str) -> Command {
        Command(format!("{} {text}", self.0))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As it is where every shell takes it so, else in single quotes.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn what_a_shell_would_read_more_into_is_quoted() {
        let line = Command::new("user update").arg("alice").flag("display-name", "Al's $(id)");
        assert_eq!(line.to_string(), r"keystead user update alice --display-name 'Al'\''s $(id)'");
        assert_eq!(Command::new("x").arg("").to_string(), "keystead x ''");
    }
}
