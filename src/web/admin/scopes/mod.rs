//! Scopes: what applications may ask for, and those of the administrator's own.

pub mod create;
pub mod delete;
pub mod edit;
pub mod index;

use std::collections::BTreeMap;

use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use crate::app::AppState;
use crate::directory::scopes::{NewScope, ScopeChange};
use crate::directory::{DirectoryError, Result};
use crate::domain::Scope;

const HERE: &str = "/admin/scopes";

/// The form of a scope; a ticked claim is sent as `claim-email=1`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    name: String,
    sentence: String,
    #[serde(flatten)]
    more: BTreeMap<String, String>,
}

impl Filled {
    fn of(scope: &Scope) -> Filled {
        let ticked = scope.claims.iter().map(|claim| (format!("claim-{claim}"), "1".to_owned()));
        Filled {
            name: scope.name.clone(),
            sentence: scope.sentence.clone(),
            more: ticked.collect(),
        }
    }

    /// What it asks for, under this name.
    fn scope(&self, name: &str) -> NewScope {
        let claims = self.more.keys().filter_map(|name| name.strip_prefix("claim-"));
        NewScope {
            name: name.trim().to_owned(),
            sentence: self.sentence.trim().to_owned(),
            claims: claims.map(str::to_owned).collect(),
        }
    }
}

impl Filled {
    /// What it changes of a scope that is there.
    fn change(&self) -> ScopeChange {
        let NewScope { sentence, claims, .. } = self.scope(&self.name);
        ScopeChange { sentence: Some(sentence), claims: Some(claims) }
    }
}

/// A claim that may be ticked.
struct Claim {
    id: String,
    title: String,
    ticked: bool,
}

/// Every claim that a scope may open.
fn claims(app: &AppState, filled: &Filled) -> Vec<Claim> {
    let registry = app.registry();
    let builtin = registry.scopes().values().filter(|scope| scope.builtin);
    let mut names: Vec<String> = builtin.flat_map(|scope| scope.claims.iter().cloned()).collect();
    names.sort();
    names.dedup();
    let claim = |title: String| {
        let id = format!("claim-{title}");
        Claim { ticked: filled.more.contains_key(&id), id, title }
    };
    names.into_iter().map(claim).collect()
}

/// The scope of a page.
fn load(app: &AppState, name: &str) -> Result<Scope> {
    let found = app.registry().scopes().get(name).cloned();
    found.ok_or_else(|| DirectoryError::NotThere(format!("There is no scope '{name}'")))
}

/// The page of a scope; its name may hold anything visible.
fn path(name: &str, end: &str) -> String {
    let name: String = byte_serialize(name.as_bytes()).collect();
    format!("{HERE}/{name}{end}")
}

/// The field an error is about.
fn field_of(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::Value { what, .. } if what.contains("sentence") => "sentence",
        DirectoryError::NotFound { .. } => "",
        _ => "name",
    }
}
