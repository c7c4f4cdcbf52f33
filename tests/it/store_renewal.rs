//! What takes the place of something else: refresh tokens, sessions, passwords, stalled flows.

use keystead::domain::{FlowState, Selector, Timestamp, User};
use keystead::store::{flows, grants, refresh_tokens, sessions, users};

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, each_database};

async fn alice(app: &TestApp) -> User {
    app.user("alice").await
}

#[tokio::test]
async fn of_the_successors_of_a_refresh_token_the_unused_ones_are_set_aside() {
    each_database(async |app: TestApp| {
        let first = samples::refresh_token(1, 7);
        let mut second = samples::refresh_token(2, 7);
        second.parent_id = Some(first.id);
        app.write(async |tx| {
            refresh_tokens::insert(tx, &first).await?;
            refresh_tokens::insert(tx, &second).await?;
            refresh_tokens::hold(tx, first.id).await
        })
        .await;
        let supersede = async || {
            app.write(async |tx| refresh_tokens::supersede_successors(tx, &first, NOW).await).await
        };
        assert_eq!((supersede().await, supersede().await), (1, 0));
        let found = app.read(async |conn| refresh_tokens::find(conn, second.id).await).await;
        assert_eq!(found.unwrap().superseded_at, Some(NOW));
    })
    .await;
}

#[tokio::test]
async fn grants_go_on_in_the_session_that_takes_the_place_of_theirs() {
    each_database(async |app: TestApp| {
        let user = alice(&app).await;
        let client = app.client("web").await.client;
        for id in [1, 2] {
            let session = samples::session(id, &user);
            app.write(async |tx| sessions::insert(tx, &session).await).await;
        }
        let mut grant = samples::grant(9, &user, &client);
        grant.session_id = Some(Selector(1));
        app.write(async |tx| grants::insert(tx, &grant).await).await;
        let places = (Selector(1), Selector(2));
        let moved = app.write(async |tx| grants::move_to_session(tx, &user.id, places).await).await;
        let found = app.read(async |conn| grants::find(conn, grant.id).await).await;
        assert_eq!((moved, found.unwrap().session_id), (1, Some(Selector(2))));
    })
    .await;
}

#[tokio::test]
async fn the_password_of_a_closed_account_is_not_held() {
    each_database(async |app: TestApp| {
        let mut user = alice(&app).await;
        let hold = async |user: &User| app.write(async |tx| users::hold(tx, &user.id).await).await;
        assert!(hold(&user).await.unwrap().starts_with("$argon2id$"));
        user.disabled_at = Some(NOW);
        app.write(async |tx| users::update(tx, &user).await).await;
        assert_eq!(hold(&user).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_flow_whose_code_nobody_came_for_is_marked() {
    each_database(async |app: TestApp| {
        let user = alice(&app).await;
        let client = app.client("web").await;
        let party = crate::harness::Party::new(&app.app, &client).await;
        let mut browser = crate::harness::Browser::new(&app.app);
        browser.authorize(&party.ask(&[]), user.username.as_str()).await;
        while app.flows.flush(&app.db).await.unwrap() {}
        let mark = async |before: Timestamp| {
            app.write(async |tx| flows::mark_stalled(tx, before).await).await.len()
        };
        let now = app.clock.now();
        assert_eq!((mark(now).await, mark(now + 1).await, mark(now + 1).await), (0, 1, 0));
        let failed = flows::Filter { failed: true, ..flows::Filter::default() };
        let marked = app.read(async |conn| flows::list(conn, &failed, None, 9).await).await;
        assert_eq!(marked[0].cause.as_deref(), Some("code_never_redeemed"));
        assert_eq!(marked[0].state, FlowState::Failed);
    })
    .await;
}
