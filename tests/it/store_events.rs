//! The audit log, and flows with their steps.

use keystead::domain::{
    ClientId, Event, Flow, FlowRecord, FlowRef, FlowState, FlowStep, Layout, Selector, Timestamp,
    UserId,
};
use keystead::store::events::Filter;
use keystead::store::{events, flows};
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

/// The first selector of the second `NOW + seconds`.
fn at(seconds: i64) -> Selector {
    Selector::floor(NOW + seconds)
}

fn object(value: Value) -> Json<Map<String, Value>> {
    Json(value.as_object().unwrap().clone())
}

async fn add(app: &TestApp, event: &Event) {
    app.write(async |tx| events::insert(tx, event).await).await;
}

/// The seconds after `NOW` of the lines a filter shows.
async fn listed(app: &TestApp, filter: &Filter) -> Vec<i64> {
    let lines = app.read(async |conn| events::list(conn, filter, None, 99).await).await;
    lines.iter().map(|event| event.at - NOW).collect()
}

#[tokio::test]
async fn a_line_comes_back_as_written() {
    each_database(async |app: TestApp| {
        let text = |value: &str| Some(value.to_owned());
        let complete = Event {
            at: NOW + 2,
            kind: "sign_in.failed".to_owned(),
            actor: "somebody".to_owned(),
            user_id: Some(UserId("gone".to_owned())),
            client_id: Some(ClientId("never was".to_owned())),
            target: text("alice"),
            failed: true,
            reason: text("wrong_password"),
            flow: Some(FlowRef("K7QF-2M9X".to_owned())),
            address: text("192.0.2.1"),
            detail: object(json!({ "from": null, "to": ["ü", 1, { "x": 1.5 }] })),
            ..samples::event(at(2))
        };
        let plain = samples::event(at(1));
        add(&app, &plain).await;
        add(&app, &complete).await;
        let found = app.read(async |c| events::list(c, &Filter::default(), None, 9).await).await;
        assert_same(&found, &vec![complete, plain]);
    })
    .await;
}

/// A line a second: of Alice and Bob in turn, of NetBox in the first half, every third refused.
async fn twelve_lines(app: &TestApp) {
    for n in 0..12 {
        let user = if n % 2 == 0 { "alice" } else { "bob" };
        let client = if n < 6 { "netbox" } else { "wiki" };
        let event = Event {
            at: NOW + n,
            user_id: Some(UserId(user.to_owned())),
            client_id: Some(ClientId(client.to_owned())),
            failed: n % 3 == 0,
            ..samples::event(at(n))
        };
        add(app, &event).await;
    }
}

