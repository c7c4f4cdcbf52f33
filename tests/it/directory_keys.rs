//! The life of signing keys: made once, rotated in time, forgotten late.

use std::path::{Path, PathBuf};

use keystead::app::App;
use keystead::clock::Clock;
use keystead::config::{Config, Flags};
use keystead::directory::{Force, clients, keys};
use keystead::domain::{Actor, Algorithm, DAY, HOUR, KeyAlgorithm, KeyState};
use keystead::random::Random;
use keystead::store::Db;

use crate::harness::{Database, TestApp, each_database};

async fn bare(url: &str, seed: u64) -> App {
    let flags = Flags { config: Some(PathBuf::from("/dev/null")), ..Flags::default() };
    let config = Config::load(&flags, std::iter::empty(), Path::new("/")).unwrap();
    let db = Db::open(url, 4).await.unwrap();
    let clock = Clock::Manual(1_790_000_000_000.into());
    App::assemble(config, db, clock, Random::seeded(seed), &[7; 32]).await.unwrap()
}

fn states(app: &App, alg: impl Into<KeyAlgorithm>) -> Vec<KeyState> {
    let (registry, alg) = (app.registry(), alg.into());
    registry.keys().iter().filter(|key| key.alg == alg).map(|key| key.state).collect()
}

/// Does what the jobs would do every minute, once an hour.
async fn live(app: &TestApp, hours: i64) {
    for _ in 0..hours {
        app.wait(HOUR);
        keys::advance(app).await.unwrap();
    }
}

#[tokio::test]
async fn two_first_starts_at_once_make_one_key_for_each_algorithm() {
    for database in Database::each().await {
        let (one, other) = (bare(&database.url(), 1).await, bare(&database.url(), 2).await);
        let (a, b) = tokio::join!(keys::ensure(&one), keys::ensure(&other));
        a.unwrap();
        b.unwrap();
        for app in [&one, &other] {
            app.refresh_registry().await.unwrap();
            assert_eq!(app.registry().keys().len(), 3, "{}", database.name());
            for alg in Algorithm::AT_ONCE {
                assert_eq!(states(app, alg), [KeyState::Active]);
                assert!(app.registry().keyring.signer(alg).is_some());
            }
        }
        one.db.close().await;
        other.db.close().await;
        database.remove().await;
    }
}

#[tokio::test]
async fn a_key_is_replaced_in_time_and_its_successor_was_published_a_day() {
    each_database(async |app| {
        let alg = Algorithm::ES256;
        let first = app.registry().keyring.signer(alg).unwrap().kid.clone();
        live(&app, 89 * 24 - 1).await;
        assert_eq!(states(&app, alg), [KeyState::Active]);
        live(&app, 1).await;
        assert_eq!(states(&app, alg), [KeyState::Active, KeyState::Next]);
        live(&app, 23).await;
        assert_eq!(app.registry().keyring.signer(alg).unwrap().kid, first);
        live(&app, 1).await;
        assert_eq!(states(&app, alg), [KeyState::Retired, KeyState::Active]);
        assert_ne!(app.registry().keyring.signer(alg).unwrap().kid, first);
        assert!(app.registry().keyring.jwks().contains(first.as_str()));
        live(&app, 24).await;
        assert!(!app.registry().keyring.jwks().contains(first.as_str()));
        assert_eq!(states(&app, alg), [KeyState::Active]);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_that_rotate_at_once_make_one_successor() {
    each_database(async |app| {
        let node = app.another_node().await;
        app.wait(89 * DAY);
        if let Clock::Manual(now) = &node.clock {
            now.fetch_add(89 * DAY * 1000, std::sync::atomic::Ordering::Relaxed);
        }
        let (a, b) = tokio::join!(keys::advance(&app), keys::advance(&node));
        a.unwrap();
        b.unwrap();
        app.refresh_registry().await.unwrap();
        for alg in Algorithm::AT_ONCE {
            assert_eq!(states(&app, alg), [KeyState::Active, KeyState::Next]);
        }
    })
    .await;
}

async fn sign_with(app: &App, alg: Algorithm) -> Vec<String> {
    let edit = |client: &mut keystead::domain::Client| client.settings.alg = alg;
    let done = clients::update(app, &Actor::CommandLine, ("web", None), Force::No, edit).await;
    done.unwrap().notes
}

#[tokio::test]
async fn the_key_of_a_rarer_algorithm_is_made_when_the_first_client_wants_it() {
    each_database(async |app| {
        app.client("web").await;
        let node = app.another_node().await;
        for alg in [Algorithm::PS256, Algorithm::ES384] {
            assert!(states(&app, alg).is_empty(), "nobody wants it yet");
            let notes = sign_with(&app, alg).await;
            assert!(notes[0].contains("a day before"), "{notes:?}");
            assert_eq!(states(&app, alg), [KeyState::Active]);
            let kid = app.registry().keyring.signer(alg).unwrap().kid.clone();
            assert!(app.registry().keyring.jwks().contains(kid.as_str()));
            node.refresh_registry().await.unwrap();
            assert!(node.registry().keyring.signer(alg).is_some(), "on the other nodes, too");
            assert!(sign_with(&app, alg).await.contains(&"Nothing changed.".to_owned()));
            let retire = async || {
                keys::retire(&app, &Actor::CommandLine, kid.as_str(), keys::Pace::Gently).await
            };
            assert!(retire().await.is_err(), "the client needs it");
            assert!(sign_with(&app, Algorithm::RS256).await.is_empty());
            retire().await.unwrap();
            assert_eq!(states(&app, alg), [KeyState::Retired]);
        }
        keys::rotate(&app, &Actor::CommandLine, KeyAlgorithm::PS256, keys::Pace::Gently)
            .await
            .unwrap();
        live(&app, 24).await;
        assert!(sign_with(&app, Algorithm::PS256).await.is_empty(), "it was known a day before");
        node.db.close().await;
    })
    .await;
}
