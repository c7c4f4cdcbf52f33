//! What stops nothing by itself and is worth telling beside what did.

use super::facts::Facts;
use super::trouble::{detail, noted};
use crate::domain::{Cause, FlowStep, Scopes};

/// What was noticed in the steps of a flow.
pub(super) fn noticed(steps: &[FlowStep], facts: &Facts<'_>) -> Vec<Cause> {
    let asked = detail(steps, "asked", "scope").map(Scopes::parse);
    let granted = detail(steps, "code_issued", "scope").map(Scopes::parse);
    let ignored = match (&asked, &granted) {
        // Without refresh tokens there is nothing to stay connected with.
        (Some(asked), Some(granted)) => {
            asked.iter().any(|name| name != "offline_access" && !granted.contains(name))
        }
        _ => false,
    };
    let anonymous = asked.is_some_and(|asked| !asked.contains("openid"));
    let known = !facts.public_url.is_empty();
    [
        (Cause::WrongHost, known && noted(steps, "host").is_some()),
        (Cause::DoubledSlashes, noted(steps, "doubled_slashes").is_some()),
        (Cause::FetchedByScript, noted(steps, "script_of").is_some()),
        (Cause::OpenidMissing, anonymous),
        (Cause::ScopeIgnored, ignored),
    ]
    .into_iter()
    .filter_map(|(cause, holds)| holds.then_some(cause))
    .collect()
}
