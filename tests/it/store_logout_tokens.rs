//! Logout tokens: taken once, settled by whoever took them, and forgotten in the end.

use keystead::domain::{
    Cause, ClientId, FlowRef, Grant, Layout, LogoutToken, Selector, Session, UserId,
};
use keystead::store::logout_tokens::{self, Attempt, Filter};
use keystead::store::{grants, sessions, users};

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

fn token(id: i64, client: &str) -> LogoutToken {
    LogoutToken {
        id: Selector(id),
        client_id: ClientId(client.to_owned()),
        user_id: UserId("somebody".to_owned()),
        sub: "señor".to_owned(),
        sid: Some("sid".to_owned()),
        layout: Layout::Kanidm,
        flow: FlowRef(format!("K7QF-000{id}")),
        attempts: 0,
        due_at: NOW,
        problem: None,
        answered: None,
        done_at: None,
    }
}

async fn add(app: &TestApp, token: &LogoutToken) {
    app.write(async |tx| logout_tokens::insert(tx, token).await).await;
}

async fn find(app: &TestApp, id: i64) -> Option<LogoutToken> {
    let reference = FlowRef(format!("K7QF-000{id}"));
    app.read(async |conn| logout_tokens::find(conn, &reference).await).await
}

#[tokio::test]
async fn one_comes_back_as_stored() {
    each_database(async |app: TestApp| {
        app.client("web").await;
        let complete = LogoutToken {
            problem: Some("logout_not_accepted".to_owned()),
            answered: Some("ü".to_owned()),
            done_at: Some(NOW),
            sid: None,
            ..token(1, "web")
        };
        for token in [complete, token(2, "web")] {
            add(&app, &token).await;
            assert_same(&find(&app, token.id.0).await.unwrap(), &token);
        }
        assert!(find(&app, 3).await.is_none());
        app.write(async |tx| keystead::store::clients::delete(tx, &ClientId("web".into())).await)
            .await;
        assert!(find(&app, 1).await.is_none(), "it goes with its client");
    })
    .await;
}

