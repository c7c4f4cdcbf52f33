//! Where a claim comes from: a scope, a claim map, a setting, or the protocol itself.

use std::collections::BTreeSet;

use crate::directory::find::group_name;
use crate::domain::{Client, GroupId, Scopes};
use crate::registry::Snapshot;

use super::duration;

/// What decides the claims of one person at one application.
pub struct Origins<'a> {
    /// The registry.
    pub registry: &'a Snapshot,
    /// The application.
    pub client: &'a Client,
    /// The person's groups.
    pub groups: &'a BTreeSet<GroupId>,
    /// What the application is allowed.
    pub scopes: &'a Scopes,
}

impl Origins<'_> {
    /// Of a claim of userinfo.
    pub fn of_userinfo(&self, claim: &str) -> String {
        if claim == "sub" {
            return self.sub();
        }
        let maps = self.registry.claim_maps(&self.client.id).iter();
        let maps = maps.filter(|map| map.claim == claim && self.groups.contains(&map.group_id));
        let groups: Vec<String> =
            maps.map(|map| group_name(self.registry, &map.group_id)).collect();
        if !groups.is_empty() {
            return format!("Claim map of {}", groups.join(", "));
        }
        let opens = self.registry.scopes().values().filter(|scope| {
            self.scopes.contains(&scope.name) && scope.claims.iter().any(|one| one == claim)
        });
        let scopes: Vec<&str> = opens.map(|scope| scope.name.as_str()).collect();
        let setting = match claim {
            "preferred_username" => "; setting username",
            _ => "",
        };
        format!("Scope {}{setting}", scopes.join(", "))
    }

    /// Of a claim of an ID token or a JWT access token.
    pub fn of_token(&self, claim: &str, lifetime: i64) -> String {
        match claim {
            "sub" => self.sub(),
            "iss" => "The public URL, and whose URLs the application uses".to_owned(),
            "aud" | "azp" | "client_id" => "The client id".to_owned(),
            "exp" => format!("Setting: lasts {}", duration::shown(lifetime)),
            "iat" => {
                let back = duration::shown(self.client.settings.iat_backdate);
                format!("Now; setting: {back} back")
            }
            "auth_time" | "acr" | "amr" | "sid" => "The sign-in".to_owned(),
            "scope" => "What was asked for and is allowed".to_owned(),
            _ => "The protocol".to_owned(),
        }
    }

    fn sub(&self) -> String {
        format!("Setting sub: {}", String::from(self.client.settings.sub.clone()))
    }
}
