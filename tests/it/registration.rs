//! The life of clients that registered themselves: how they come, change, are kept and go.

use axum::http::Method;
use futures_util::future::join_all;
use keystead::app::AppState;
use keystead::clock::Clock;
use keystead::directory::{Force, clients, registration, scope_maps};
use keystead::domain::{
    Actor, Bounds, Client, ClientId, DAY, Registration, Scopes, SubMode, Timestamp,
};
use keystead::store::{self, events, registrations};
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use crate::harness::registrar::{
    OPEN, call, closed_node, metadata, open_node, own, party, register, registered, token,
};
use crate::harness::samples::{self, NOW};
use crate::harness::{Browser, TestApp, assert_same, each_database};

fn sample(client: &Client, at: Timestamp) -> Registration {
    Registration {
        client_id: client.id.clone(),
        hash: vec![9; 32],
        token: Some("ci".to_owned()),
        bounds: Json(Bounds { redirect_hosts: vec!["a.example".into()], ..Bounds::default() }),
        said: Json(Map::from_iter([("contacts".to_owned(), json!(["ops@a.example"]))])),
        address: Some("198.51.100.7".to_owned()),
        registered_at: at,
        used_at: None,
    }
}

#[tokio::test]
async fn registrations_come_back_as_stored() {
    each_database(async |app: TestApp| {
        let (a, b) = (samples::client("a"), samples::client("b"));
        for client in [&a, &b] {
            app.write(async |tx| store::clients::insert(tx, client).await).await;
        }
        let (mut first, second) = (sample(&a, NOW), sample(&b, NOW + 60));
        for one in [&second, &first] {
            app.write(async |tx| registrations::insert(tx, one).await).await;
        }
        assert_same(&app.read(registrations::all).await, &vec![first.clone(), second.clone()]);
        let found = app.read(async |conn| registrations::find(conn, &b.id).await).await;
        assert_same(&found, &Some(second.clone()));
        assert_eq!(app.read(registrations::count).await, 2);
        first.said.0.insert("software_id".to_owned(), json!("wiki"));
        app.write(async |tx| registrations::update_said(tx, &first).await).await;
        let found = app.read(async |conn| registrations::find(conn, &a.id).await).await;
        assert_same(&found, &Some(first));
        let unused = async |before| {
            let found = app.read(async |conn| registrations::unused(conn, before).await).await;
            found.into_iter().map(|one| one.client_id.0).collect::<Vec<_>>()
        };
        assert_eq!(unused(NOW + 61).await, ["a", "b"]);
        assert_eq!(unused(NOW + 60).await, ["a"]);
        assert_eq!(app.write(async |tx| registrations::note_used(tx, NOW).await).await, 0);
        app.write(async |tx| store::clients::delete(tx, &a.id).await).await;
        assert_eq!(app.read(registrations::count).await, 1, "it goes with its client");
    })
    .await;
}

