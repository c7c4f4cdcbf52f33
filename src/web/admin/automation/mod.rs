//! API and automation: tokens that programs call with, and what to paste into a job.

pub mod create;
pub mod index;
pub mod revoke;

use crate::directory::api_tokens::{Owned, TokenState};
use crate::domain::ApiScope;

pub(super) const HERE: &str = "/admin/api";

/// A badge: what it says, and its kind.
fn badge(state: TokenState) -> (&'static str, &'static str) {
    match state {
        TokenState::Works => ("Works", "good"),
        TokenState::Expired => ("Expired", "bad"),
        TokenState::Stopped => ("Stopped", "warn"),
    }
}

/// `read, users:write`
fn scopes(owned: &Owned) -> String {
    let all: Vec<&str> = owned.token.scopes.iter().map(|scope| scope.as_str()).collect();
    all.join(", ")
}

/// A scope to tick.
struct Tick {
    scope: &'static str,
    about: &'static str,
    ticked: bool,
}

impl Tick {
    fn of(scope: ApiScope, ticked: bool) -> Tick {
        Tick { scope: scope.as_str(), about: scope.sentence(), ticked }
    }
}
