//! People, and what OpenID Connect Core 5.1 lets a client know of them.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use unicode_normalization::UnicodeNormalization;

use super::{Timestamp, UserId};

/// A name that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' cannot be a {what}: {rule}")]
pub struct InvalidName {
    /// What it was to name.
    pub what: &'static str,
    /// The name as given.
    pub name: String,
    /// The rule it breaks, as an instruction.
    pub rule: &'static str,
}

/// The short name a person signs in with, in its one canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// Canonicalises and checks: NFKC, lower case, 1 to 64 characters, no spaces or control
    /// characters, none of `/ : | " \ < > @`, which break relying parties or look like addresses.
    pub fn parse(text: &str) -> Result<Username, InvalidName> {
        let name: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
        let rule = if name.is_empty() || name.chars().count() > 64 {
            "use 1 to 64 characters"
        } else if name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            "leave out spaces and control characters"
        } else if name.chars().any(|c| "/:|\"\\<>@".contains(c)) {
            "leave out / : | \" \\ < > and @"
        } else {
            return Ok(Username(name));
        };
        Err(InvalidName { what: "username", name: text.to_owned(), rule })
    }

    /// One that was checked before it was stored.
    pub fn stored(text: String) -> Username {
        Username(text)
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person may do in Keystead itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Administrator,
    /// Reads everything, changes nothing.
    Auditor,
    /// People and their sessions, but nobody who may do more than that.
    Helpdesk,
    /// The applications they own, nothing else.
    ApplicationOwner,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Role; 4] =
        [Role::Administrator, Role::Auditor, Role::Helpdesk, Role::ApplicationOwner];

    /// As stored, in documents, and after `--role`.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
            Role::Helpdesk => "helpdesk",
            Role::ApplicationOwner => "application_owner",
        }
    }

    /// Reads what `as_str` writes, also with `-` between the words.
    pub fn parse(text: &str) -> Option<Role> {
        let text = text.replace('-', "_");
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Role::Administrator => "Administrator",
            Role::Auditor => "Auditor",
            Role::Helpdesk => "Help desk",
            Role::ApplicationOwner => "Application owner",
        }
    }
}

/// A person with an account.
#[derive(Debug, Clone)]
pub struct User {
    /// Stable for ever; the default `sub`.
    pub id: UserId,
    /// The short name; `preferred_username`.
    pub username: Username,
    /// The full name; `name`.
    pub display_name: Option<String>,
    /// `given_name`.
    pub given_name: Option<String>,
    /// `family_name`.
    pub family_name: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// Whether the address is known to be this person's: the truth, since clients link accounts by it.
    pub email_verified: bool,
    /// The rarer claims.
    pub profile: Json<Profile>,
    /// Rights in Keystead itself.
    pub role: Option<Role>,
    /// Whether a password is set, and since when.
    pub password_changed_at: Option<Timestamp>,
    /// Set while the account is closed.
    pub disabled_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// `updated_at`.
    pub updated_at: Timestamp,
}

impl User {
    /// The one spelling of an e-mail address: lower case. Mailboxes that differ by case alone
    /// belong to nobody's two people, and who types one must find the account.
    pub fn canonical_email(text: &str) -> String {
        text.trim().to_lowercase()
    }

    /// What to call the person: the full name if there is one, else the username.
    pub fn shown_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.username.as_str())
    }
}

/// The standard claims that have no column of their own; fields are named as the claims.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "OpenID Connect Core 5.1 says what each claim is")]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// The `address` claim, OpenID Connect Core 5.1.1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "OpenID Connect Core 5.1.1 says what each member is")]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// What another system called a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId {
    /// The system: `keycloak:corp`.
    pub source: String,
    /// Its name for the person.
    pub value: String,
    /// The person here.
    pub user_id: UserId,
}

#[cfg(test)]
mod tests {
    use super::Username;

    #[test]
    fn one_person_has_one_spelling() {
        for spelling in ["alice", "Alice", " ALICE ", "ａlice"] {
            assert_eq!(Username::parse(spelling).unwrap().as_str(), "alice");
        }
    }

    #[test]
    fn a_name_that_breaks_relying_parties_is_refused_with_the_rule() {
        let error = Username::parse("al ice").unwrap_err();
        assert_eq!(
            error.to_string(),
            "'al ice' cannot be a username: leave out spaces and control characters"
        );
        assert!(Username::parse("a|b").is_err());
        assert!(Username::parse("").is_err());
        assert!(Username::parse(&"x".repeat(65)).is_err());
    }
}
