//! Maps from group membership to what a client is told.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{ClientId, GroupId, Scopes};

/// Members of the group may use the client, with these scopes at most.
#[derive(Debug, Clone, PartialEq)]
pub struct ScopeMap {
    /// The client.
    pub client_id: ClientId,
    /// The group.
    pub group_id: GroupId,
    /// What its members may get.
    pub scopes: Json<Scopes>,
    /// Came with a template; the administrator's first own map takes its place.
    pub is_default: bool,
}

/// Members of the group get these values in a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimMap {
    /// The client.
    pub client_id: ClientId,
    /// The claim's name.
    pub claim: String,
    /// The group.
    pub group_id: GroupId,
    /// Its values.
    pub values: Json<Vec<String>>,
    /// How the values of all groups are joined; the same for every map of one claim.
    pub join: Join,
}

/// The shape of a mapped claim.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// A JSON array of strings.
    #[default]
    Array,
    /// One string, comma separated.
    Csv,
    /// One string, space separated.
    Ssv,
}

impl Join {
    /// The stable name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Join::Array => "array",
            Join::Csv => "csv",
            Join::Ssv => "ssv",
        }
    }
}

impl std::str::FromStr for Join {
    type Err = String;
    fn from_str(text: &str) -> Result<Join, String> {
        match text {
            "array" => Ok(Join::Array),
            "csv" => Ok(Join::Csv),
            "ssv" => Ok(Join::Ssv),
            _ => Err(format!("'{text}' is not a way to join values; use array, csv or ssv")),
        }
    }
}
