//! The settings file: found, parsed, and flattened to `section.key` with line numbers.

use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::flags::Flags;
use super::layers::{Given, Origin, Raw};
use super::table;

const NAME: &str = "keystead.toml";
const SYSTEM: &str = "/etc/keystead/keystead.toml";

/// The file to read, and what to do if that fails.
pub(super) struct File {
    pub(super) path: PathBuf,
    fix: String,
}

/// The file asked for, else the first that exists.
pub(super) fn find(flags: &Flags, env: &[(String, String)], cwd: &Path) -> Option<File> {
    if let Some(path) = &flags.config {
        return Some(File { path: path.clone(), fix: "correct --config".to_owned() });
    }
    let asked = env.iter().find(|(name, value)| name == "KEYSTEAD_CONFIG" && !value.is_empty());
    if let Some((_, path)) = asked {
        return Some(File { path: path.into(), fix: "correct KEYSTEAD_CONFIG".to_owned() });
    }
    let path = [cwd.join(NAME), SYSTEM.into()].into_iter().find(|path| path.exists())?;
    Some(File { path, fix: "let this user read it, or name another with --config".to_owned() })
}

pub(super) fn read(file: &File) -> Result<Vec<Given>, ConfigError> {
    let path = &file.path;
    let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.clone(),
        error,
        fix: file.fix.clone(),
    })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<Vec<Given>, ConfigError> {
    // Only the message: the parser's full report would quote the line, which may hold a secret.
    let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        line: line(text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let mut flat = Flat { path, text, given: Vec::new() };
    flat.table("", table.get_ref())?;
    Ok(flat.given)
}

struct Flat<'a> {
    path: &'a Path,
    text: &'a str,
    given: Vec<Given>,
}

impl Flat<'_> {
    fn table(&mut self, section: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = match section {
                "" => name.get_ref().to_string(),
                section => format!("{section}.{}", name.get_ref()),
            };
            let line = line(self.text, name.span().start);
            let origin = Origin::File { path: self.path.to_owned(), line };
            match value.get_ref() {
                DeValue::Table(table) if !table.is_empty() || table::is_section(&key) => {
                    self.table(&key, table)?;
                }
                value => {
                    let raw = raw(value).ok_or_else(|| wrong_type(&key, &origin, value))?;
                    self.given.push(Given { key, raw, origin });
                }
            }
        }
        Ok(())
    }
}

fn raw(value: &DeValue<'_>) -> Option<Raw> {
    match value {
        DeValue::Array(items) => {
            items.iter().map(Spanned::get_ref).map(scalar).collect::<Option<_>>().map(Raw::List)
        }
        value => scalar(value).map(Raw::Text),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n.to_string())
        }
        _ => None,
    }
}

fn wrong_type(key: &str, origin: &Origin, value: &DeValue<'_>) -> ConfigError {
    let nearest = table::nearest(key);
    if nearest != key {
        return ConfigError::Unknown {
            name: key.to_owned(),
            origin: origin.clone(),
            nearest: nearest.to_owned(),
        };
    }
    let problem = format!(
        "holds a TOML {}; write text in quotes, a whole number or a list",
        value.type_str()
    );
    ConfigError::Bad { key: nearest, origin: origin.clone(), problem }
}

/// The line of a byte position, from 1.
fn line(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}
