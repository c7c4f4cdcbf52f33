//! Takes each setting out of the layers once: typed, checked, and noted for `config show`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Serialize;

use super::error::ConfigError;
use super::layers::{Given, Origin, Raw};
use super::table::{self, DATA_DIR, SETTINGS};
use super::value::{self, Value};

/// One setting as shown: secrets hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// As in the file, with its section: `tls.cert_file`.
    pub key: &'static str,
    /// The value in force; none: not set.
    pub value: Option<String>,
    /// Where it was found.
    pub origin: Origin,
}

pub(super) struct Reader {
    given: BTreeMap<String, (Raw, Origin)>,
    settings: Vec<Setting>,
}

impl Reader {
    /// Later layers win; an empty value counts as not given, a key nobody knows is refused.
    pub(super) fn new(layers: Vec<Given>) -> Result<Reader, ConfigError> {
        if let Some(stranger) = layers.iter().find(|given| !table::is_key(&given.key)) {
            return Err(unknown(stranger));
        }
        let said = layers.into_iter().filter(|given| !is_empty(&given.raw));
        let given = said.map(|given| (given.key, (given.raw, given.origin))).collect();
        Ok(Reader { given, settings: Vec::new() })
    }

    /// A setting that always has a value.
    pub(super) fn one<T: Value>(&mut self, key: &'static str) -> Result<T, ConfigError> {
        match self.maybe(key)? {
            Some(value) => Ok(value),
            None => Err(self.bad(key, "has no value; set one".to_owned())),
        }
    }

    /// A setting that may be left out.
    pub(super) fn maybe<T: Value>(&mut self, key: &'static str) -> Result<Option<T>, ConfigError> {
        let value = match self.raw(key) {
            None => None,
            Some(Raw::Text(text)) => {
                Some(T::parse(text.trim()).map_err(|problem| self.bad(key, problem))?)
            }
            Some(Raw::List(_)) => {
                return Err(self.bad(key, "holds a list; write one value in quotes".to_owned()));
            }
        };
        self.note(key, value.as_ref().map(Value::show));
        Ok(value)
    }

    /// A setting of any number of values.
    pub(super) fn list<T: Value>(&mut self, key: &'static str) -> Result<Vec<T>, ConfigError> {
        let items = match self.raw(key) {
            None => Vec::new(),
            Some(Raw::List(items)) => items,
            Some(Raw::Text(text)) => {
                value::split(&text).map_err(|problem| self.bad(key, problem))?
            }
        };
        let values: Result<Vec<T>, String> = items.iter().map(|item| T::parse(item)).collect();
        let values = values.map_err(|problem| self.bad(key, problem))?;
        let shown: Vec<String> = values.iter().map(Value::show).collect();
        self.note(key, Some(shown.join(",")).filter(|text| !text.is_empty()));
        Ok(values)
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let number: u32 = self.one(key)?;
        if bounds.contains(&number) {
            return Ok(number);
        }
        let (least, most) = bounds.into_inner();
        Err(self.bad(key, format!("is {number}; write a whole number from {least} to {most}")))
    }

    /// A length of time in units of `unit` seconds, up to a hundred years.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        unit: u32,
    ) -> Result<Duration, ConfigError> {
        let most = 36_500 * super::DAY / unit;
        let number = self.number(key, 1..=most)?;
        Ok(Duration::from_secs(u64::from(number) * u64::from(unit)))
    }

    pub(super) fn bad(&self, key: &'static str, problem: String) -> ConfigError {
        ConfigError::Bad { key, origin: self.origin(key), problem }
    }

    /// The error of a setting that is nothing without another.
    pub(super) fn alone(&self, key: &'static str, missing: &str) -> ConfigError {
        self.bad(key, format!("is set without {missing}; set both or neither"))
    }

    /// Every setting read, in order.
    pub(super) fn finish(&mut self) -> Vec<Setting> {
        std::mem::take(&mut self.settings)
    }

    fn note(&mut self, key: &'static str, value: Option<String>) {
        let origin = self.origin(key);
        self.settings.push(Setting { key, value, origin });
    }

    fn origin(&self, key: &str) -> Origin {
        self.given.get(key).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    fn raw(&self, key: &str) -> Option<Raw> {
        if let Some((raw, _)) = self.given.get(key) {
            return Some(raw.clone());
        }
        let default = SETTINGS.iter().find(|(known, _)| *known == key)?.1;
        let folder = match default.contains(DATA_DIR) {
            true => self.data_dir(key),
            false => String::new(),
        };
        Some(default.replace(DATA_DIR, &folder)).filter(|text| !text.is_empty()).map(Raw::Text)
    }

    fn data_dir(&self, key: &str) -> String {
        let Some(Raw::Text(folder)) = self.raw("data_dir") else { return String::new() };
        let folder = match folder.trim_end_matches('/') {
            "" => "/",
            folder => folder,
        };
        match key {
            "database_url" => folder.replace('%', "%25").replace('?', "%3F"),
            _ => folder.to_owned(),
        }
    }
}

fn is_empty(raw: &Raw) -> bool {
    matches!(raw, Raw::Text(text) if text.trim().is_empty())
}

fn unknown(given: &Given) -> ConfigError {
    let nearest = table::nearest(&given.key);
    let (name, nearest) = match &given.origin {
        Origin::Environment(name) => (name.clone(), table::variable(nearest)),
        _ => (given.key.clone(), nearest.to_owned()),
    };
    ConfigError::Unknown { name, origin: given.origin.clone(), nearest }
}
