//! The security settings of an application as fields of a form: how each is shown, read and written.

mod answers;
mod edit;
mod table;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub use edit::Edit;

use super::duration;
use crate::domain::{AuthMethod, Client, GrantType, ResponseType, TrustedIssuer};

/// A setting.
pub struct Setting {
    /// The field, and the name of the flag on the command line.
    pub field: &'static str,
    /// What it is called.
    pub says: &'static str,
    /// What it means.
    pub about: &'static str,
    /// Its values, each with what it says; empty for what is typed.
    pub options: &'static [(&'static str, &'static str)],
    /// Whether an administrator alone may change it.
    pub reserved: bool,
    /// What kind of value it is.
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A word of the stored settings.
    Word,
    /// A length of time.
    Time,
    /// Yes or no.
    Switch,
    /// How the client authenticates; `either` is none in particular.
    Method,
    /// What it may ask for.
    Grants,
    /// What it may ask the authorization endpoint for.
    Types,
    /// A JWK set.
    Keys,
    /// A URL, or none.
    Address,
    /// Words, or none.
    Text,
    /// A length of time, or none.
    Age,
    /// Whose assertions it may bring.
    Issuers,
    /// Names of clients, any number.
    Names,
    /// A word of the stored settings, or none.
    Maybe,
    /// Texts without spaces, and a space between them.
    List,
    /// Of the client itself: its slug, and whether it is trusted.
    Own,
}

/// All of them, as the page shows them.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    table::SETTINGS.iter().chain(answers::ANSWERS)
}

