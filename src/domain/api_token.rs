//! Tokens of the API: each acts for a person, within their role and within its own scopes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{Role, Selector, Timestamp, UserId};

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ApiScope {
    /// Read what the role may read.
    #[serde(rename = "read")]
    Read,
    /// Change people.
    #[serde(rename = "users:write")]
    WriteUsers,
    /// Give roles, and change people who hold one, where another scope allows the change itself.
    #[serde(rename = "roles:write")]
    WriteRoles,
    /// Change groups.
    #[serde(rename = "groups:write")]
    WriteGroups,
    /// Change clients, their maps, and scopes.
    #[serde(rename = "clients:write")]
    WriteClients,
    /// Rotate and retire signing keys.
    #[serde(rename = "keys:write")]
    WriteKeys,
    /// Change the settings.
    #[serde(rename = "settings:write")]
    WriteSettings,
    /// End sessions.
    #[serde(rename = "sessions:write")]
    WriteSessions,
    /// Mark failures as solved, and apply fixes that another scope allows.
    #[serde(rename = "failures:write")]
    WriteFailures,
}

impl ApiScope {
    /// Every scope.
    pub const ALL: [ApiScope; 9] = [
        ApiScope::Read,
        ApiScope::WriteUsers,
        ApiScope::WriteRoles,
        ApiScope::WriteGroups,
        ApiScope::WriteClients,
        ApiScope::WriteKeys,
        ApiScope::WriteSettings,
        ApiScope::WriteSessions,
        ApiScope::WriteFailures,
    ];

    /// As stored, shown and asked for.
    pub fn as_str(self) -> &'static str {
        match self {
            ApiScope::Read => "read",
            ApiScope::WriteUsers => "users:write",
            ApiScope::WriteRoles => "roles:write",
            ApiScope::WriteGroups => "groups:write",
            ApiScope::WriteClients => "clients:write",
            ApiScope::WriteKeys => "keys:write",
            ApiScope::WriteSettings => "settings:write",
            ApiScope::WriteSessions => "sessions:write",
            ApiScope::WriteFailures => "failures:write",
        }
    }

    /// What it opens, in words.
    pub fn sentence(self) -> &'static str {
        match self {
            ApiScope::Read => "Read everything that the owner's role may read",
            ApiScope::WriteUsers => {
                "Change accounts of people without a role, invite them, make reset links"
            }
            ApiScope::WriteRoles => {
                "Beside another scope: give roles, and change people who hold one"
            }
            ApiScope::WriteGroups => "Change groups, their members and nesting",
            ApiScope::WriteClients => "Change applications, their secrets and maps, and scopes",
            ApiScope::WriteKeys => "Rotate and retire signing keys",
            ApiScope::WriteSettings => {
                "Change the settings, branding and sign-in policy among them"
            }
            ApiScope::WriteSessions => "End sessions",
            ApiScope::WriteFailures => {
                "Mark failures as solved; beside the scope for what it changes, apply a fix"
            }
        }
    }

    /// Whether a token of somebody with this role may have it.
    pub fn within(self, role: Role) -> bool {
        match role {
            Role::Administrator => true,
            Role::Auditor => self == ApiScope::Read,
            Role::Helpdesk => {
                matches!(self, ApiScope::Read | ApiScope::WriteUsers | ApiScope::WriteSessions)
            }
            Role::ApplicationOwner => {
                matches!(self, ApiScope::Read | ApiScope::WriteClients | ApiScope::WriteFailures)
            }
        }
    }
}

impl std::str::FromStr for ApiScope {
    type Err = String;
    fn from_str(text: &str) -> Result<ApiScope, String> {
        let found = ApiScope::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| {
            let known = ApiScope::ALL.map(ApiScope::as_str).join(", ");
            format!("'{text}' is not a scope of the API; known are {known}")
        })
    }
}

/// A token as stored.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Finds the row; the public half of the token.
    pub id: Selector,
    /// SHA-256 of the secret half.
    pub hash: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Json<BTreeSet<ApiScope>>,
    /// Whom it acts for.
    pub user_id: UserId,
    /// The role they held when it was made; it works only as long as they hold it.
    pub role: Role,
    /// Who made it, as shown.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::ApiScope;
    use crate::domain::Role;

    #[test]
    fn no_scope_exceeds_its_role() {
        let most = |role| {
            let within = ApiScope::ALL.into_iter().filter(move |scope| scope.within(role));
            within.map(ApiScope::as_str).collect::<Vec<_>>()
        };
        assert_eq!(most(Role::Administrator).len(), ApiScope::ALL.len());
        assert_eq!(most(Role::Auditor), ["read"]);
        assert_eq!(most(Role::Helpdesk), ["read", "users:write", "sessions:write"]);
        assert_eq!(most(Role::ApplicationOwner), ["read", "clients:write", "failures:write"]);
    }

    #[test]
    fn a_scope_is_stored_as_it_is_asked_for() {
        for scope in ApiScope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        assert!("everything".parse::<ApiScope>().is_err());
    }
}
