//! The documents that `--json`, REST and the audit log show: stable names, no secrets.

use serde::Serialize;

use crate::domain::{
    ClaimMap, Client, ClientSettings, EVERYONE, Group, Join, KeyState, Profile, Role, ScopeMap,
    Scopes, ServerKey, Timestamp, User,
};
use crate::registry::Snapshot;

use super::find::group_name;

/// A person.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::User")]
pub struct UserView {
    pub id: String,
    pub username: String,
    pub display_name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    #[serde(flatten)]
    pub profile: Profile,
    pub role: Option<Role>,
    pub administrator: bool,
    pub disabled: bool,
    pub has_password: bool,
    pub password_changed_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> UserView {
        UserView {
            id: user.id.0.clone(),
            username: user.username.to_string(),
            display_name: user.display_name.clone(),
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            email: user.email.clone(),
            email_verified: user.email_verified,
            profile: user.profile.0.clone(),
            role: user.role,
            administrator: user.role == Some(Role::Administrator),
            disabled: user.disabled_at.is_some(),
            has_password: user.password_changed_at.is_some(),
            password_changed_at: user.password_changed_at.map(Timestamp::rfc3339),
            created_at: user.created_at.rfc3339(),
            updated_at: user.updated_at.rfc3339(),
        }
    }
}

/// A group.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::Group")]
pub struct GroupView {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// Comes with Keystead and holds everybody.
    pub builtin: bool,
    pub created_at: String,
}

impl From<&Group> for GroupView {
    fn from(group: &Group) -> GroupView {
        GroupView {
            id: group.id.0.clone(),
            name: group.name.clone(),
            description: group.description.clone(),
            builtin: group.id.as_str() == EVERYONE,
            created_at: group.created_at.rfc3339(),
        }
    }
}

/// A client.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::Client")]
pub struct ClientView {
    pub client_id: String,
    pub slug: String,
    pub name: String,
    pub public: bool,
    pub trusted: bool,
    pub disabled: bool,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub settings: ClientSettings,
    pub created_at: String,
    pub updated_at: String,
}

impl From<&Client> for ClientView {
    fn from(client: &Client) -> ClientView {
        ClientView {
            client_id: client.id.0.clone(),
            slug: client.slug.clone(),
            name: client.name.clone(),
            public: client.public,
            trusted: client.trusted,
            disabled: client.disabled_at.is_some(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            settings: client.settings.0.clone(),
            created_at: client.created_at.rfc3339(),
            updated_at: client.updated_at.rfc3339(),
        }
    }
}

/// A scope map, its group by name.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::ScopeMap")]
pub struct ScopeMapView {
    pub group: String,
    pub scopes: Scopes,
    /// Came with a template.
    pub default: bool,
}

impl ScopeMapView {
    /// With the group's name of this snapshot.
    pub fn new(registry: &Snapshot, map: &ScopeMap) -> ScopeMapView {
        ScopeMapView {
            group: group_name(registry, &map.group_id),
            scopes: map.scopes.0.clone(),
            default: map.is_default,
        }
    }
}

/// A claim map, its group by name.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::ClaimMap")]
pub struct ClaimMapView {
    pub claim: String,
    pub group: String,
    pub values: Vec<String>,
    pub join: Join,
}

impl ClaimMapView {
    /// With the group's name of this snapshot.
    pub fn new(registry: &Snapshot, map: &ClaimMap) -> ClaimMapView {
        ClaimMapView {
            claim: map.claim.clone(),
            group: group_name(registry, &map.group_id),
            values: map.values.0.clone(),
            join: map.join,
        }
    }
}

/// A signing key, its public half alone.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "named as in domain::ServerKey")]
pub struct KeyView {
    pub kid: String,
    pub alg: &'static str,
    pub state: KeyState,
    pub created_at: String,
    /// When it signs, or began to.
    pub activates_at: String,
    pub retired_at: Option<String>,
    pub public: serde_json::Map<String, serde_json::Value>,
}

impl From<&ServerKey> for KeyView {
    fn from(key: &ServerKey) -> KeyView {
        KeyView {
            kid: key.kid.0.clone(),
            alg: key.alg.as_str(),
            state: key.state,
            created_at: key.created_at.rfc3339(),
            activates_at: key.activates_at.rfc3339(),
            retired_at: key.retired_at.map(Timestamp::rfc3339),
            public: key.public.0.clone(),
        }
    }
}
