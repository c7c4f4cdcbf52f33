//! What servers keep in memory: seen anew after a change, and right about who may do what.

use std::collections::BTreeSet;

use keystead::domain::{ClientId, EVERYONE, Group, GroupId, Nesting, User};
use keystead::registry;
use keystead::store::{clients, groups};

use crate::harness::{TestApp, each_database};

async fn nest(app: &TestApp, inner: &Group, outer: &GroupId) {
    let nesting = Nesting { parent_id: outer.clone(), child_id: inner.id.clone() };
    app.write(async |tx| {
        groups::nest(tx, &nesting).await?;
        registry::changed(tx).await
    })
    .await;
    app.refresh_registry().await.unwrap();
}

/// The names of all groups somebody belongs to, as clients see them.
async fn groups_of(app: &TestApp, user: &User) -> Vec<String> {
    let registry = app.registry();
    let mut names: Vec<_> = effective(app, user)
        .await
        .iter()
        .map(|id| registry.groups().get(id).unwrap().name.clone())
        .collect();
    names.sort();
    names
}

async fn effective(app: &TestApp, user: &User) -> BTreeSet<GroupId> {
    let direct = app.read(async |conn| groups::direct(conn, &user.id).await).await;
    app.registry().effective_groups(direct)
}

/// What somebody may get from a client, as the `scope` parameter writes it.
async fn allowed(app: &TestApp, user: &User, client: &ClientId) -> Option<String> {
    let groups = effective(app, user).await;
    app.registry().allowed_scopes(client, &groups).map(|scopes| scopes.to_string())
}

#[tokio::test]
async fn another_process_sees_a_change_at_its_next_look() {
    each_database(async |app: TestApp| {
        let node = app.another_node().await;
        let netbox = app.client("netbox").await.client;
        assert!(node.registry().client(&netbox.id).is_none());
        node.refresh_registry().await.unwrap();
        let seen = node.registry().client(&netbox.id).unwrap();
        assert_eq!(seen.redirect_uris, ["https://netbox.example.com/callback"]);
        assert!(node.registry().client_by_slug("netbox").is_some());
        assert_eq!(node.registry().keyring.jwks(), app.registry().keyring.jwks());

        // A request that began before a change goes on with what it saw.
        let before = node.registry();
        app.write(async |tx| {
            clients::delete(tx, &netbox.id).await?;
            registry::changed(tx).await
        })
        .await;
        node.refresh_registry().await.unwrap();
        assert!(before.client(&netbox.id).is_some());
        assert!(node.registry().clients().is_empty());
        node.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_read_again_until_something_changed() {
    each_database(async |app: TestApp| {
        let before = app.registry();
        app.refresh_registry().await.unwrap();
        assert!(std::sync::Arc::ptr_eq(&before, &app.registry()));
        app.write(registry::changed).await;
        app.refresh_registry().await.unwrap();
        assert_eq!(app.registry().version, before.version + 1);
        // A change that was rolled back is none.
        let mut tx = app.db.write().await.unwrap();
        registry::changed(&mut tx).await.unwrap();
        drop(tx);
        app.refresh_registry().await.unwrap();
        assert_eq!(app.registry().version, before.version + 1);
    })
    .await;
}

#[tokio::test]
async fn members_of_an_inner_group_belong_to_the_outer_ones() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let inner = app.group("network", &[&alice]).await;
        let middle = app.group("engineering", &[&bob]).await;
        let outer = app.group("staff", &[]).await;
        let side = app.group("on-call", &[]).await;
        nest(&app, &inner, &middle.id).await;
        nest(&app, &inner, &side.id).await;
        nest(&app, &middle, &outer.id).await;
        nest(&app, &side, &outer.id).await;
        let all = ["engineering", "everyone", "network", "on-call", "staff"];
        assert_eq!(groups_of(&app, &alice).await, all);
        assert_eq!(groups_of(&app, &bob).await, ["engineering", "everyone", "staff"]);
        assert_eq!(groups_of(&app, &app.user("carol").await).await, ["everyone"]);
        assert_eq!(app.registry().parents_of(&inner.id).len(), 2);
        assert_eq!(app.registry().group_by_name("staff"), Some(&outer));
    })
    .await;
}

#[tokio::test]
async fn groups_inside_each_other_are_no_trap() {
    each_database(async |app: TestApp| {
        let alice = app.user("alice").await;
        let a = app.group("a", &[&alice]).await;
        let b = app.group("b", &[]).await;
        let c = app.group("c", &[]).await;
        for (inner, outer) in [(&a, &b), (&b, &c), (&c, &a), (&a, &a)] {
            nest(&app, inner, &outer.id).await;
        }
        nest(&app, &c, &GroupId(EVERYONE.to_owned())).await;
        assert_eq!(groups_of(&app, &alice).await, ["a", "b", "c", "everyone"]);
    })
    .await;
}

#[tokio::test]
async fn many_ways_to_one_group_are_walked_once() {
    each_database(async |app: TestApp| {
        // Twenty layers of three groups, each inside all three of the next: 3^20 ways to the top.
        let alice = app.user("alice").await;
        app.write(async |tx| {
            for n in 0..60 {
                let group = crate::harness::samples::group(&format!("group-{n:02}"));
                groups::insert(tx, &group).await?;
            }
            let id = |n: i32| crate::harness::samples::group(&format!("group-{n:02}")).id;
            for n in 0..57 {
                for outer in (n / 3 + 1) * 3..(n / 3 + 2) * 3 {
                    let nesting = Nesting { parent_id: id(outer), child_id: id(n) };
                    groups::nest(tx, &nesting).await?;
                }
            }
            groups::add_member(tx, &id(0), &alice.id).await?;
            registry::changed(tx).await
        })
        .await;
        app.refresh_registry().await.unwrap();
        assert_eq!(groups_of(&app, &alice).await.len(), 59);
    })
    .await;
}

#[tokio::test]
async fn scope_maps_decide_who_gets_what() {
    each_database(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let inner = app.group("network", &[&alice]).await;
        let outer = app.group("staff", &[]).await;
        let other = app.group("guests", &[&bob]).await;
        nest(&app, &inner, &outer.id).await;
        let netbox = app.client("netbox").await.client.id.clone();
        let wiki = app.client("wiki").await.client.id.clone();
        for client in [&netbox, &wiki] {
            app.write(async |tx| {
                let everyone = GroupId(EVERYONE.to_owned());
                keystead::store::maps::delete_scope_map(tx, client, &everyone).await?;
                registry::changed(tx).await
            })
            .await;
        }
        app.allow(&netbox, outer.id.as_str(), "profile not_a_scope").await;
        app.allow(&netbox, inner.id.as_str(), "email").await;
        app.allow(&wiki, other.id.as_str(), "groups").await;
        assert_eq!(
            allowed(&app, &alice, &netbox).await.as_deref(),
            Some("email openid profile"),
            "the scopes of all groups, those that exist, and openid"
        );
        assert_eq!(allowed(&app, &alice, &wiki).await, None);
        assert_eq!(allowed(&app, &bob, &netbox).await, None);
        assert_eq!(allowed(&app, &bob, &wiki).await.as_deref(), Some("groups openid"));
        let unknown = ClientId("unknown".to_owned());
        assert_eq!(allowed(&app, &alice, &unknown).await, None);

        app.allow(&wiki, EVERYONE, "").await;
        assert_eq!(allowed(&app, &alice, &wiki).await.as_deref(), Some("openid"));
    })
    .await;
}
