//! How many clients may register themselves, and how often strangers may ask.

use axum::http::Method;
use keystead::clock::Clock;
use keystead::domain::Bounds;
use serde_json::json;

use crate::harness::each_database;
use crate::harness::registrar::{OPEN, metadata, open_node, own, register, registered, token};

#[tokio::test]
async fn there_are_no_more_than_the_settings_allow() {
    each_database(async |app| {
        let two = ("KEYSTEAD_OIDC__REGISTRATION_LIMIT", "2");
        let node = app.another_node_with(&[OPEN, two]).await;
        let first = registered(&node, &json!({})).await;
        registered(&node, &json!({})).await;
        let answer = register(&node, None, &metadata(&json!({}))).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".to_owned()));
        assert_eq!(own(&node, Method::DELETE, &first, None).await.status, 204);
        registered(&node, &json!({})).await;
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn one_address_without_a_token_comes_twenty_times_an_hour() {
    each_database(async |app| {
        let node = open_node(&app).await;
        for _ in 0..20 {
            registered(&node, &json!({})).await;
        }
        let answer = register(&node, None, &metadata(&json!({}))).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".to_owned()));
        let token = token(&node, "more", 1, Bounds::default()).await;
        assert_eq!(register(&node, Some(&token), &metadata(&json!({}))).await.status, 201);
        let Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        clock.fetch_add(3_601_000, std::sync::atomic::Ordering::Relaxed);
        registered(&node, &json!({})).await;
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn how_often_one_network_comes_without_a_token_is_a_setting() {
    each_database(async |app| {
        for (hourly, taken) in [("2", 2), ("0", 25)] {
            let setting = ("KEYSTEAD_OIDC__REGISTRATION_PER_HOUR", hourly);
            let node = app.another_node_with(&[OPEN, setting]).await;
            let mut statuses = Vec::new();
            for _ in 0..25 {
                statuses.push(register(&node, None, &metadata(&json!({}))).await.status);
            }
            assert_eq!(statuses.iter().filter(|status| **status == 201).count(), taken, "{hourly}");
            node.db.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn strangers_who_go_or_change_again_and_again_are_slowed_down_too() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let mut told = registered(&node, &json!({})).await;
        for _ in 0..9 {
            assert_eq!(own(&node, Method::DELETE, &told, None).await.status, 204);
            told = registered(&node, &json!({})).await;
        }
        let same = json!({ "client_id": told["client_id"] });
        for _ in 0..10 {
            let answer = own(&node, Method::PUT, &told, Some(&metadata(&same))).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        let answer = own(&node, Method::PUT, &told, Some(&metadata(&same))).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".to_owned()));
        assert_eq!(own(&node, Method::GET, &told, None).await.status, 200, "reading is free");
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_says_the_same_again_changes_nothing_for_anybody() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let told = registered(&node, &json!({})).await;
        let before = node.registry().version;
        let same = metadata(&json!({ "client_id": told["client_id"] }));
        let answer = own(&node, Method::PUT, &told, Some(&same)).await;
        assert_eq!((answer.status, &answer.json()["client_secret"]), (200, &told["client_secret"]));
        assert_eq!(node.registry().version, before);
        node.db.close().await;
    })
    .await;
}