#[tokio::test]
async fn nobody_registers_unless_the_settings_say_so() {
    each_database(async |app| {
        let good = token(&app.app, "good", 5, Bounds::default()).await;
        let all = metadata(&json!({}));
        for sent in [None, Some(good.as_str())] {
            let answer = register(&app.app, sent, &all).await;
            assert_eq!(answer.error(), (403, "access_denied".to_owned()));
        }
        let node = closed_node(&app).await;
        for sent in [None, Some("ksi_nonsense"), Some(&good[4..])] {
            let answer = register(&node, sent, &all).await;
            assert_eq!(answer.error(), (401, "invalid_token".to_owned()), "{sent:?}");
            assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
        }
        assert_eq!(register(&node, Some(&good), &all).await.status, 201);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_with_one_use_left_lets_one_of_fifty_in() {
    each_database(async |app| {
        let nodes = [closed_node(&app).await, closed_node(&app).await];
        let token = token(&app.app, "once", 1, Bounds::default()).await;
        let all = metadata(&json!({}));
        let race = (0..50).map(|n| register(&nodes[n % 2], Some(&token), &all));
        let answers = join_all(race).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        let late = answers.iter().filter(|a| a.error() == (401, "invalid_token".into())).count();
        assert_eq!((made, late), (1, 49));
        assert_eq!(app.read(registrations::count).await, 1);
        for node in nodes {
            node.db.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_refused_registration_takes_no_use() {
    each_database(async |app| {
        let node = closed_node(&app).await;
        let token = token(&app.app, "once", 1, Bounds::default()).await;
        let bad = metadata(&json!({ "jwks": { "keys": [{ "kty": "oct", "k": "AA" }] } }));
        let answer = register(&node, Some(&token), &bad).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()));
        assert_eq!(register(&node, Some(&token), &metadata(&json!({}))).await.status, 201);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_decides_who_may_use_what_comes_by_it() {
    each_database(async |app| {
        app.user("alice").await;
        let node = closed_node(&app).await;
        let bounds = Bounds {
            scopes: Scopes::parse("openid email"),
            redirect_hosts: vec!["*.example.com".to_owned()],
            ..Bounds::default()
        };
        let token = token(&app.app, "bounded", 2, bounds).await;
        let elsewhere = metadata(&json!({ "redirect_uris": ["https://evil.example.net/cb"] }));
        let answer = register(&node, Some(&token), &elsewhere).await;
        assert_eq!(answer.error(), (400, "invalid_redirect_uri".to_owned()));
        let machine = metadata(&json!({ "grant_types": ["client_credentials"] }));
        let answer = register(&node, Some(&token), &machine).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()));
        let wide = metadata(&json!({ "scope": "openid email profile groups" }));
        let told = register(&node, Some(&token), &wide).await.json();
        assert_eq!(told["scope"], "email openid");
        let party = party(&node, &told).await;
        let tokens = party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        assert_eq!(tokens.get("scope"), "email openid");
        // What it may become stays bounded once it is there.
        let mut moved = told.clone();
        moved["redirect_uris"] = json!(["https://evil.example.net/cb"]);
        let answer = own(&node, Method::PUT, &told, Some(&moved)).await;
        assert_eq!(answer.error(), (400, "invalid_redirect_uri".to_owned()));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_group_nobody_may_use_it_before_an_administrator_says_so() {
    each_database(async |app| {
        app.user("alice").await;
        let node = app.another_node_with(&[OPEN]).await;
        let told = registered(&node, &json!({})).await;
        let party = party(&node, &told).await;
        let mut browser = Browser::new(&node);
        let page = browser.authorize(&party.ask(&[]), "alice").await;
        assert_eq!((page.status, page.text("error-code").as_str()), (403, "no_scope_map"));
        let map = ("everyone", &Scopes::parse("openid"));
        scope_maps::set(&node, &Actor::CommandLine, &party.id, map).await.unwrap();
        assert!(browser.authorize(&party.ask(&[]), "alice").await.param("code").is_some());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_changes_what_it_registered_and_loses_what_it_leaves_out() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let first = json!({ "policy_uri": "https://party.example.com/policy" });
        let told = registered(&node, &first).await;
        let mut wanted = metadata(&json!({
            "client_id": told["client_id"],
            "client_secret": told["client_secret"],
            "client_name": "Renamed",
            "redirect_uris": ["https://party.example.com/new"],
            "tos_uri": "https://party.example.com/tos",
        }));
        let answer = own(&node, Method::PUT, &told, Some(&wanted)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let now = answer.json();
        assert_eq!(now["client_name"], "Renamed");
        assert_eq!(now["redirect_uris"], json!(["https://party.example.com/new"]));
        assert!(now["tos_uri"].is_string() && now.get("policy_uri").is_none());
        for member in ["client_secret", "registration_access_token", "registration_client_uri"] {
            assert_eq!(now[member], told[member], "{member}");
        }
        assert_eq!(own(&node, Method::GET, &told, None).await.json(), now);
        for (member, value) in
            [("client_id", json!("other")), ("client_secret", json!("wrong")), ("scope", json!(7))]
        {
            let before = wanted[member].take();
            wanted[member] = value;
            let answer = own(&node, Method::PUT, &told, Some(&wanted)).await;
            assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()), "{member}");
            wanted[member] = before;
        }
        let filter = events::Filter::default();
        let found = app.read(async |conn| events::list(conn, &filter, None, 2).await).await;
        let said: Vec<String> = found.iter().map(keystead::explain::sentence::event).collect();
        let id = told["client_id"].as_str().unwrap();
        assert!(said[0].starts_with(&format!("{id} changed ")), "{said:?}");
        assert_eq!(said[1], format!("{id} registered itself"));
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_client_calls_people_and_whether_it_is_public_never_changes() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let told = registered(&node, &json!({ "subject_type": "pairwise" })).await;
        for more in [
            json!({ "subject_type": "public" }),
            json!({ "token_endpoint_auth_method": "none" }),
            json!({ "redirect_uris": ["https://elsewhere.example.com/cb"] }),
        ] {
            let mut wanted = metadata(&json!({ "subject_type": "pairwise" }));
            wanted["client_id"] = told["client_id"].clone();
            wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let answer = own(&node, Method::PUT, &told, Some(&wanted)).await;
            assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()), "{more}");
        }
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_is_read_and_changed_with_its_own_token_alone() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let (one, two) = (registered(&node, &json!({})).await, registered(&node, &json!({})).await);
        app.client("by-hand").await;
        node.refresh_registry().await.unwrap();
        let token = two["registration_access_token"].as_str();
        let mine = crate::harness::registrar::own_path(&one);
        for (path, token) in [
            (mine, token),
            (mine, None),
            ("/oauth2/register/by-hand", token),
            ("/oauth2/register/nothing", token),
        ] {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                let answer = call(&node, (method, path), token, Some(&json!({}))).await;
                assert_eq!(answer.error(), (401, "invalid_token".to_owned()), "{path}");
            }
        }
        node.db.close().await;
    })
    .await;
}

async fn mark(node: &AppState, told: &Value, change: impl FnOnce(&mut Client) + Send) {
    let id = told["client_id"].as_str().unwrap();
    clients::update(node, &Actor::CommandLine, (id, None), Force::Yes, change).await.unwrap();
}

#[tokio::test]
async fn what_administrators_trust_or_close_is_no_longer_the_clients() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let told = registered(&node, &json!({})).await;
        mark(&node, &told, |client| client.trusted = true).await;
        let mut wanted = metadata(&json!({}));
        wanted["client_id"] = told["client_id"].clone();
        assert_eq!(own(&node, Method::GET, &told, None).await.status, 200);
        for (method, document) in [(Method::PUT, Some(&wanted)), (Method::DELETE, None)] {
            let answer = own(&node, method, &told, document).await;
            assert_eq!(answer.error(), (403, "insufficient_scope".to_owned()));
        }
        mark(&node, &told, |client| client.trusted = false).await;
        mark(&node, &told, |client| client.settings.sub = SubMode::Username).await;
        assert_eq!(own(&node, Method::PUT, &told, Some(&wanted)).await.status, 200);
        let id = ClientId(told["client_id"].as_str().unwrap().to_owned());
        let kept = node.registry().client(&id).unwrap();
        assert_eq!(kept.settings.sub, SubMode::Username, "the administrator's");
        let now = node.clock.now();
        mark(&node, &told, |client| client.disabled_at = Some(now)).await;
        assert_eq!(own(&node, Method::GET, &told, None).await.status, 401);
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_in_the_audit_log_with_where_it_came_from() {
    each_database(async |app| {
        let node = open_node(&app).await;
        let told = registered(&node, &json!({})).await;
        let more = json!({ "client_id": told["client_id"], "software_version": "2" });
        let answer = own(&node, Method::PUT, &told, Some(&metadata(&more))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(own(&node, Method::DELETE, &told, None).await.status, 204);
        let filter = events::Filter::default();
        let found = app.read(async |conn| events::list(conn, &filter, None, 3).await).await;
        let kinds: Vec<&str> = found.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["client.deleted", "client.updated", "client.registered"]);
        let change = json!({ "from": null, "to": "2" });
        assert_eq!(found[1].detail["changes"]["software_version"], change);
        assert!(found.iter().all(|event| event.address == found[2].address), "{found:?}");
        assert!(found[2].address.is_some());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_never_used_goes_after_a_while() {
    each_database(async |app| {
        app.user("alice").await;
        let node = open_node(&app).await;
        let (idle, used) =
            (registered(&node, &json!({})).await, registered(&node, &json!({})).await);
        let trusted = registered(&node, &json!({})).await;
        mark(&node, &trusted, |client| client.trusted = true).await;
        let party = party(&node, &used).await;
        party.sign_in(&mut Browser::new(&node), "alice", &[]).await;
        registration::advance(&node).await.unwrap();
        let Clock::Manual(clock) = &node.clock else { panic!("no clock") };
        let pass =
            |seconds: i64| clock.fetch_add(seconds * 1000, std::sync::atomic::Ordering::Relaxed);
        pass(30 * DAY - 60);
        registration::advance(&node).await.unwrap();
        assert_eq!(own(&node, Method::GET, &idle, None).await.status, 200);
        pass(120);
        registration::advance(&node).await.unwrap();
        assert_eq!(own(&node, Method::GET, &idle, None).await.status, 401);
        for kept in [&used, &trusted] {
            assert_eq!(own(&node, Method::GET, kept, None).await.status, 200);
        }
        let filter = events::Filter::default();
        let newest = app.read(async |conn| events::list(conn, &filter, None, 1).await).await;
        assert_eq!(
            (newest[0].kind.as_str(), newest[0].actor.as_str()),
            ("client.deleted", "Keystead")
        );
        node.db.close().await;
    })
    .await;
}
