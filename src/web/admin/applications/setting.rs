//! The security settings of an application as fields of a form: how each is shown, read and written.

mod answers;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::duration;
use crate::domain::{AuthMethod, Client, GrantType, ResponseType};

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
    /// A word of the stored settings, or none.
    Maybe,
    /// Texts without spaces, and a space between them.
    List,
    /// Of the client itself: its slug, and whether it is trusted.
    Own,
}

const fn word(
    field: &'static str,
    (says, about): (&'static str, &'static str),
    options: &'static [(&'static str, &'static str)],
) -> Setting {
    Setting { field, says, about, options, reserved: false, kind: Kind::Word }
}

const fn time(field: &'static str, says: &'static str, about: &'static str) -> Setting {
    Setting { field, says, about, options: &[], reserved: false, kind: Kind::Time }
}

const YES_NO: &[(&str, &str)] = &[("yes", "Yes"), ("no", "No")];

/// All of them, as the page shows them.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(answers::ANSWERS)
}

const SETTINGS: &[Setting] = &[
    Setting {
        kind: Kind::Method,
        ..word(
            "auth_method",
            ("How it proves who it is", "At the token endpoint"),
            &[
                ("either", "Secret, in the header or in the form"),
                ("client_secret_basic", "Secret, in the header only"),
                ("client_secret_post", "Secret, in the form only"),
                ("client_secret_jwt", "A token signed with the secret"),
                ("private_key_jwt", "A token signed with its own key"),
                ("none", "Not at all: public"),
            ],
        )
    },
    word(
        "assertion_audience",
        ("Whom such a token must be addressed to", "FAPI 2.0 wants the issuer alone"),
        &[("endpoints", "The issuer or the endpoint"), ("issuer", "The issuer alone")],
    ),
    Setting {
        kind: Kind::Keys,
        ..word("jwks", ("Its public keys", "A JWK set, in one line; or leave it empty"), &[])
    },
    word(
        "pkce",
        ("PKCE", "Binds a code to the browser that asked for it"),
        &[("required", "Required"), ("optional", "Where it offers it")],
    ),
    word(
        "alg",
        ("Signing algorithm", "Of ID tokens, and of JWT access tokens"),
        &[
            ("RS256", "RS256: read everywhere"),
            ("PS256", "PS256"),
            ("ES256", "ES256"),
            ("ES384", "ES384"),
            ("EdDSA", "EdDSA"),
        ],
    ),
    word(
        "access_token",
        ("Access tokens", "JWT: other services can check them without asking"),
        &[("opaque", "Opaque"), ("jwt", "JWT (RFC 9068)")],
    ),
    Setting {
        kind: Kind::Grants,
        ..word(
            "grant_types",
            ("What it may ask for", ""),
            &[
                ("authorization_code", "Sign-ins"),
                ("authorization_code refresh_token", "Sign-ins, and refresh tokens"),
                ("client_credentials", "Tokens for itself"),
                ("authorization_code client_credentials", "Sign-ins, and tokens for itself"),
                ("authorization_code refresh_token client_credentials", "All of these"),
            ],
        )
    },
    word(
        "pushed_requests",
        ("Pushed requests (PAR)", "Its requests come from the application, not from the browser"),
        &[("optional", "Optional"), ("required", "Required")],
    ),
    word(
        "signed_requests",
        ("Signed requests (JAR)", "Its requests are signed with its own key"),
        &[("optional", "Optional"), ("required", "Required")],
    ),
    time("access_token_lifetime", "Access token", "1m to 1d"),
    time("id_token_lifetime", "ID token", "1m to 1d"),
    time("refresh_token_lifetime", "Refresh token, unused", "5m to 366d"),
    Setting {
        kind: Kind::Switch,
        ..word(
            "rotate_refresh_tokens",
            ("Each use replaces a refresh token", "So that a stolen one is noticed"),
            YES_NO,
        )
    },
    time("refresh_grace", "A replaced one still works for", "At most 5m, for lost answers"),
    time("code_lifetime", "A code waits for", "5s to 1m"),
    time("iat_backdate", "iat lies in the past by", "At most 30s, against slow clocks"),
    word(
        "username",
        ("preferred_username", ""),
        &[("short", "Short: alice"), ("spn", "With our host: alice@host")],
    ),
    Setting {
        reserved: true,
        kind: Kind::Own,
        ..word("trusted", ("Trusted", "People are not asked what it may know"), YES_NO)
    },
    Setting {
        reserved: true,
        ..word(
            "sub",
            ("sub: what it calls people", "uuid, username, email, pairwise or external:SOURCE"),
            &[],
        )
    },
    Setting {
        reserved: true,
        kind: Kind::Own,
        ..word("slug", ("Slug", "Its name in authentik's URLs"), &[])
    },
    Setting {
        reserved: true,
        kind: Kind::Types,
        ..word(
            "response_types",
            (
                "Response types",
                "All but code need oidc.front_channel_tokens; write a comma between",
            ),
            &[],
        )
    },
    Setting {
        reserved: true,
        kind: Kind::Address,
        ..word("jwks_uri", ("Where it publishes its keys", "In place of the keys themselves"), &[])
    },
];

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
            (Kind::Keys | Kind::Address, Value::Null) => String::new(),
            (Kind::Maybe, Value::Null) => "none".to_owned(),
            (Kind::Types, _) => types(&client.settings.response_types),
            (Kind::Grants, _) => grants(&client.settings.grant_types),
            (Kind::List, Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            (_, Value::String(text)) => text,
            (_, other) => other.to_string(),
        }
    }

    /// Whether it is anything to this client.
    pub fn concerns(&self, client: &Client) -> bool {
        let refreshes = client.settings.grant_types.contains(&GrantType::RefreshToken);
        match self.field {
            "auth_method" | "pkce" | "assertion_audience" | "jwks" | "jwks_uri" => !client.public,
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
        let offered = self.options.iter().any(|(value, _)| *value == text);
        if !self.options.is_empty() && !offered {
            return Err("Choose one of these.".to_owned());
        }
        let value = match self.kind {
            Kind::Time => json!(duration::read(text)?),
            Kind::Switch => json!(text == "yes"),
            Kind::Method if text == "either" => Value::Null,
            Kind::Grants => json!(text.split(' ').collect::<Vec<_>>()),
            Kind::Keys | Kind::Address if text.is_empty() => Value::Null,
            Kind::Maybe if text == "none" => Value::Null,
            Kind::Address if url::Url::parse(text).is_err() => {
                return Err("Write a whole address, like https://app.example.com/jwks.".to_owned());
            }
            Kind::Keys => {
                serde_json::from_str(text).map_err(|error| format!("No JSON: {error}."))?
            }
            Kind::List => json!(text.split_whitespace().collect::<Vec<_>>()),
            Kind::Types => json!(text.split(',').map(str::trim).collect::<Vec<_>>()),
            Kind::Word | Kind::Maybe | Kind::Address | Kind::Method | Kind::Own => json!(text),
        };
        if self.kind == Kind::Keys {
            read::<Option<Map<String, Value>>>(&value)?;
        }
        if self.kind == Kind::Types {
            read::<Vec<ResponseType>>(&value)?;
        }
        if self.field == "sub" {
            read::<crate::domain::SubMode>(&value)?;
        }
        Ok(Edit { setting: self, value, text: text.to_owned() })
    }

    /// As a flag of the command line.
    pub fn flags(&self, value: &str) -> Vec<(String, Option<String>)> {
        let bare = |flag: &str| vec![(flag.to_owned(), None)];
        match (self.field, value) {
            ("trusted", "yes") => bare("--trusted"),
            ("trusted", _) => bare("--no-trusted"),
            ("rotate_refresh_tokens", "yes") => bare("--rotate"),
            ("rotate_refresh_tokens", _) => bare("--no-rotate"),
            ("jwks", value) => {
                let file = if value.is_empty() { "" } else { "jwks.json" };
                vec![("jwks-file".to_owned(), Some(file.to_owned()))]
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

/// A setting as it is to be.
pub struct Edit {
    setting: &'static Setting,
    value: Value,
    text: String,
}

impl Edit {
    /// Writes it over the client's. What does not concern a client stays as it is.
    pub fn write(&self, client: &mut Client) {
        match self.setting.field {
            "slug" => client.slug.clone_from(&self.text),
            "trusted" => client.trusted = self.text == "yes",
            field if self.setting.concerns(client) => {
                let mut all = json!(client.settings.0);
                all[field] = self.value.clone();
                // Each was read by itself before, and they do not depend on each other.
                if let Ok(settings) = serde_json::from_value(all) {
                    client.settings.0 = settings;
                }
            }
            _ => {}
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
    use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    let known = [AuthorizationCode, RefreshToken, ClientCredentials];
    let held = known.into_iter().filter(|grant| all.contains(grant));
    held.map(GrantType::as_str).collect::<Vec<_>>().join(" ")
}

/// What authenticates a client, as a word; `either` for none in particular.
pub fn method(client: &Client) -> &'static str {
    match client.settings.auth_method {
        Some(method) => method.as_str(),
        None if client.public => AuthMethod::None.as_str(),
        None => "client_secret_basic or client_secret_post",
    }
}
