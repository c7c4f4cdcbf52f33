//! Flows and their steps.

use keystead::domain::{Cause, ClientId, Flow, FlowRef, FlowState, FlowStep, Layout, UserId};
use keystead::explain::FlowNote;
use keystead::store::flows::{self, Filter};
use serde_json::{Value, json};
use sqlx::types::Json;

use crate::harness::samples::NOW;
use crate::harness::{TestApp, assert_same, each_database};

fn flow(reference: &str) -> Flow {
    Flow {
        reference: FlowRef(reference.to_owned()),
        client_id: None,
        user_id: None,
        layout: Layout::Native,
        state: FlowState::Open,
        cause: None,
        group_id: None,
        address: None,
        started_at: NOW,
        updated_at: NOW,
        begun_ms: NOW.0 * 1000,
    }
}

fn step(flow: &Flow, ms: i64, detail: Value) -> FlowStep {
    FlowStep {
        reference: flow.reference.clone(),
        at_ms: NOW.0 * 1000 + ms,
        n: 1,
        kind: "asked".to_owned(),
        detail: Json(detail.as_object().unwrap().clone()),
    }
}

async fn put(app: &TestApp, flow: &Flow) {
    app.write(async |tx| flows::put(tx, std::slice::from_ref(flow)).await).await;
}

async fn find(app: &TestApp, reference: &str) -> Option<Flow> {
    let reference = FlowRef(reference.to_owned());
    app.read(async |conn| flows::find(conn, &reference).await).await
}

