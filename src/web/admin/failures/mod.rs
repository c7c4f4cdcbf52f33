//! Failed sign-ins: those that are alike counted together, and each attempt told and mended.

pub mod flow;
pub mod group;
pub mod index;
mod told;

use crate::directory::failures::Group;
use crate::domain::{ClientId, FailureId, FlowRef};

/// The list.
const LIST: &str = "/admin/failures";
/// The list as the navigation opens it: what is still to be done.
pub(super) const OPEN: &str = "/admin/failures?state=open";

/// The page of failures that are alike.
pub(super) fn path(id: &FailureId) -> String {
    format!("{LIST}/{id}")
}

/// The page of an attempt.
pub(super) fn flow_path(reference: &FlowRef) -> String {
    format!("/admin/flows/{reference}")
}

/// How failures stand, as a badge: its text and its kind.
pub(super) fn state(group: &Group) -> (&'static str, &'static str) {
    match (group.solved, group.back) {
        (true, _) => ("Solved", "good"),
        (_, true) => ("Came back", "warn"),
        _ => ("Open", "bad"),
    }
}

/// What was sent, where that is what failures have in common.
pub(super) fn value(group: &Group) -> Option<String> {
    match group.group.others {
        true => Some("other values".to_owned()),
        false => group.group.value.as_deref().map(crate::explain::harmless),
    }
}

/// The page of an application's activity.
fn activity(client: &ClientId) -> String {
    super::applications::path(client, "/activity")
}

/// `12 times`.
fn times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}
