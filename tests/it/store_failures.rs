//! Failures that are alike, counted, and lists of flows.

use keystead::domain::{
    Cause, ClientId, FailureGroup, FailureId, FailureKind, Flow, FlowRef, FlowState, Layout, UserId,
};
use keystead::store::failures::{self, Filter, Tally};
use keystead::store::flows;

use crate::harness::samples::NOW;
use crate::harness::{TestApp, assert_same, each_database};

fn id(name: &str) -> FailureId {
    FailureId(name.to_owned())
}

fn kind(client: Option<&str>, value: Option<&str>) -> FailureKind {
    let client = client.map(|id| ClientId(id.to_owned()));
    FailureKind::of(Cause::RedirectUriMismatch, client, value.map(str::to_owned))
}

async fn count(app: &TestApp, name: &str, kind: &FailureKind, (times, at): (i64, i64)) {
    let tally = Tally { times, first_at: NOW + at, last_at: NOW + at + 1 };
    app.write(async |tx| failures::count(tx, (&id(name), kind, false), tally).await).await;
}

async fn find(app: &TestApp, name: &str) -> Option<FailureGroup> {
    app.read(async |conn| failures::find(conn, &id(name)).await).await
}

async fn listed(app: &TestApp, filter: &Filter) -> Vec<String> {
    let found = app.read(async |conn| failures::list(conn, filter, 9).await).await;
    found.into_iter().map(|group| group.id.0).collect()
}

#[tokio::test]
async fn a_group_counts_and_remembers_first_and_last() {
    each_database(async |app: TestApp| {
        let kind = kind(Some("web"), Some("http://a"));
        count(&app, "A", &kind, (2, 10)).await;
        count(&app, "A", &kind, (3, 20)).await;
        // Nodes may write late.
        count(&app, "A", &kind, (1, 5)).await;
        let expected = FailureGroup {
            id: id("A"),
            cause: "redirect_uri_mismatch".into(),
            client_id: Some(ClientId("web".into())),
            value: Some("http://a".into()),
            others: false,
            times: 6,
            first_at: NOW + 10,
            last_at: NOW + 21,
            solved_at: None,
            solved_by: None,
            solved_times: None,
        };
        assert_same(&find(&app, "A").await, &Some(expected));
        assert!(find(&app, "B").await.is_none());
    })
    .await;
}

#[tokio::test]
async fn groups_are_found_by_what_they_have_in_common() {
    each_database(async |app: TestApp| {
        count(&app, "A", &kind(Some("web"), Some("1")), (1, 0)).await;
        count(&app, "B", &kind(Some("web"), Some("2")), (1, 5)).await;
        count(&app, "C", &kind(None, Some("2")), (1, 9)).await;
        let unknown = FailureKind::of(Cause::UnknownClient, None, None);
        let tally = Tally { times: 1, first_at: NOW, last_at: NOW + 3 };
        app.write(async |tx| failures::count(tx, (&id("D"), &unknown, true), tally).await).await;
        let alike = async |cause: &str, client: Option<&str>| {
            let client = client.map(|id| ClientId(id.to_owned()));
            let mut found =
                app.read(async |c| failures::alike(c, cause, client.as_ref()).await).await;
            found.sort();
            found
        };
        assert_eq!(alike("redirect_uri_mismatch", Some("web")).await, [id("A"), id("B")]);
        assert_eq!(alike("redirect_uri_mismatch", None).await, [id("C")]);
        assert!(alike("unknown_client", None).await.is_empty(), "others are no value");
        assert_eq!(listed(&app, &Filter::default()).await, ["C", "B", "D", "A"]);
        let web = Filter { client: Some(ClientId("web".into())), ..Filter::default() };
        assert_eq!(listed(&app, &web).await, ["B", "A"]);
        let cause = Filter { cause: Some("unknown_client".into()), ..Filter::default() };
        assert_eq!(listed(&app, &cause).await, ["D"]);
    })
    .await;
}

#[tokio::test]
async fn a_solved_group_is_gone_until_it_happens_again() {
    each_database(async |app: TestApp| {
        let kind = kind(None, None);
        count(&app, "A", &kind, (2, 0)).await;
        let solve = async |name: &str, at: i64| {
            app.write(async |tx| failures::solve(tx, &id(name), (NOW + at, "root")).await).await
        };
        assert_eq!(
            (solve("A", 5).await, solve("A", 6).await, solve("B", 5).await),
            (true, false, false)
        );
        let solved = find(&app, "A").await.unwrap();
        assert!(solved.is_solved() && !solved.is_back());
        assert_eq!((solved.solved_at, solved.solved_times), (Some(NOW + 5), Some(2)));
        assert_eq!(solved.solved_by.as_deref(), Some("root"));
        assert!(listed(&app, &Filter::default()).await.is_empty());
        assert_eq!(listed(&app, &Filter { solved: true, ..Filter::default() }).await, ["A"]);
        count(&app, "A", &kind, (1, 5)).await;
        let back = find(&app, "A").await.unwrap();
        assert!(back.is_back() && !back.is_solved());
        assert_eq!(listed(&app, &Filter::default()).await, ["A"]);
        assert!(solve("A", 9).await);
        let reopen =
            async |name: &str| app.write(async |tx| failures::reopen(tx, &id(name)).await).await;
        assert_eq!((reopen("A").await, reopen("A").await, reopen("B").await), (true, false, false));
        let open = find(&app, "A").await.unwrap();
        assert!(!open.is_solved() && !open.is_back() && open.solved_by.is_none());
    })
    .await;
}

