//! Signing keys, and the version that tells servers of a change.

use std::time::Duration;

use keystead::domain::{KeyAlgorithm, KeyState, Kid, ServerKey};
use keystead::store::{is_taken, keys, registry_version};
use serde_json::json;
use sqlx::types::Json;
use tokio::time::timeout;

use crate::harness::samples::NOW;
use crate::harness::{TestApp, each_database};

fn key(kid: &str) -> ServerKey {
    ServerKey {
        kid: Kid(kid.to_owned()),
        alg: KeyAlgorithm::ES256,
        state: KeyState::Next,
        private: vec![0, 255, 1],
        public: Json(json!({ "kty": "EC", "kid": kid }).as_object().unwrap().clone()),
        created_at: NOW - 9,
        activates_at: NOW,
        retired_at: None,
    }
}

async fn add(app: &TestApp, key: &ServerKey) {
    app.write(async |tx| keys::insert(tx, key).await).await;
}

/// The stories' own keys aside.
async fn all(app: &TestApp) -> Vec<ServerKey> {
    let mut all = app.read(keys::all).await;
    all.retain(|key| key.created_at < NOW);
    all
}

/// Everything there is to compare: a key does not print itself.
fn columns(key: &ServerKey) -> String {
    let ServerKey { kid, alg, state, private, public, created_at, activates_at, retired_at } =
        key.clone();
    format!("{:?}", (kid, alg, state, private, public, created_at, activates_at, retired_at))
}

#[tokio::test]
async fn keys_come_back_as_stored_oldest_first() {
    each_database(async |app: TestApp| {
        let states = [KeyState::Next, KeyState::Active, KeyState::Retired].into_iter().cycle();
        let mut stored = Vec::new();
        for (n, (alg, state)) in (0..).zip(KeyAlgorithm::ALL.into_iter().zip(states)) {
            let created_at = NOW - 10 - n;
            let retired_at = (state == KeyState::Retired).then_some(NOW - 1);
            stored.insert(0, ServerKey { alg, state, created_at, retired_at, ..key(alg.as_str()) });
        }
        for key in stored.iter().rev() {
            add(&app, key).await;
        }
        let found: Vec<_> = all(&app).await.iter().map(columns).collect();
        assert_eq!(found, stored.iter().map(columns).collect::<Vec<_>>());
        let twin = app.try_write(async |tx| keys::insert(tx, &key("ES256")).await).await;
        assert!(is_taken(&twin.unwrap_err()));
    })
    .await;
}

#[tokio::test]
async fn a_key_moves_on_once() {
    each_database(async |app: TestApp| {
        let new = key("a");
        add(&app, &new).await;
        let advance = async |from, to, now| {
            app.write(async |tx| keys::advance(tx, &new.kid, (from, to), now).await).await
        };
        assert!(!advance(KeyState::Active, KeyState::Retired, NOW).await);
        assert!(advance(KeyState::Next, KeyState::Active, NOW + 1).await);
        assert!(!advance(KeyState::Next, KeyState::Active, NOW + 2).await);
        assert!(advance(KeyState::Active, KeyState::Retired, NOW + 3).await);
        let retired = ServerKey {
            state: KeyState::Retired,
            activates_at: NOW + 1,
            retired_at: Some(NOW + 3),
            ..new
        };
        assert_eq!(columns(&all(&app).await[0]), columns(&retired));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_sealed_anew_and_deleted() {
    each_database(async |app: TestApp| {
        let (a, b) = (key("a"), key("b"));
        add(&app, &a).await;
        add(&app, &b).await;
        app.write(async |tx| keys::reseal(tx, &a.kid, &[9]).await).await;
        let private: Vec<_> = all(&app).await.into_iter().map(|key| key.private).collect();
        assert_eq!(private, [vec![9], b.private]);
        let delete = async || app.write(async |tx| keys::delete(tx, &a.kid).await).await;
        assert!(delete().await);
        assert!(!delete().await);
        assert_eq!(all(&app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn each_change_of_the_registry_is_counted() {
    each_database(async |app: TestApp| {
        let before = app.read(registry_version::current).await;
        let bumps = (0..20).map(|_| app.write(registry_version::bump));
        futures_util::future::join_all(bumps).await;
        assert_eq!(app.read(registry_version::current).await, before + 20);
    })
    .await;
}

#[tokio::test]
async fn changes_wait_for_whoever_holds_the_registry() {
    each_database(async |app: TestApp| {
        let before = app.read(registry_version::current).await;
        let mut tx = app.db.write().await.unwrap();
        registry_version::hold(&mut tx).await.unwrap();
        let mut change = Box::pin(app.write(registry_version::bump));
        assert!(timeout(Duration::from_millis(50), &mut change).await.is_err());
        assert_eq!(registry_version::current(&mut tx).await.unwrap(), before);
        let (held, ()) = tokio::join!(tx.commit(), change);
        held.unwrap();
        assert_eq!(app.read(registry_version::current).await, before + 1);
    })
    .await;
}
