//! Counting failures that are alike: the same cause, client and differing value.
//!
//! Anybody can send new values without end, so each cause of a client has a bounded number of
//! groups; what comes beyond is counted together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::restart;
use crate::app::App;
use crate::domain::{
    Cause, ClientId, DAY, FailureId, FailureKind, Flow, FlowRecord, MINUTE, Timestamp,
};
use crate::store::failures::Tally;
use crate::store::{self, Tx, failures, flows};

/// Values of one cause and client that have a group of their own.
pub const VALUES: usize = 20;
/// Groups that are kept in all.
const KEPT: i64 = 2_000;
/// How long a group is kept that does not happen any more.
const REMEMBERED: i64 = 30 * DAY;

/// What a refusal is counted with; `None` for what is part of the game.
pub(super) fn kind(
    cause: Cause,
    client: Option<&ClientId>,
    detail: &Map<String, Value>,
) -> Option<FailureKind> {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    match cause {
        // Asked with `prompt=none`, or by the person's own wish.
        Cause::LoginRequired
        | Cause::LoginCancelled
        | Cause::DeviceDenied
        | Cause::BackchannelDenied => None,
        Cause::UnknownClient => {
            Some(FailureKind::of(cause, None, text("client_id").or(client.map(|id| id.0.clone()))))
        }
        // Their names are not those of clients: anybody can make them up.
        Cause::MalformedRequest | Cause::UnsupportedGrantType | Cause::ClientAuthMissing => {
            Some(FailureKind::of(cause, None, text("parameter").or(text("offered"))))
        }
        Cause::UserDisabled | Cause::NoPassword | Cause::Throttled => {
            Some(FailureKind::of(cause, client.cloned(), text("account")))
        }
        _ => Some(FailureKind::of(cause, client.cloned(), text("offered"))),
    }
}

/// Failures of several flows on their way to be counted.
#[derive(Default)]
pub(super) struct Tallies(BTreeMap<FailureKind, Tally>);

impl Tallies {
    /// Adds what a step tells, if it tells of a failure.
    pub fn add(&mut self, record: &FlowRecord) {
        if let Some(kind) = &record.failure {
            self.put(kind.clone(), record.flow.updated_at);
        }
    }

    fn put(&mut self, kind: FailureKind, at: Timestamp) {
        let tally = Tally { times: 0, first_at: at, last_at: at };
        let tally = self.0.entry(kind).or_insert(tally);
        tally.times += 1;
        tally.first_at = tally.first_at.min(at);
        tally.last_at = tally.last_at.max(at);
    }

    /// Counts them, in one order everywhere, and says in which group each kind is.
    pub async fn count(self, tx: &mut Tx) -> store::Result<BTreeMap<FailureKind, FailureId>> {
        let mut groups = BTreeMap::new();
        let mut alike: BTreeMap<(&str, Option<ClientId>), BTreeSet<FailureId>> = BTreeMap::new();
        for (kind, tally) in self.0 {
            let of = (kind.cause, kind.client_id.clone());
            let known = match alike.entry(of) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    let found = failures::alike(tx, kind.cause, kind.client_id.as_ref()).await?;
                    place.insert(found.into_iter().collect())
                }
            };
            let own = id(&kind);
            if known.contains(&own) || known.len() < VALUES {
                failures::count(tx, (&own, &kind, false), tally).await?;
                known.insert(own.clone());
                groups.insert(kind, own);
            } else {
                let others = FailureKind { value: None, ..kind.clone() };
                let together = id_of_others(&others);
                failures::count(tx, (&together, &others, true), tally).await?;
                groups.insert(kind, together);
            }
        }
        Ok(groups)
    }
}

/// Marks what stalled since it was last looked: codes that nobody came for, and tokens after which
/// the person began again.
///
/// # Errors
/// When the database refuses.
pub async fn mark_stalls(app: &App) -> store::Result<()> {
    let now = app.clock.now();
    let again = restart::find(&mut app.db.read().await?, now).await?;
    let mut tx = app.db.write().await?;
    let mut stalled = flows::mark_stalled(&mut tx, now - 2 * MINUTE).await?;
    for reference in &again {
        stalled.extend(flows::mark_restarted(&mut tx, reference).await?);
    }
    tx.commit().await?;
    if stalled.is_empty() {
        return Ok(());
    }
    // In a transaction of its own, and in the order of whoever writes flows: first the groups, then
    // the flows, so that nodes do not wait for each other.
    stalled.sort_by(|a, b| a.reference.cmp(&b.reference));
    let mut tx = app.db.write().await?;
    let mut tallies = Tallies::default();
    let told = |flow: &Flow| {
        let cause = super::cause(flow.cause.as_deref()?)?;
        kind(cause, flow.client_id.as_ref(), &Map::new())
    };
    stalled.iter().filter_map(told).for_each(|kind| tallies.put(kind, now));
    let groups = tallies.count(&mut tx).await?;
    for flow in &stalled {
        if let Some(group) = told(flow).and_then(|kind| groups.get(&kind)) {
            flows::set_group(&mut tx, &flow.reference, group).await?;
        }
    }
    tx.commit().await
}

/// Forgets groups that are long past, or too many.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(app: &App, tx: &mut Tx) -> store::Result<u64> {
    failures::sweep(tx, app.clock.now() - REMEMBERED, KEPT).await
}

fn id(kind: &FailureKind) -> FailureId {
    let client = kind.client_id.as_ref().map_or("", |id| id.as_str());
    let value = kind.value.as_ref().map_or(String::new(), |value| format!("={value}"));
    named(&[kind.cause, client, &value])
}

fn id_of_others(kind: &FailureKind) -> FailureId {
    named(&[kind.cause, kind.client_id.as_ref().map_or("", |id| id.as_str()), "others"])
}

/// Twelve letters and digits that nobody confuses, as in references of flows.
fn named(parts: &[&str]) -> FailureId {
    const READABLE: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let hash = Sha256::digest(parts.join("\u{0}"));
    let letters: Vec<char> =
        hash.iter().take(12).map(|byte| char::from(READABLE[usize::from(byte % 32)])).collect();
    let parts: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    FailureId(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::{id, id_of_others};
    use crate::domain::{Cause, ClientId, FailureKind};

    fn kind(client: Option<&str>, value: Option<&str>) -> FailureKind {
        let client = client.map(|id| ClientId(id.to_owned()));
        FailureKind::of(Cause::RedirectUriMismatch, client, value.map(str::to_owned))
    }

    #[test]
    fn what_differs_has_another_name() {
        let kinds = [
            kind(None, None),
            kind(None, Some("")),
            kind(None, Some("others")),
            kind(None, Some("web")),
            kind(Some("web"), None),
            kind(Some("web"), Some("https://a.example")),
        ];
        let mut names: Vec<_> = kinds.iter().map(id).collect();
        names.push(id_of_others(&kinds[0]));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| name.0.len() == 14), "{names:?}");
    }
}