#[tokio::test]
async fn old_groups_go_and_so_does_what_is_too_many() {
    each_database(async |app: TestApp| {
        for (n, name) in (0..).zip(["A", "B", "C", "D"]) {
            count(&app, name, &kind(None, Some(name)), (1, n * 10)).await;
        }
        let sweep = async |before: i64, keep: i64| {
            app.write(async |tx| failures::sweep(tx, NOW + before, keep).await).await
        };
        assert_eq!((sweep(1, 9).await, sweep(2, 9).await), (0, 1));
        assert_eq!(sweep(0, 2).await, 1);
        assert_eq!(listed(&app, &Filter::default()).await, ["D", "C"]);
    })
    .await;
}

fn flow(name: &str, at: i64) -> Flow {
    Flow {
        reference: FlowRef(name.to_owned()),
        client_id: Some(ClientId("web".into())),
        user_id: Some(UserId("alice".into())),
        layout: Layout::Native,
        state: FlowState::Done,
        cause: None,
        group_id: None,
        address: None,
        started_at: NOW + at,
        updated_at: NOW + at,
        begun_ms: (NOW.0 + at) * 1000,
    }
}

async fn put(app: &TestApp, flows: &[Flow]) {
    app.write(async |tx| flows::put(tx, flows).await).await;
}

#[tokio::test]
async fn flows_are_listed_by_every_filter_page_by_page() {
    each_database(async |app: TestApp| {
        let failed = Flow {
            state: FlowState::Failed,
            cause: Some("code_expired".into()),
            group_id: Some(id("G")),
            ..flow("B", 0)
        };
        let wiki = Flow { client_id: Some(ClientId("wiki".into())), ..flow("C", 5) };
        let bob = Flow { user_id: Some(UserId("bob".into())), ..flow("D", 9) };
        let wiki_later = Flow { begun_ms: wiki.begun_ms + 500, ..wiki.clone() };
        let wiki_later = Flow { reference: FlowRef("E".to_owned()), ..wiki_later };
        put(&app, &[flow("A", 0), failed, wiki, wiki_later, bob]).await;
        let list = async |filter: flows::Filter, after: Option<&Flow>, limit| {
            let found = app.read(async |c| flows::list(c, &filter, after, limit).await).await;
            found.into_iter().map(|flow| flow.reference.0).collect::<Vec<_>>()
        };
        let all = flows::Filter::default;
        assert_eq!(list(all(), None, 9).await, ["D", "E", "C", "A", "B"]);
        let client = Some(ClientId("web".into()));
        assert_eq!(
            list(flows::Filter { client: client.clone(), ..all() }, None, 9).await,
            ["D", "A", "B"]
        );
        let user = Some(UserId("alice".into()));
        assert_eq!(list(flows::Filter { user, ..all() }, None, 9).await, ["E", "C", "A", "B"]);
        let cause = Some("code_expired".to_owned());
        let failed = true;
        assert_eq!(list(flows::Filter { failed, client, cause, ..all() }, None, 9).await, ["B"]);
        assert_eq!(list(flows::Filter { group: Some(id("G")), ..all() }, None, 9).await, ["B"]);
        assert_eq!(
            list(flows::Filter { since: Some(NOW + 5), ..all() }, None, 9).await,
            ["D", "E", "C"]
        );
        let mut after = None;
        for page in [&["D"][..], &["E"], &["C"], &["A"], &["B"], &[]] {
            assert_eq!(list(all(), after.as_ref(), 1).await, page);
            if let Some(name) = page.first() {
                let last = FlowRef((*name).to_owned());
                after = app.read(async |conn| flows::find(conn, &last).await).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_again_is_marked_once() {
    each_database(async |app: TestApp| {
        let nobody = Flow { user_id: None, ..flow("C", 7) };
        put(&app, &[flow("A", 0), flow("B", 5), nobody]).await;
        let recent = app.read(async |conn| flows::recent(conn, NOW + 1, 9).await).await;
        assert_eq!(recent.len(), 1, "of people who are known, from then on");
        assert_eq!(recent[0].reference.as_str(), "B");
        let a = FlowRef("A".to_owned());
        let mark = async || app.write(async |tx| flows::mark_restarted(tx, &a).await).await;
        let marked = mark().await.unwrap();
        assert_eq!(marked.cause.as_deref(), Some("restarted_after_tokens"));
        assert!(mark().await.is_none());
        app.write(async |tx| flows::set_group(tx, &a, &id("G")).await).await;
        let found = app.read(async |conn| flows::find(conn, &a).await).await.unwrap();
        assert_eq!((found.state, found.group_id), (FlowState::Failed, Some(id("G"))));
    })
    .await;
}

#[tokio::test]
async fn of_many_flows_the_newest_that_fit_are_listed() {
    each_database(async |app: TestApp| {
        // One in a hundred failed.
        app.sql(
            "insert into flows (ref, client_id, user_id, layout, state, cause, started_at, updated_at)
             with recursive n(i) as (select 0 union all select i + 1 from n where i < 20000)
             select 'R' || i, 'c' || (i % 50), 'u' || (i % 500), 'native',
             case when i % 100 = 0 then 'failed' else 'open' end,
             case when i % 100 = 0 then 'code_expired' else null end, i, i from n",
        )
        .await;
        app.sql("analyze").await;
        let of = flows::Filter::default;
        for filter in [
            flows::Filter { failed: true, ..of() },
            flows::Filter { failed: true, client: Some(ClientId("c0".into())), ..of() },
            flows::Filter { client: Some(ClientId("c7".into())), ..of() },
            flows::Filter { user: Some(UserId("u7".into())), ..of() },
            flows::Filter { cause: Some("code_expired".into()), ..of() },
        ] {
            let found = app.read(async |c| flows::list(c, &filter, None, 20).await).await;
            assert_eq!(found.len(), 20, "{filter:?}");
            assert!(found.windows(2).all(|two| two[0].started_at >= two[1].started_at));
        }
    })
    .await;
}