#[tokio::test]
async fn one_is_taken_when_its_time_has_come_and_settled_by_who_took_it() {
    each_database(async |app: TestApp| {
        app.client("web").await;
        add(&app, &token(1, "web")).await;
        add(&app, &LogoutToken { due_at: NOW - 1, ..token(2, "web") }).await;
        let due = async |now| app.read(async |conn| logout_tokens::due(conn, now, 9).await).await;
        assert_eq!(due(NOW - 2).await, []);
        assert_eq!(due(NOW).await, [Selector(2), Selector(1)], "the longest waiting first");
        let take = async |now, lease| {
            app.write(async |tx| logout_tokens::take(tx, Selector(1), (now, lease)).await).await
        };
        assert!(take(NOW - 1, NOW + 60).await.is_none());
        let taken = take(NOW, NOW + 60).await.unwrap();
        assert_eq!((taken.attempts, taken.due_at), (1, NOW + 60));
        assert!(take(NOW + 59, NOW + 120).await.is_none());
        let again = take(NOW + 60, NOW + 120).await.unwrap();
        let failed = Attempt {
            problem: Some(Cause::LogoutUnreachable),
            answered: Some("nothing".to_owned()),
            due_at: NOW + 500,
            done_at: None,
        };
        let settle = async |token: &LogoutToken, attempt: &Attempt| {
            app.write(async |tx| logout_tokens::settle(tx, token, attempt).await).await
        };
        assert!(!settle(&taken, &failed).await);
        assert!(settle(&again, &failed).await);
        assert_eq!(due(NOW + 499).await, [Selector(2)]);
        let last = take(NOW + 500, NOW + 560).await.unwrap();
        assert_eq!(last.problem.as_deref(), Some("logout_unreachable"));
        let arrived = Attempt { problem: None, answered: None, done_at: Some(NOW + 501), ..failed };
        assert!(settle(&last, &arrived).await && !settle(&last, &arrived).await);
        assert!(take(NOW + 9999, NOW + 10_000).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn lists_are_narrowed_down_and_what_failed_begins_anew() {
    each_database(async |app: TestApp| {
        app.client("web").await;
        app.client("wiki").await;
        let given_up = LogoutToken {
            attempts: 8,
            problem: Some("logout_not_trusted".to_owned()),
            done_at: Some(NOW),
            ..token(1, "web")
        };
        add(&app, &given_up).await;
        add(&app, &LogoutToken { done_at: Some(NOW), ..token(2, "web") }).await;
        add(&app, &token(3, "wiki")).await;
        let list = async |client: Option<&str>, failed| {
            let client = client.map(|id| ClientId(id.to_owned()));
            let filter = Filter { client, failed, before: None };
            let found = app.read(async |conn| logout_tokens::list(conn, &filter, 9).await).await;
            found.into_iter().map(|token| token.id.0).collect::<Vec<_>>()
        };
        assert_eq!(list(None, false).await, [3, 2, 1]);
        assert_eq!(list(None, true).await, [1]);
        assert_eq!(list(Some("web"), false).await, [2, 1]);
        assert_eq!(list(Some("web"), true).await, [1]);
        assert!(list(Some("wiki"), true).await.is_empty());
        for (client, failed) in [(None, false), (None, true), (Some("web"), false)] {
            let client = client.map(|id: &str| ClientId(id.to_owned()));
            let filter = Filter { client, failed, before: Some(Selector(2)) };
            let older = app.read(async |conn| logout_tokens::list(conn, &filter, 9).await).await;
            assert_eq!(older.iter().map(|token| token.id.0).collect::<Vec<_>>(), [1]);
        }
        let retry = async |id| {
            app.write(async |tx| logout_tokens::retry(tx, Selector(id), NOW + 5).await).await
        };
        assert!(retry(1).await && !retry(2).await && retry(3).await);
        let begun = find(&app, 1).await.unwrap();
        assert_eq!((begun.attempts, begun.due_at, begun.done_at), (0, NOW + 5, None));
        let delete =
            async || app.write(async |tx| logout_tokens::delete(tx, Selector(3)).await).await;
        assert!(delete().await && !delete().await);
        let sweep =
            async |id| app.write(async |tx| logout_tokens::sweep(tx, Selector(id)).await).await;
        assert_eq!((sweep(2).await, sweep(3).await), (0, 1), "what waits stays");
    })
    .await;
}

#[tokio::test]
async fn sign_ins_are_found_by_session_and_by_person() {
    each_database(async |app: TestApp| {
        let alice = samples::user("alice");
        app.write(async |tx| users::insert(tx, &alice, None).await).await;
        let web = app.client("web").await.client;
        let wiki = app.client("wiki").await.client;
        let (open, ended) = (samples::session(1, &alice), samples::session(2, &alice));
        let ended = Session { ended_at: Some(NOW), ..ended };
        let grant = |id, client, session: &Session| Grant {
            session_id: Some(session.id),
            sid: session.sid.clone(),
            ..samples::grant(id, &alice, client)
        };
        let revoked = Grant { revoked_at: Some(NOW), ..grant(4, &wiki, &ended) };
        app.write(async |tx| {
            sessions::insert(tx, &open).await?;
            sessions::insert(tx, &ended).await?;
            for one in
                [grant(1, &web, &open), grant(2, &web, &open), grant(3, &wiki, &ended), revoked]
            {
                grants::insert(tx, &one).await?;
            }
            Ok(())
        })
        .await;
        let of_session = app
            .read(async |conn| grants::clients_of_session(conn, &alice.id, &open.sid).await)
            .await;
        assert_eq!(of_session, [(web.id.clone(), Layout::Native)]);
        let of_user = async |now| {
            app.read(async |conn| grants::clients_of_user(conn, &alice.id, now, 9).await).await
        };
        let both = [
            (wiki.id.clone(), Layout::Native, ended.sid.clone()),
            (web.id.clone(), Layout::Native, open.sid.clone()),
        ];
        assert_eq!(of_user(NOW).await, both);
        app.write(async |tx| grants::revoke(tx, Selector(3), NOW).await).await;
        assert_eq!(of_user(NOW).await, both, "its session ended just now");
        assert_eq!(of_user(NOW + 1).await, both[1..]);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_keeps_no_other_waiting() {
    each_database(async |app: TestApp| {
        app.client("web").await;
        app.client("wiki").await;
        for id in 1..=12 {
            add(&app, &token(id, "web")).await;
        }
        add(&app, &LogoutToken { due_at: NOW + 1, ..token(13, "wiki") }).await;
        let due = app.read(async |conn| logout_tokens::due(conn, NOW + 1, 9).await).await;
        assert_eq!((due.len(), due[8]), (9, Selector(13)));
    })
    .await;
}
