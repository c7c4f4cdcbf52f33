//! Sign-ins that brought tokens and were begun again within a minute: the application probably
//! refused what it got.

use std::collections::BTreeMap;

use crate::domain::{ClientId, Flow, FlowRef, FlowState, FlowStep, MINUTE, Timestamp, UserId};
use crate::store::{self, Conn, flows};

/// How long ago flows may have begun that are compared.
const WINDOW: i64 = 10 * MINUTE;
/// Flows that are compared at a time.
const COMPARED: i64 = 5_000;
/// Flows of one person at one client within the window, beyond which it is a program.
const PERSONS: usize = 10;
/// Pairs whose steps are looked at, at a time.
const PAIRS: usize = 50;

/// The flows whose tokens were probably refused.
pub(super) async fn find(conn: &mut Conn, now: Timestamp) -> store::Result<Vec<FlowRef>> {
    let recent = flows::recent(conn, now - WINDOW, COMPARED).await?;
    let mut found = Vec::new();
    for (first, second) in pairs(&recent).into_iter().take(PAIRS) {
        let got = flows::steps(conn, first, 100).await?;
        let again = flows::steps(conn, second, 1).await?;
        if were_refused(&got, &again) {
            found.push(first.clone());
        }
    }
    Ok(found)
}

/// Flows of one person at one client that follow each other within a minute, the first with tokens.
fn pairs(recent: &[Flow]) -> Vec<(&FlowRef, &FlowRef)> {
    let mut all: BTreeMap<(&UserId, &ClientId), Vec<&Flow>> = BTreeMap::new();
    for flow in recent {
        if let (Some(user), Some(client)) = (&flow.user_id, &flow.client_id) {
            all.entry((user, client)).or_default().push(flow);
        }
    }
    let mut pairs = Vec::new();
    for mut flows in all.into_values().filter(|flows| flows.len() <= PERSONS) {
        flows.sort_by_key(|flow| flow.begun_ms);
        for two in flows.windows(2) {
            let (first, second) = (two[0], two[1]);
            let between = second.started_at - first.updated_at;
            if first.state == FlowState::Done && (0..=MINUTE).contains(&between) {
                pairs.push((&first.reference, &second.reference));
            }
        }
    }
    pairs
}

/// Tokens that were refreshed or given back were not refused, and asking without showing a page
/// is no new beginning.
fn were_refused(got: &[FlowStep], again: &[FlowStep]) -> bool {
    let last = got.last().map(|step| step.kind.as_str());
    let redeemed = got.iter().any(|step| step.kind == "code_redeemed");
    let asked = again.first().is_some_and(|step| step.kind == "asked");
    let kept =
        got.iter().any(|step| matches!(step.kind.as_str(), "tokens_refreshed" | "token_revoked"));
    let ended = matches!(last, Some("code_redeemed" | "id_token_issued" | "userinfo_read"));
    redeemed && asked && ended && !kept
}

#[cfg(test)]
mod tests {
    use super::pairs;
    use crate::domain::{ClientId, Flow, FlowRef, FlowState, Layout, Timestamp, UserId};

    fn flow(name: &str, (started, updated): (i64, i64), state: FlowState) -> Flow {
        Flow {
            reference: FlowRef(name.into()),
            client_id: Some(ClientId("web".into())),
            user_id: Some(UserId("alice".into())),
            layout: Layout::Native,
            state,
            cause: None,
            group_id: None,
            address: None,
            started_at: Timestamp(started),
            updated_at: Timestamp(updated),
            begun_ms: started * 1000,
        }
    }

    fn named(flows: &[Flow]) -> Vec<(&str, &str)> {
        pairs(flows).into_iter().map(|(a, b)| (a.as_str(), b.as_str())).collect()
    }

    #[test]
    fn only_what_follows_tokens_within_a_minute_is_a_pair() {
        let (done, open) = (FlowState::Done, FlowState::Open);
        let b = flow("b", (70, 75), open);
        assert_eq!(named(&[b.clone(), flow("a", (0, 10), done)]), [("a", "b")]);
        assert!(named(&[b.clone(), flow("a", (0, 9), done)]).is_empty(), "too long ago");
        assert!(named(&[b.clone(), flow("a", (0, 10), open)]).is_empty(), "no tokens");
        assert!(named(&[b.clone(), flow("a", (0, 71), done)]).is_empty(), "still in use");
        let same_second = Flow { begun_ms: 500, ..flow("b", (0, 75), open) };
        let first = flow("a", (0, 0), done);
        assert_eq!(named(&[same_second, first]), [("a", "b")], "however they come");
        let other = Flow { client_id: Some(ClientId("wiki".into())), ..flow("a", (0, 10), done) };
        assert!(named(&[b, other]).is_empty());
    }

    #[test]
    fn whoever_signs_in_again_and_again_is_a_program() {
        let many: Vec<Flow> =
            (0..11).map(|n| flow(&format!("{n:02}"), (n, n), FlowState::Done)).collect();
        assert!(named(&many).is_empty());
        assert_eq!(named(&many[..10]).len(), 9);
    }
}
