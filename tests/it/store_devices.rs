//! Devices that wait: stored, found by either code, decided on once and let in once.

use futures_util::future::join_all;
use keystead::domain::{DeviceCode, FlowRef, Grant, Layout, Scopes, Selector, Token};
use keystead::store::device_codes;
use sqlx::types::Json;

use crate::harness::samples::{self, NOW};
use crate::harness::{TestApp, assert_same, each_database};

fn device(id: i64) -> (Token, DeviceCode) {
    let token = samples::token(id);
    let device = DeviceCode {
        id: token.selector,
        hash: token.hash(),
        user_code: vec![u8::try_from(id).unwrap(); 32],
        client_id: keystead::domain::ClientId("netbox".into()),
        layout: Layout::Native,
        scopes: None,
        flow: FlowRef("K7QF-2M9X".into()),
        expires_at: NOW + 600,
        polled_at: NOW,
        pause: 5,
        decided_at: None,
        grant_id: None,
        used_at: None,
    };
    (token, device)
}

/// A grant to NetBox, which the devices ask for.
async fn grant(app: &TestApp, id: i64) -> Grant {
    samples::stored_grant(app, id).await
}

async fn insert(app: &TestApp, device: &DeviceCode) -> bool {
    app.write(async |tx| device_codes::insert(tx, device).await).await
}

async fn find(app: &TestApp, id: i64) -> Option<(DeviceCode, Option<Grant>)> {
    app.read(async |conn| device_codes::with_grant(conn, Selector(id)).await).await
}

#[tokio::test]
async fn a_device_comes_back_as_stored_with_what_it_was_allowed() {
    each_database(async |app: TestApp| {
        let grant = grant(&app, 1).await;
        let (_, plain) = device(1);
        let (_, mut whole) = device(2);
        whole.scopes = Some(Json(Scopes::parse("openid email")));
        whole.layout = Layout::Authentik;
        assert!(insert(&app, &plain).await && insert(&app, &whole).await);
        assert_same(&find(&app, 1).await, &Some((plain.clone(), None)));
        assert_same(&find(&app, 2).await, &Some((whole.clone(), None)));
        assert!(find(&app, 3).await.is_none());
        let decided =
            app.write(async |tx| device_codes::decide(tx, whole.id, Some(grant.id), NOW).await);
        assert!(decided.await);
        let after = DeviceCode { decided_at: Some(NOW), grant_id: Some(grant.id), ..whole.clone() };
        assert_same(&find(&app, 2).await, &Some((after, Some(grant))));
    })
    .await;
}

#[tokio::test]
async fn a_user_code_names_one_device() {
    each_database(async |app: TestApp| {
        grant(&app, 1).await;
        let (_, first) = device(1);
        let second = DeviceCode { user_code: first.user_code.clone(), ..device(2).1 };
        assert!(insert(&app, &first).await);
        assert!(!insert(&app, &second).await, "taken");
        let by = async |code: &[u8]| {
            app.read(async |conn| device_codes::by_user_code(conn, code).await).await
        };
        assert_same(&by(&first.user_code).await, &Some(first));
        assert!(by(&[9; 32]).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn polls_are_noted() {
    each_database(async |app: TestApp| {
        grant(&app, 1).await;
        let (_, device) = device(1);
        insert(&app, &device).await;
        app.write(async |tx| device_codes::note_poll(tx, device.id, NOW + 3, 10).await).await;
        let (found, _) = find(&app, 1).await.unwrap();
        assert_eq!((found.polled_at, found.pause), (NOW + 3, 10));
    })
    .await;
}

#[tokio::test]
async fn of_fifty_on_two_nodes_one_decides_and_one_takes() {
    each_database(async |app: TestApp| {
        let grant = grant(&app, 1).await;
        let (_, device) = device(1);
        insert(&app, &device).await;
        let early = app.write(async |tx| device_codes::take(tx, device.id, NOW).await).await;
        assert!(!early, "nobody let it in yet");
        let nodes = [app.db.clone(), app.another_node().await.db.clone()];
        let race = (0..50).map(async |n: usize| {
            let mut tx = nodes[n % 2].write().await.unwrap();
            let decided =
                device_codes::decide(&mut tx, device.id, Some(grant.id), NOW).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = nodes[n % 2].write().await.unwrap();
            let taken = device_codes::take(&mut tx, device.id, NOW).await.unwrap();
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
async fn nothing_is_decided_too_late_and_what_expired_is_swept() {
    each_database(async |app: TestApp| {
        grant(&app, 1).await;
        let (_, device) = device(1);
        insert(&app, &device).await;
        let end = device.expires_at;
        let late = app.write(async |tx| device_codes::decide(tx, device.id, None, end).await);
        assert!(!late.await);
        let sweep =
            async |before| app.write(async |tx| device_codes::sweep(tx, before).await).await;
        assert_eq!(sweep(end).await, 0);
        assert_eq!(sweep(end + 1).await, 1);
        assert!(find(&app, 1).await.is_none());
    })
    .await;
}