#[tokio::test]
async fn the_log_shows_what_is_asked_for() {
    each_database(async |app: TestApp| {
        twelve_lines(&app).await;
        let all = Filter::default();
        let netbox = Filter { client: Some(ClientId("netbox".to_owned())), ..all.clone() };
        let alice = Filter { user: Some(UserId("alice".to_owned())), ..all.clone() };
        assert_eq!(listed(&app, &all).await, (0..12).rev().collect::<Vec<_>>());
        assert_eq!(listed(&app, &netbox).await, [5, 4, 3, 2, 1, 0]);
        assert_eq!(listed(&app, &alice).await, [10, 8, 6, 4, 2, 0]);
        assert_eq!(listed(&app, &Filter { failed: true, ..all.clone() }).await, [9, 6, 3, 0]);
        let since = Filter { since: Some(NOW + 9), ..all.clone() };
        assert_eq!(listed(&app, &since).await, [11, 10, 9]);
        let everything = Filter {
            user: alice.user.clone(),
            since: Some(NOW + 1),
            failed: true,
            ..netbox.clone()
        };
        assert_eq!(listed(&app, &Filter { user: alice.user, ..netbox }).await, [4, 2, 0]);
        assert_eq!(listed(&app, &everything).await, Vec::<i64>::new());
        let never = Filter { since: Some(Timestamp(i64::MAX)), ..all };
        assert_eq!(listed(&app, &never).await, Vec::<i64>::new());
    })
    .await;
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    each_database(async |app: TestApp| {
        twelve_lines(&app).await;
        let (mut before, mut seen) = (None, Vec::new());
        loop {
            let filter = Filter::default();
            let page = app.read(async |c| events::list(c, &filter, before, 5).await).await;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            seen.extend(page.iter().map(|event| event.at - NOW));
            // What is written meanwhile does not shift the pages.
            add(&app, &samples::event(at(100 + seen.len() as i64))).await;
        }
        assert_eq!(seen, (0..12).rev().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn each_line_is_chained_once_in_order() {
    each_database(async |app: TestApp| {
        for n in [2, 0, 1] {
            add(&app, &samples::event(at(n))).await;
        }
        let unchained = async |until, limit| -> Vec<Selector> {
            let lines = app.read(async |conn| events::unchained(conn, until, limit).await).await;
            lines.iter().map(|event| event.id).collect()
        };
        assert_eq!(unchained(at(9), 2).await, [at(0), at(1)]);
        assert_eq!(unchained(at(2), 9).await, [at(0), at(1)]);
        let set = async |link: &[u8]| {
            app.write(async |tx| events::set_chain(tx, at(0), link).await).await
        };
        assert!(set(&[1, 0, 255]).await);
        assert!(!set(&[2]).await);
        assert_eq!(unchained(at(9), 9).await, [at(1), at(2)]);
        let lines = app.read(async |c| events::chained(c, Selector(i64::MIN), 2).await).await;
        let links: Vec<_> = lines.into_iter().map(|(event, link)| (event.id, link)).collect();
        assert_eq!(links, [(at(0), Some(vec![1, 0, 255])), (at(1), None)]);
        let rest = app.read(async |conn| events::chained(conn, at(1), 9).await).await;
        assert_same(&rest, &vec![(samples::event(at(2)), None)]);

        assert_eq!(app.write(async |tx| events::sweep(tx, at(1)).await).await, 1);
        assert_eq!(listed(&app, &Filter::default()).await.len(), 2);
    })
    .await;
}

fn flow(reference: &str) -> Flow {
    Flow {
        reference: FlowRef(reference.to_owned()),
        client_id: None,
        user_id: None,
        layout: Layout::Native,
        state: FlowState::Open,
        cause: None,
        address: None,
        started_at: NOW,
        updated_at: NOW,
    }
}

/// Records a step `ms` after the beginning.
async fn step(app: &TestApp, flow: &Flow, ms: i64, detail: Value) -> FlowStep {
    let step = FlowStep {
        reference: flow.reference.clone(),
        at_ms: NOW.0 * 1000 + ms,
        n: 1,
        kind: "asked".to_owned(),
        detail: object(detail),
    };
    let record = FlowRecord { flow: flow.clone(), step: step.clone() };
    app.write(async |tx| {
        flows::put(tx, std::slice::from_ref(&record.flow)).await?;
        flows::put_steps(tx, std::slice::from_ref(&record.step)).await
    })
    .await;
    step
}

async fn find(app: &TestApp, reference: &str) -> Option<Flow> {
    let reference = FlowRef(reference.to_owned());
    app.read(async |conn| flows::find(conn, &reference).await).await
}

#[tokio::test]
async fn a_flow_learns_from_each_step() {
    each_database(async |app: TestApp| {
        let asked = flow("A");
        step(&app, &asked, 0, json!({})).await;
        assert_same(&find(&app, "A").await, &Some(asked.clone()));

        let known = Flow {
            client_id: Some(ClientId("netbox".to_owned())),
            user_id: Some(UserId("alice".to_owned())),
            address: Some("192.0.2.1".to_owned()),
            updated_at: NOW + 1,
            ..asked.clone()
        };
        step(&app, &known, 1, json!({})).await;
        let mut expected = known.clone();
        assert_same(&find(&app, "A").await, &Some(expected.clone()));

        // A step that knows less takes nothing away; a token endpoint's address is not the person's.
        let later = Flow {
            client_id: Some(ClientId("other".to_owned())),
            user_id: Some(UserId("bob".to_owned())),
            layout: Layout::Kanidm,
            address: Some("198.51.100.7".to_owned()),
            started_at: NOW + 2,
            updated_at: NOW + 2,
            ..asked.clone()
        };
        step(&app, &later, 2, json!({})).await;
        step(&app, &asked, 3, json!({})).await;
        (expected.user_id, expected.updated_at) = (later.user_id, NOW);
        assert_same(&find(&app, "A").await, &Some(expected));
        assert!(find(&app, "B").await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_failure_stays_until_tokens_are_issued_after_all() {
    each_database(async |app: TestApp| {
        let told = |state, cause: Option<&str>| Flow {
            state,
            cause: cause.map(str::to_owned),
            ..flow("A")
        };
        let failed = Some("wrong_password");
        for (n, (step_state, step_cause, state, cause)) in (0..).zip([
            (FlowState::Open, None, FlowState::Open, None),
            (FlowState::Failed, failed, FlowState::Failed, failed),
            (FlowState::Open, None, FlowState::Failed, failed),
            (FlowState::Failed, Some("throttled"), FlowState::Failed, Some("throttled")),
            (FlowState::Done, None, FlowState::Done, None),
            (FlowState::Open, None, FlowState::Done, None),
            (FlowState::Failed, Some("code_reused"), FlowState::Failed, Some("code_reused")),
        ]) {
            step(&app, &told(step_state, step_cause), n, json!({})).await;
            let found = find(&app, "A").await.unwrap();
            assert_eq!((found.state, found.cause.as_deref()), (state, cause), "after step {n}");
        }
    })
    .await;
}

#[tokio::test]
async fn steps_are_told_in_order_and_once() {
    each_database(async |app: TestApp| {
        let (a, b) = (flow("A"), flow("B"));
        let second = step(&app, &a, 20, json!({ "scope": "openid" })).await;
        let first = step(&app, &a, 10, json!({ "nested": [1, null] })).await;
        step(&app, &a, 20, json!({ "again": true })).await;
        step(&app, &b, 15, json!({})).await;
        let steps = async |limit| {
            app.read(async |conn| flows::steps(conn, &a.reference, limit).await).await
        };
        assert_same(&steps(99).await, &vec![first.clone(), second]);
        assert_same(&steps(1).await, &vec![first]);
    })
    .await;
}

#[tokio::test]
async fn the_newest_flows_are_kept_with_their_steps() {
    each_database(async |app: TestApp| {
        // Three begin in each second, as under load.
        for (n, name) in (0..).zip(["A", "B", "C", "D", "E", "F"]) {
            let state = if n % 2 == 0 { FlowState::Failed } else { FlowState::Done };
            let user_id = Some(UserId("alice".to_owned()));
            let flow = Flow { state, user_id, started_at: NOW + n / 3, ..flow(name) };
            step(&app, &flow, n, json!({})).await;
        }
        let list = async |failed, limit| -> Vec<String> {
            let found = app.read(async |conn| flows::list(conn, failed, limit).await).await;
            found.into_iter().map(|flow| flow.reference.0).collect()
        };
        assert_eq!(list(false, 9).await, ["D", "E", "F", "A", "B", "C"]);
        assert_eq!(list(true, 2).await, ["E", "A"]);
        let sweep = async |keep| app.write(async |tx| flows::sweep(tx, keep).await).await;
        assert_eq!((sweep(9).await, sweep(6).await), (0, 0));
        assert_eq!(sweep(4).await, 2);
        assert_eq!(list(false, 9).await, ["D", "E", "F", "A"]);
        let swept = FlowRef("C".to_owned());
        assert!(app.read(async |c| flows::steps(c, &swept, 9).await).await.is_empty());
    })
    .await;
}