impl Setting {
    /// As it is stored, as the form shows it.
    pub fn value(&self, client: &Client) -> String {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        if self.field == "slug" {
            return client.slug.clone();
        }
        if self.field == "trusted" {
            return yes_no(client.trusted);
        }
        let stored = json!(client.settings.0)[self.field].take();
        match (self.kind, stored) {
            (Kind::Time, stored) => duration::shown(stored.as_i64().unwrap_or_default()),
            (Kind::Switch, stored) => yes_no(stored == Value::Bool(true)),
            (Kind::Method, Value::Null) if client.public => "none".to_owned(),
            (Kind::Method, Value::Null) => "either".to_owned(),
            (Kind::Keys | Kind::Address | Kind::Text | Kind::Age, Value::Null) => String::new(),
            (Kind::Age, stored) => duration::shown(stored.as_i64().unwrap_or_default()),
            (Kind::Maybe, Value::Null) => "none".to_owned(),
            (Kind::Types, _) => types(&client.settings.response_types),
            (Kind::Names, Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            (Kind::Grants, _) => grants(&client.settings.grant_types),
            (Kind::List, Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            (_, Value::String(text)) => text,
            (_, other) => other.to_string(),
        }
    }

    /// Whether any number of its values may be chosen; they are written with spaces between.
    pub fn is_several(&self) -> bool {
        self.kind == Kind::Grants
    }

    /// The name of the box of one of several values.
    pub fn tick(&self, value: &str) -> String {
        format!("{}.{value}", self.field)
    }

    /// Whether it is anything to this client.
    pub fn concerns(&self, client: &Client) -> bool {
        let refreshes = client.settings.grant_types.contains(&GrantType::RefreshToken);
        match self.field {
            "certificate_subject" => client.settings.auth_method == Some(AuthMethod::TlsClientAuth),
            "auth_method" | "pkce" | "assertion_audience" | "client_algs" | "jwks" | "jwks_uri" => {
                !client.public
            }
            "token_exchange" | "exchange_for" | "may_act" | "trusted_issuers" => !client.public,
            "introspection_signed_response_alg" => !client.public,
            field if field.contains("_encrypted_") => {
                client.settings.jwks.is_some() || client.settings.jwks_uri.is_some()
            }
            "refresh_token_lifetime" | "rotate_refresh_tokens" | "refresh_grace" => refreshes,
            _ => true,
        }
    }

    /// Reads what was typed.
    ///
    /// # Errors
    /// What to write instead.
    pub fn read(&'static self, text: &str) -> Result<Edit, String> {
        let text = text.trim();
        let offered = |text: &str| self.options.iter().any(|(value, _)| *value == text);
        let known = match self.is_several() {
            true => text.split_ascii_whitespace().all(offered),
            false => self.options.is_empty() || offered(text),
        };
        if !known {
            return Err("Choose one of these.".to_owned());
        }
        let value = match self.kind {
            Kind::Time => json!(duration::read(text)?),
            Kind::Switch => json!(text == "yes"),
            Kind::Method if text == "either" => Value::Null,
            Kind::Grants => json!(text.split_ascii_whitespace().collect::<Vec<_>>()),
            Kind::Keys | Kind::Address | Kind::Text | Kind::Age if text.is_empty() => Value::Null,
            Kind::Age => json!(duration::read(text)?),
            Kind::Maybe if text == "none" => Value::Null,
            Kind::Address if url::Url::parse(text).is_err() => {
                return Err("Write a whole address, like https://app.example.com/jwks.".to_owned());
            }
            Kind::Issuers if text.is_empty() => json!([]),
            Kind::Keys | Kind::Issuers => {
                serde_json::from_str(text).map_err(|error| format!("No JSON: {error}."))?
            }
            Kind::Names => {
                let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
                json!(names.collect::<Vec<_>>())
            }
            Kind::List => json!(text.split_whitespace().collect::<Vec<_>>()),
            Kind::Types => json!(text.split(',').map(str::trim).collect::<Vec<_>>()),
            Kind::Word | Kind::Maybe | Kind::Address | Kind::Text | Kind::Method | Kind::Own => {
                json!(text)
            }
        };
        if self.kind == Kind::Keys {
            read::<Option<Map<String, Value>>>(&value)?;
        }
        if self.kind == Kind::Issuers {
            read::<Vec<TrustedIssuer>>(&value)?;
        }
        if self.kind == Kind::Types {
            read::<Vec<ResponseType>>(&value)?;
        }
        if self.kind == Kind::Text {
            read::<Option<crate::domain::CertificateSubject>>(&value)?;
        }
        if self.field == "sub" {
            read::<crate::domain::SubMode>(&value)?;
        }
        Ok(Edit::new(self, value, text))
    }

    /// As a flag of the command line.
    pub fn flags(&self, value: &str) -> Vec<(String, Option<String>)> {
        let bare = |flag: &str| vec![(flag.to_owned(), None)];
        match (self.field, value) {
            ("trusted", "yes") => bare("--trusted"),
            ("trusted", _) => bare("--no-trusted"),
            ("certificate_bound_tokens", "yes") => bare("--certificate-bound-tokens"),
            ("certificate_bound_tokens", _) => bare("--no-certificate-bound-tokens"),
            ("rotate_refresh_tokens", "yes") => bare("--rotate"),
            ("rotate_refresh_tokens", _) => bare("--no-rotate"),
            ("jwks", value) => {
                let file = if value.is_empty() { "" } else { "jwks.json" };
                vec![("jwks-file".to_owned(), Some(file.to_owned()))]
            }
            ("trusted_issuers", value) => {
                let file = if value == "[]" { "" } else { "issuers.json" };
                vec![("trusted-issuers-file".to_owned(), Some(file.to_owned()))]
            }
            ("token_exchange" | "exchange_for", value) => {
                let each = value.split(',').map(|name| Some(name.trim().to_owned()));
                each.map(|name| (self.field.replace('_', "-"), name)).collect()
            }
            ("grant_types", value) => {
                let each = value.split(' ');
                each.map(|grant| ("grant-type".to_owned(), Some(grant.to_owned()))).collect()
            }
            ("response_types", value) => {
                let each = value.split(',').map(str::trim);
                each.map(|kind| ("response-type".to_owned(), Some(kind.to_owned()))).collect()
            }
            ("resources" | "authorization_details_types", value) => {
                let flag = self.field.trim_end_matches('s').replace('_', "-");
                let each = if value.is_empty() { vec![""] } else { value.split(' ').collect() };
                each.into_iter().map(|one| (flag.clone(), Some(one.to_owned()))).collect()
            }
            (field, value) => vec![(field.replace('_', "-"), Some(value.to_owned()))],
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| format!("{error}."))
}

fn types(all: &[ResponseType]) -> String {
    all.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
}

fn grants(all: &[GrantType]) -> String {
    let held = GrantType::ALL.into_iter().filter(|grant| all.contains(grant));
    held.map(GrantType::word).collect::<Vec<_>>().join(" ")
}

/// What authenticates a client, as a word; `either` for none in particular.
pub fn method(client: &Client) -> &'static str {
    match client.settings.auth_method {
        Some(method) => method.as_str(),
        None if client.public => AuthMethod::None.as_str(),
        None => "client_secret_basic or client_secret_post",
    }
}