#[tokio::test]
async fn a_flow_learns_from_each_step() {
    each_database(async |app: TestApp| {
        let asked = flow("A");
        put(&app, &asked).await;
        assert_same(&find(&app, "A").await, &Some(asked.clone()));

        let known = Flow {
            client_id: Some(ClientId("netbox".to_owned())),
            user_id: Some(UserId("alice".to_owned())),
            address: Some("192.0.2.1".to_owned()),
            updated_at: NOW + 1,
            ..asked.clone()
        };
        put(&app, &known).await;
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
        put(&app, &later).await;
        put(&app, &asked).await;
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
        for (n, (step_state, step_cause, state, cause)) in (1..).zip([
            (FlowState::Open, None, FlowState::Open, None),
            (FlowState::Failed, failed, FlowState::Failed, failed),
            (FlowState::Open, None, FlowState::Failed, failed),
            (FlowState::Failed, Some("throttled"), FlowState::Failed, Some("throttled")),
            (FlowState::Done, None, FlowState::Done, None),
            (FlowState::Open, None, FlowState::Done, None),
            (FlowState::Failed, Some("code_reused"), FlowState::Failed, Some("code_reused")),
        ]) {
            put(&app, &told(step_state, step_cause)).await;
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
        let steps = [
            step(&a, 20, json!({ "scope": "openid" })),
            step(&a, 10, json!({ "nested": [1, null] })),
            step(&a, 20, json!({ "again": true })),
            step(&b, 15, json!({})),
        ];
        app.write(async |tx| {
            flows::put(tx, &[a.clone(), b]).await?;
            flows::put_steps(tx, &steps).await
        })
        .await;
        let told = async |limit| {
            app.read(async |conn| flows::steps(conn, &a.reference, limit).await).await
        };
        let [second, first, ..] = steps;
        assert_same(&told(99).await, &vec![first.clone(), second]);
        assert_same(&told(1).await, &vec![first]);
    })
    .await;
}

#[tokio::test]
async fn many_flows_are_put_at_once() {
    each_database(async |app: TestApp| {
        for count in [0, 1, 31, 32, 33, 71] {
            let flows: Vec<Flow> = (0..count).map(|n| flow(&format!("{count}-{n:02}"))).collect();
            let steps: Vec<FlowStep> = flows.iter().map(|flow| step(flow, 0, json!({}))).collect();
            app.write(async |tx| {
                flows::put(tx, &flows).await?;
                flows::put_steps(tx, &steps).await
            })
            .await;
            for (flow, step) in flows.iter().zip(&steps) {
                let reference = &flow.reference;
                assert_same(&find(&app, reference.as_str()).await, &Some(flow.clone()));
                let told = app.read(async |conn| flows::steps(conn, reference, 9).await).await;
                assert_same(&told, &vec![step.clone()]);
            }
        }
    })
    .await;
}

/// The references of the newest flows.
async fn list(app: &TestApp, failed: bool, limit: i64) -> Vec<String> {
    let filter = Filter { failed, ..Filter::default() };
    let found = app.read(async |conn| flows::list(conn, &filter, None, limit).await).await;
    let counted = app.read(async |conn| flows::count(conn, &filter, limit).await).await;
    assert_eq!(i64::try_from(found.len()).unwrap(), counted);
    found.into_iter().map(|flow| flow.reference.0).collect()
}

async fn sweep(app: &TestApp, keep: i64) -> u64 {
    app.write(async |tx| flows::sweep(tx, keep).await).await
}

#[tokio::test]
async fn the_newest_flows_are_kept_with_their_steps() {
    each_database(async |app: TestApp| {
        // Three begin in each second, as under load.
        for (n, name) in (0..).zip(["A", "B", "C", "D", "E", "F"]) {
            let state = if n % 2 == 0 { FlowState::Failed } else { FlowState::Done };
            let user_id = Some(UserId("alice".to_owned()));
            let (started_at, begun_ms) = (NOW + n / 3, NOW.0 * 1000 + n * 334);
            let flow = Flow { state, user_id, started_at, begun_ms, ..flow(name) };
            put(&app, &flow).await;
            app.write(async |tx| flows::put_steps(tx, &[step(&flow, n, json!({}))]).await).await;
        }
        assert_eq!(list(&app, false, 9).await, ["F", "E", "D", "C", "B", "A"]);
        assert_eq!(list(&app, true, 2).await, ["E", "C"]);
        assert_eq!((sweep(&app, 9).await, sweep(&app, 6).await), (0, 0));
        assert_eq!(sweep(&app, 4).await, 2);
        assert_eq!(list(&app, false, 9).await, ["F", "E", "D", "C"]);
        let swept = FlowRef("A".to_owned());
        assert!(app.read(async |conn| flows::steps(conn, &swept, 9).await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn strangers_cannot_drive_out_the_flows_of_our_people() {
    each_database(async |app: TestApp| {
        let ours = Flow { user_id: Some(UserId("alice".to_owned())), ..flow("ours") };
        put(&app, &ours).await;
        let failed = |name: String, cause: &str, n| Flow {
            state: FlowState::Failed,
            cause: Some(cause.to_owned()),
            started_at: NOW + n,
            ..flow(&name)
        };
        for n in 1..=30 {
            let cause = if n % 2 == 0 { "unknown_client" } else { "malformed_request" };
            put(&app, &failed(format!("stranger-{n:02}"), cause, n)).await;
            put(&app, &failed(format!("guess-{n:02}"), "unknown_user", n)).await;
        }
        // A tenth for those who name no client, half for all in which nobody signed in.
        assert_eq!(sweep(&app, 20).await, 28 + 22);
        let kept = list(&app, false, 99).await;
        assert_eq!(kept.len(), 11);
        assert_eq!(kept[..3], ["guess-30", "stranger-30", "guess-29"]);
        assert_eq!(kept.last().unwrap(), "ours");
    })
    .await;
}

#[tokio::test]
async fn a_code_nobody_came_for_is_a_failure_in_the_end() {
    each_database(async |app: TestApp| {
        let codes = [
            ("waiting", FlowState::Open, NOW + 5),
            ("stalled", FlowState::Open, NOW + 4),
            ("redeemed", FlowState::Done, NOW + 4),
            ("refused", FlowState::Failed, NOW + 4),
            ("no-code", FlowState::Open, NOW + 4),
        ];
        for (name, state, updated_at) in codes {
            let flow = Flow { state, updated_at, ..flow(name) };
            let kind = if name == "no-code" { "asked" } else { "code_issued" };
            let step = FlowStep { kind: kind.to_owned(), ..step(&flow, 0, json!({})) };
            put(&app, &flow).await;
            app.write(async |tx| flows::put_steps(tx, &[step]).await).await;
        }
        let mark =
            async || app.write(async |tx| flows::mark_stalled(tx, NOW + 5).await).await.len();
        assert_eq!((mark().await, mark().await), (1, 0));
        let stalled = find(&app, "stalled").await.unwrap();
        assert_eq!(stalled.state, FlowState::Failed);
        assert_eq!(stalled.cause.as_deref(), Some("code_never_redeemed"));
        for (name, state, _) in codes.into_iter().filter(|(name, ..)| *name != "stalled") {
            assert_eq!(find(&app, name).await.unwrap().state, state, "{name}");
        }
    })
    .await;
}

fn note(reference: &FlowRef, kind: &'static str) -> FlowNote {
    FlowNote {
        reference: reference.clone(),
        client: None,
        user: None,
        layout: Layout::Native,
        kind,
        state: FlowState::Open,
        cause: None,
        address: None,
        detail: Vec::new(),
    }
}

#[tokio::test]
async fn nodes_that_tell_of_the_same_flows_lose_no_step() {
    each_database(async |app: TestApp| {
        let node = app.another_node().await;
        let references: Vec<FlowRef> = (0..150).map(|_| app.random.flow_ref()).collect();
        for _ in 0..5 {
            for reference in &references {
                app.flows.note(note(reference, "asked"), &app.clock);
            }
            for reference in references.iter().rev() {
                node.flows.note(note(reference, "code_redeemed"), &node.clock);
            }
            app.wait(10);
            let (here, there) = tokio::join!(app.flows.flush(&app.db), node.flows.flush(&node.db));
            here.and(there).unwrap();
        }
        for reference in &references {
            let steps = app.read(async |conn| flows::steps(conn, reference, 99).await).await;
            assert_eq!(steps.len(), 10);
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_flow_told_at_once_is_the_same_as_told_step_by_step() {
    each_database(async |app: TestApp| {
        let kinds = [
            (FlowState::Open, None),
            (FlowState::Failed, Some(Cause::WrongPassword)),
            (FlowState::Failed, None),
            (FlowState::Done, None),
        ];
        let tell = |prefix: &str, tale: usize, n: usize| {
            let (state, cause) = kinds[tale / kinds.len().pow(n as u32) % kinds.len()];
            let reference = FlowRef(format!("{prefix}-{tale}"));
            let some = |on: bool| on.then(|| format!("{n}"));
            let client = some(tale % 3 < n).map(ClientId);
            let (user, address) = (some(tale % 2 < n).map(UserId), some(tale % 5 < n));
            let told = FlowNote { client, user, address, state, cause, ..note(&reference, "told") };
            app.flows.note(told, &app.clock);
        };
        let tales = kinds.len().pow(3);
        for n in 0..3 {
            (0..tales).for_each(|tale| tell("steps", tale, n));
            app.flows.flush(&app.db).await.unwrap();
        }
        for tale in 0..tales {
            (0..3).for_each(|n| tell("once", tale, n));
        }
        app.flows.flush(&app.db).await.unwrap();
        for tale in 0..tales {
            let steps = find(&app, &format!("steps-{tale}")).await.unwrap();
            let once = find(&app, &format!("once-{tale}")).await.unwrap();
            assert_same(&Flow { reference: steps.reference.clone(), ..once }, &steps);
        }
    })
    .await;
}

#[tokio::test]
async fn flows_are_counted_by_hour_and_how_they_ended() {
    each_database(async |app: TestApp| {
        for (n, (after, state)) in [
            (-1, FlowState::Done),
            (0, FlowState::Done),
            (3599, FlowState::Done),
            (10, FlowState::Failed),
            (7200, FlowState::Open),
        ]
        .into_iter()
        .enumerate()
        {
            put(&app, &Flow { state, started_at: NOW + after, ..flow(&format!("H{n}")) }).await;
        }
        let hours = async |limit| app.read(async |conn| flows::hours(conn, NOW, limit).await).await;
        let all = [(0, FlowState::Done, 2), (0, FlowState::Failed, 1), (2, FlowState::Open, 1)];
        assert_eq!(hours(9).await, all);
        assert_eq!(hours(2).await, [(0, FlowState::Done, 1), (2, FlowState::Open, 1)]);
    })
    .await;
}

#[tokio::test]
async fn each_client_is_told_when_it_was_last_asked() {
    each_database(async |app: TestApp| {
        let (web, wiki, none) =
            (ClientId("web".into()), ClientId("wiki".into()), ClientId("none".into()));
        for (n, (client, at)) in [(&web, 1), (&web, 9), (&web, 5), (&wiki, 3)].iter().enumerate() {
            let began = Flow {
                client_id: Some((*client).clone()),
                started_at: NOW + *at,
                ..flow(&format!("F{n}"))
            };
            put(&app, &began).await;
        }
        let asked = [&web, &none, &wiki];
        let mut found = app.read(async |conn| flows::newest_of(conn, &asked).await).await;
        found.sort();
        assert_eq!(found, [(web, NOW + 9), (wiki, NOW + 3)]);
        assert!(app.read(async |conn| flows::newest_of(conn, &[]).await).await.is_empty());
    })
    .await;
}
