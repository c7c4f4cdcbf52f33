//! Members of metadata by their type. `null` and an empty text stand for nothing (RFC 7592 2.2).

use serde::Serialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{TEXT, refuse};
use crate::domain::{Cause, disturbs};
use crate::protocol::{ErrorCode, OAuthError};

/// Characters of an address.
const ADDRESS: usize = 2000;

/// Metadata, none of which holds a character that disturbs the text around it.
pub struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    /// Of this document.
    pub fn of(metadata: &'a Map<String, Value>) -> Result<Members<'a>, OAuthError> {
        match metadata.iter().all(|(name, value)| is_plain(name) && holds_plain(value)) {
            true => Ok(Members(metadata)),
            false => Err(OAuthError::new(
                ErrorCode::InvalidClientMetadata,
                Cause::ClientMetadataInvalid,
                "metadata must not hold control characters, nor any that turn the direction of writing",
            )),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let nothing = |value: &Value| value.is_null() || value.as_str() == Some("");
        self.0.get(name).filter(|value| !nothing(value))
    }

    /// A text of so many characters at most.
    pub fn text(&self, name: &'static str, most: usize) -> Result<Option<&'a str>, OAuthError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() > most => {
                Err(refuse(name, "a text is too long"))
            }
            Some(Value::String(text)) if text.trim() != text => {
                Err(refuse(name, "a text begins or ends with a space"))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(refuse(name, "a member that is a text is something else")),
        }
    }

    /// A word of this list.
    pub fn one_of<T: Serialize + Copy>(
        &self,
        name: &'static str,
        all: &[T],
    ) -> Result<Option<T>, OAuthError> {
        let Some(text) = self.text(name, TEXT)? else { return Ok(None) };
        let found = all.iter().find(|one| json!(one) == text).copied();
        found.map(Some).ok_or_else(|| refuse(name, "this is not served").with("offered", text))
    }

    /// True or false.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, OAuthError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(refuse(name, "a member that is true or false is something else")),
        }
    }

    /// A whole number from 0 on.
    pub fn number(&self, name: &'static str, most: i64) -> Result<Option<i64>, OAuthError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_i64().filter(|number| (0..=most).contains(number));
        number.map(Some).ok_or_else(|| refuse(name, "a number is out of bounds"))
    }

    /// An object.
    pub fn object(&self, name: &'static str) -> Result<Option<&'a Map<String, Value>>, OAuthError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(refuse(name, "a member that is an object is something else")),
        }
    }

    /// A list of texts; an empty one is none.
    pub fn list(&self, name: &'static str, most: usize) -> Result<Option<Vec<String>>, OAuthError> {
        let items = match self.get(name) {
            None => return Ok(None),
            Some(Value::Array(items)) if items.len() > most => {
                return Err(refuse(name, "a list is too long"));
            }
            Some(Value::Array(items)) => items,
            Some(_) => return Err(refuse(name, "a member that is a list is something else")),
        };
        let texts: Option<Vec<String>> =
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        let texts = texts.ok_or_else(|| refuse(name, "an entry of a list is no text"))?;
        Ok(Some(texts).filter(|texts| !texts.is_empty()))
    }

    /// An address that we or people open: https, and nobody's name in it.
    pub fn address(&self, name: &'static str) -> Result<Option<String>, OAuthError> {
        match self.text(name, ADDRESS)? {
            Some(text) if !is_address(text) => {
                Err(refuse(name, "an address must begin with https://").with("offered", text))
            }
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// Such addresses.
    pub fn addresses(
        &self,
        name: &'static str,
        most: usize,
    ) -> Result<Option<Vec<String>>, OAuthError> {
        let list = self.list(name, most)?;
        match list.iter().flatten().find(|text| !is_address(text)) {
            Some(odd) => {
                Err(refuse(name, "an address must begin with https://").with("offered", odd))
            }
            None => Ok(list),
        }
    }
}

fn is_address(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|_| text.len() <= ADDRESS);
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    plain
        && url.is_some_and(|url| {
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
        })
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(disturbs)
}

fn holds_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => is_plain(text),
        Value::Array(items) => items.iter().all(holds_plain),
        Value::Object(members) => {
            members.iter().all(|(name, value)| is_plain(name) && holds_plain(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}
