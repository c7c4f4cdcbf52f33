//! The whole directory as one document: written down, and brought about again. What a document
//! does not name stays as it is, so that writing down and bringing about changes nothing.

mod apply;
mod apply_client;
mod apply_members;
mod apply_settings;
mod apply_user;
mod export;
mod plan;
mod read;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::{ClientSettings, Join, Profile, Role, Scopes};

pub use apply::{DeclaredError, Options, apply};
pub use export::{export, yaml};
pub use plan::{Change, Plan, Step, Verb};
pub use read::{Unreadable, Wanted, read};

/// Everything an administrator made, each thing under its name. No passwords and no secrets.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Document {
    /// What administrators set, by section and member; what is at its default is left out.
    #[serde(serialize_with = "but_empty")]
    pub settings: BTreeMap<String, BTreeMap<String, Value>>,
    /// Scopes of the administrator's own.
    pub scopes: BTreeMap<String, ScopeEntry>,
    /// Groups but `everyone`.
    pub groups: BTreeMap<String, GroupEntry>,
    /// People.
    pub users: BTreeMap<String, UserEntry>,
    /// Clients with their maps.
    pub clients: BTreeMap<String, ClientEntry>,
}

fn but_empty<S: Serializer>(
    sections: &BTreeMap<String, BTreeMap<String, Value>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(sections.iter().filter(|(_, members)| !members.is_empty()))
}

/// A scope.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "named as in domain::Scope")]
pub struct ScopeEntry {
    pub sentence: String,
    pub claims: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupEntry {
    /// What it is for.
    pub description: Option<String>,
    /// The groups directly inside it.
    pub groups: Vec<String>,
}

/// A person.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "named as in domain::User")]
pub struct UserEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub email_verified: bool,
    #[serde(flatten)]
    pub profile: Profile,
    pub role: Option<Role>,
    pub disabled: bool,
    /// The groups they were put into.
    pub groups: Vec<String>,
    /// What other systems call them, by system.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub external_ids: BTreeMap<String, Vec<String>>,
}

/// A client.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "named as in domain::Client")]
pub struct ClientEntry {
    pub name: String,
    pub slug: String,
    pub public: bool,
    pub trusted: bool,
    pub disabled: bool,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    /// Application owners who may change it.
    pub owners: Vec<String>,
    pub settings: ClientSettings,
    /// Scopes by group.
    pub scope_maps: BTreeMap<String, Scopes>,
    /// Values by claim and group.
    pub claim_maps: BTreeMap<String, ClaimEntry>,
    /// Whether `everyone` may use it only until somebody else is named.
    #[serde(skip)]
    pub open_by_default: bool,
}

/// The maps of one claim.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ClaimEntry {
    /// How values are joined.
    pub join: Join,
    /// Values by group.
    pub values: BTreeMap<String, Vec<String>>,
}
