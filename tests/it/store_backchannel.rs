//! Requests that wait for a person: stored, listed, decided on once and taken once.

use futures_util::future::join_all;
use keystead::domain::{
    BackchannelRequest, ClientId, FlowRef, Grant, Layout, Scopes, Selector, Token, UserId,
};
use keystead::store::backchannel_requests;
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

fn request(id: i64, grant: &Grant) -> (Token, BackchannelRequest) {
    let token = samples::token(id);
    let request = BackchannelRequest {
        id: token.selector,
        hash: token.hash(),
        client_id: grant.client_id.clone(),
        user_id: grant.user_id.clone(),
        layout: Layout::Native,
        scopes: Json(Scopes::parse("openid")),
        binding_message: None,
        address: None,
        flow: FlowRef("K7QF-2M9X".into()),
        created_at: NOW,
        expires_at: NOW + 600,
        polled_at: NOW,
        pause: 5,
        decided_at: None,
        grant_id: None,
        used_at: None,
    };
    (token, request)
}

async fn insert(app: &TestApp, request: &BackchannelRequest) {
    app.write(async |tx| backchannel_requests::insert(tx, request).await).await;
}

async fn find(app: &TestApp, id: i64) -> Option<(BackchannelRequest, Option<Grant>)> {
    app.read(async |conn| backchannel_requests::with_grant(conn, Selector(id)).await).await
}

/// The rows that wait for a person.
async fn waiting(app: &TestApp, user: &UserId, most: i64) -> Vec<i64> {
    let found =
        app.read(async |conn| backchannel_requests::waiting(conn, user, NOW, most).await).await;
    found.into_iter().map(|request| request.id.0).collect()
}

#[tokio::test]
async fn a_request_comes_back_as_stored_with_what_was_allowed() {
    each_database(async |app: TestApp| {
        let grant = samples::stored_grant(&app, 1).await;
        let (_, plain) = request(1, &grant);
        let (_, mut whole) = request(2, &grant);
        whole.binding_message = Some("W4SCT".into());
        whole.address = Some("203.0.113.7".into());
        whole.layout = Layout::Kanidm;
        insert(&app, &plain).await;
        insert(&app, &whole).await;
        assert_same(&find(&app, 1).await, &Some((plain.clone(), None)));
        assert!(find(&app, 3).await.is_none());
        assert_eq!(waiting(&app, &grant.user_id, 9).await, [2, 1], "the newest first");
        assert_eq!(waiting(&app, &grant.user_id, 1).await, [2]);
        assert!(waiting(&app, &UserId("nobody".into()), 9).await.is_empty());
        let which = (whole.id, &grant.user_id);
        let decide = async |who| {
            app.write(async |tx| {
                backchannel_requests::decide(tx, (whole.id, who), Some(grant.id), NOW).await
            })
            .await
        };
        let stranger = UserId("somebody-else".into());
        assert!(!decide(&stranger).await);
        assert!(decide(which.1).await);
        let after =
            BackchannelRequest { decided_at: Some(NOW), grant_id: Some(grant.id), ..whole.clone() };
        assert_same(&find(&app, 2).await, &Some((after, Some(grant.clone()))));
        assert_eq!(waiting(&app, &grant.user_id, 9).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn polls_are_noted_and_fruitless_requests_counted() {
    each_database(async |app: TestApp| {
        let grant = samples::stored_grant(&app, 1).await;
        for id in 1..=3 {
            insert(&app, &request(id, &grant).1).await;
        }
        let first = Selector(1);
        app.write(async |tx| backchannel_requests::note_poll(tx, first, NOW + 3, 10).await).await;
        let (found, _) = find(&app, 1).await.unwrap();
        assert_eq!((found.polled_at, found.pause), (NOW + 3, 10));
        let count = async |client: &ClientId, since, now| {
            let who = (client, &grant.user_id);
            app.read(async |conn| {
                backchannel_requests::count_fruitless(conn, who, (since, now)).await
            })
            .await
        };
        assert_eq!(count(&grant.client_id, NOW - 1, NOW).await, 3);
        assert_eq!(count(&grant.client_id, NOW, NOW).await, 0);
        assert_eq!(count(&ClientId("other".into()), NOW - 1, NOW).await, 0);
        app.write(async |tx| {
            let which = (first, &grant.user_id);
            backchannel_requests::decide(tx, which, Some(grant.id), NOW).await?;
            backchannel_requests::take(tx, first, NOW).await
        })
        .await;
        assert_eq!(count(&grant.client_id, NOW - 1, NOW).await, 2);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_on_two_nodes_one_decides_and_one_takes() {
    each_database(async |app: TestApp| {
        let grant = samples::stored_grant(&app, 1).await;
        let (_, request) = request(1, &grant);
        insert(&app, &request).await;
        let early =
            app.write(async |tx| backchannel_requests::take(tx, request.id, NOW).await).await;
        assert!(!early, "nobody approved it yet");
        let nodes = [app.db.clone(), app.another_node().await.db.clone()];
        let race = (0..50).map(async |n: usize| {
            let which = (request.id, &grant.user_id);
            let mut tx = nodes[n % 2].write().await.unwrap();
            let decided =
                backchannel_requests::decide(&mut tx, which, Some(grant.id), NOW).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = nodes[n % 2].write().await.unwrap();
            let taken = backchannel_requests::take(&mut tx, request.id, NOW).await.unwrap();
            tx.commit().await.unwrap();
            (decided, taken)
        });
        let outcomes = join_all(race).await;
        assert_eq!(outcomes.iter().filter(|(decided, _)| *decided).count(), 1);
        assert_eq!(outcomes.iter().filter(|(_, taken)| *taken).count(), 1);
        nodes[1].close().await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_refused_together_and_what_expired_is_swept() {
    each_database(async |app: TestApp| {
        let grant = samples::stored_grant(&app, 1).await;
        let user = &grant.user_id;
        let (_, late) = request(1, &grant);
        insert(&app, &late).await;
        let end = late.expires_at;
        let decided = app
            .write(async |tx| backchannel_requests::decide(tx, (late.id, user), None, end).await)
            .await;
        assert!(!decided, "nothing is decided too late");
        insert(&app, &request(2, &grant).1).await;
        let refuse = async |at| {
            app.write(async |tx| backchannel_requests::refuse_of_user(tx, user, at).await).await
        };
        assert_eq!(refuse(end).await, 0);
        assert_eq!(refuse(NOW).await, 2);
        assert_eq!(refuse(NOW).await, 0);
        assert!(waiting(&app, user, 9).await.is_empty());
        let sweep = async |before| {
            app.write(async |tx| backchannel_requests::sweep(tx, before).await).await
        };
        assert_eq!(sweep(end).await, 0);
        assert_eq!(sweep(end + 1).await, 2);
        assert!(find(&app, 1).await.is_none());
    })
    .await;
}
