//! Groups, who is in them, and the scopes and maps that hang off them.

use std::collections::BTreeSet;

use keystead::domain::{
    ClaimMap, Client, EVERYONE, Group, GroupId, Join, Nesting, Scope, ScopeMap, Scopes, User,
};
use keystead::store::user_list::Crowd;
use keystead::store::{clients, groups, is_taken, maps, scopes, users};
use sqlx::types::Json;

use crate::harness::samples;
use crate::harness::{TestApp, assert_same, each_database};

async fn add(app: &TestApp, group: &Group) {
    app.write(async |tx| groups::insert(tx, group).await).await;
}

async fn add_user(app: &TestApp, name: &str) -> User {
    let user = samples::user(name);
    app.write(async |tx| users::insert(tx, &user, None).await).await;
    user
}

async fn add_client(app: &TestApp, id: &str) -> Client {
    let client = samples::client(id);
    app.write(async |tx| clients::insert(tx, &client).await).await;
    client
}

#[tokio::test]
async fn groups_come_back_by_name_beside_everyone() {
    each_database(async |app: TestApp| {
        let mut staff = samples::group("staff");
        staff.description = Some("People we pay".to_owned());
        let admins = samples::group("admins");
        add(&app, &staff).await;
        add(&app, &admins).await;
        let found = app.read(groups::all).await;
        assert_eq!(found[1].id.as_str(), EVERYONE);
        assert_eq!([&found[0], &found[2]], [&admins, &staff]);

        let twin = Group { id: GroupId("other".to_owned()), ..staff.clone() };
        let added = app.try_write(async |tx| groups::insert(tx, &twin).await).await;
        assert!(is_taken(&added.unwrap_err()));
        assert!(app.write(async |tx| groups::delete(tx, &staff.id).await).await);
        assert!(!app.write(async |tx| groups::delete(tx, &staff.id).await).await);
    })
    .await;
}

#[tokio::test]
async fn members_come_and_go() {
    each_database(async |app: TestApp| {
        let (staff, admins) = (samples::group("staff"), samples::group("admins"));
        add(&app, &staff).await;
        add(&app, &admins).await;
        let join = async |group: &Group, user: &User| {
            app.write(async |tx| groups::add_member(tx, &group.id, &user.id).await).await
        };
        for name in ["carol", "alice", "bob"] {
            let user = add_user(&app, name).await;
            assert!(join(&staff, &user).await);
            assert!(!join(&staff, &user).await);
        }
        let alice = samples::user("alice");
        join(&admins, &alice).await;
        let (both, none) = ([admins.id.clone(), staff.id.clone()], []);
        let sets: [&[GroupId]; 3] = [&both[1..], &both, &both[..1]];
        let count = async |sets: &[&[GroupId]], most| {
            app.read(async |c| groups::count_members(c, sets, most).await).await
        };
        assert_eq!(count(&sets, 9).await, [3, 3, 1], "nobody is counted twice");
        assert_eq!(count(&sets, 2).await, [2, 2, 1]);
        assert!(count(&[], 9).await.is_empty() && count(&[&none], 9).await.is_empty());
        for crowd in [Crowd::Few, Crowd::Many, Crowd::Most] {
            let of = (&staff.id, crowd);
            let page = app.read(async |c| groups::members(c, of, "alice", 1).await).await;
            assert_eq!(page, [samples::user("bob").username]);
        }
        let people = ["alice", "bob", "nobody"].map(|name| samples::user(name).id);
        let mut each = app.read(async |c| groups::count_each(c, &people).await).await;
        each.sort();
        assert_eq!(each, [(people[0].clone(), 2), (people[1].clone(), 1)]);
        assert!(app.read(async |c| groups::count_each(c, &[]).await).await.is_empty());
        let mut direct = app.read(async |c| groups::direct(c, &alice.id).await).await;
        direct.sort();
        assert_eq!(direct, [admins.id.clone(), staff.id.clone()]);
        let whole = async |user: &User| {
            let found = app.read(async |c| users::with_groups(c, &user.id).await).await;
            found.map(|(user, groups)| (user.username, BTreeSet::from_iter(groups)))
        };
        let both = BTreeSet::from_iter(direct);
        assert_eq!(whole(&alice).await, Some((alice.username.clone(), both)));
        let dave = add_user(&app, "dave").await;
        assert_eq!(whole(&dave).await, Some((dave.username.clone(), BTreeSet::new())));
        assert_eq!(whole(&samples::user("nobody")).await, None);

        let leave = async || {
            app.write(async |tx| groups::remove_member(tx, &staff.id, &alice.id).await).await
        };
        assert!(leave().await);
        assert!(!leave().await);
        app.write(async |tx| users::delete(tx, &samples::user("bob").id).await).await;
        let rest =
            app.read(async |c| groups::members(c, (&staff.id, Crowd::Few), "", 9).await).await;
        assert_eq!(rest, [samples::user("carol").username]);
        app.write(async |tx| groups::delete(tx, &admins.id).await).await;
        assert!(app.read(async |c| groups::direct(c, &alice.id).await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_joins_what_does_not_exist() {
    each_database(async |app: TestApp| {
        let alice = add_user(&app, "alice").await;
        let nowhere = samples::group("nowhere").id;
        let joined = app.try_write(async |tx| groups::add_member(tx, &nowhere, &alice.id).await);
        assert!(joined.await.is_err());
        assert!(app.read(async |c| groups::direct(c, &alice.id).await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_group_goes_inside_another_and_out_again() {
    each_database(async |app: TestApp| {
        let (outer, inner) = (samples::group("outer"), samples::group("inner"));
        add(&app, &outer).await;
        add(&app, &inner).await;
        let nesting = Nesting { parent_id: outer.id.clone(), child_id: inner.id.clone() };
        assert!(app.write(async |tx| groups::nest(tx, &nesting).await).await);
        assert!(!app.write(async |tx| groups::nest(tx, &nesting).await).await);
        assert_eq!(app.read(groups::nestings).await, std::slice::from_ref(&nesting));
        assert!(app.write(async |tx| groups::unnest(tx, &nesting).await).await);
        assert!(!app.write(async |tx| groups::unnest(tx, &nesting).await).await);
        app.write(async |tx| groups::nest(tx, &nesting).await).await;
        app.write(async |tx| groups::delete(tx, &inner.id).await).await;
        assert!(app.read(groups::nestings).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn scopes_of_ones_own_stand_beside_the_built_in_ones() {
    each_database(async |app: TestApp| {
        let names = async || -> Vec<String> {
            app.read(scopes::all).await.into_iter().map(|scope| scope.name).collect()
        };
        let builtin =
            ["address", "email", "groups", "offline_access", "openid", "phone", "profile"];
        assert_eq!(names().await, builtin);
        let mut racks = Scope {
            name: "racks".to_owned(),
            sentence: "See your racks".to_owned(),
            claims: Json(vec!["rack".to_owned(), "row".to_owned()]),
            builtin: false,
        };
        app.write(async |tx| scopes::put(tx, &racks).await).await;
        racks.sentence = "See which racks are yours".to_owned();
        racks.claims = Json(Vec::new());
        app.write(async |tx| scopes::put(tx, &racks).await).await;
        let found = app.read(scopes::all).await;
        assert_same(found.last().unwrap(), &racks);

        // A built-in scope may be put into other words, and stays built in.
        let email = Scope { name: "email".to_owned(), ..racks.clone() };
        app.write(async |tx| scopes::put(tx, &email).await).await;
        assert!(!app.write(async |tx| scopes::delete(tx, "email").await).await);
        assert!(app.write(async |tx| scopes::delete(tx, "racks").await).await);
        assert!(!app.write(async |tx| scopes::delete(tx, "racks").await).await);
        assert_eq!(names().await, builtin);
        let found = app.read(scopes::all).await;
        assert_eq!((found[1].sentence.as_str(), found[1].builtin), (racks.sentence.as_str(), true));
    })
    .await;
}

fn scope_map(client: &Client, group: &Group, scopes: &str) -> ScopeMap {
    ScopeMap {
        client_id: client.id.clone(),
        group_id: group.id.clone(),
        scopes: Json(Scopes::parse(scopes)),
        is_default: false,
    }
}

#[tokio::test]
async fn scope_maps_are_put_replaced_and_removed() {
    each_database(async |app: TestApp| {
        let (staff, admins) = (samples::group("staff"), samples::group("admins"));
        add(&app, &staff).await;
        add(&app, &admins).await;
        let client = add_client(&app, "netbox").await;
        let put = async |map: &ScopeMap| {
            app.write(async |tx| maps::put_scope_map(tx, map).await).await;
        };
        let mut default = scope_map(&client, &admins, "openid");
        default.is_default = true;
        let own = scope_map(&client, &staff, "openid profile email");
        put(&scope_map(&client, &staff, "phone")).await;
        put(&own).await;
        put(&default).await;
        assert_eq!(app.read(maps::all_scope_maps).await, [default, own.clone()]);

        let drop_defaults = async || {
            app.write(async |tx| maps::delete_default_scope_maps(tx, &client.id).await).await
        };
        assert_eq!(drop_defaults().await, 1);
        assert_eq!(drop_defaults().await, 0);
        assert_eq!(app.read(maps::all_scope_maps).await, [own]);
        let remove = async || {
            app.write(async |tx| maps::delete_scope_map(tx, &client.id, &staff.id).await).await
        };
        assert!(remove().await);
        assert!(!remove().await);
    })
    .await;
}

#[tokio::test]
async fn claim_maps_are_put_joined_and_removed() {
    each_database(async |app: TestApp| {
        let (staff, admins) = (samples::group("staff"), samples::group("admins"));
        add(&app, &staff).await;
        add(&app, &admins).await;
        let client = add_client(&app, "grafana").await;
        let map = |group: &Group, claim: &str, values: &[&str]| ClaimMap {
            client_id: client.id.clone(),
            claim: claim.to_owned(),
            group_id: group.id.clone(),
            values: Json(values.iter().map(|value| (*value).to_owned()).collect()),
            join: Join::Array,
        };
        let mut expected = [
            map(&admins, "role", &["Admin", "a b, c"]),
            map(&staff, "role", &["Viewer"]),
            map(&staff, "team", &[]),
        ];
        for map in [&map(&staff, "role", &["old"]), &expected[2], &expected[1], &expected[0]] {
            app.write(async |tx| maps::put_claim_map(tx, map).await).await;
        }
        assert_eq!(app.read(maps::all_claim_maps).await, expected);
        for join in [Join::Csv, Join::Ssv] {
            app.write(async |tx| maps::set_join(tx, &client.id, "role", join).await).await;
            (expected[0].join, expected[1].join) = (join, join);
            assert_eq!(app.read(maps::all_claim_maps).await, expected);
        }
        let remove = async || {
            app.write(async |tx| maps::delete_claim_map(tx, &client.id, "role", &admins.id).await)
                .await
        };
        assert!(remove().await);
        assert!(!remove().await);
        assert_eq!(app.read(maps::all_claim_maps).await, expected[1..]);
    })
    .await;
}

#[tokio::test]
async fn maps_go_with_their_group_and_their_client() {
    each_database(async |app: TestApp| {
        let groups = [samples::group("staff"), samples::group("admins")];
        let clients = [add_client(&app, "netbox").await, add_client(&app, "wiki").await];
        for group in &groups {
            add(&app, group).await;
            for client in &clients {
                let map = scope_map(client, group, "openid");
                app.write(async |tx| maps::put_scope_map(tx, &map).await).await;
            }
        }
        app.write(async |tx| groups::delete(tx, &groups[0].id).await).await;
        app.write(async |tx| clients::delete(tx, &clients[0].id).await).await;
        let left = app.read(maps::all_scope_maps).await;
        assert_eq!(left, [scope_map(&clients[1], &groups[1], "openid")]);
    })
    .await;
}

#[tokio::test]
async fn a_group_gets_another_name_and_keeps_its_members() {
    each_database(async |app: TestApp| {
        let mut staff = samples::group("staff");
        add(&app, &staff).await;
        let (alice, bob) = (add_user(&app, "alice").await, add_user(&app, "bob").await);
        for user in [&bob, &alice] {
            app.write(async |tx| groups::add_member(tx, &staff.id, &user.id).await).await;
        }
        staff.name = "people".to_owned();
        staff.description = Some("People we pay".to_owned());
        app.write(async |tx| groups::update(tx, &staff).await).await;
        assert_eq!(app.read(groups::all).await[1], staff);
        let pairs = [(alice.id, staff.id.clone()), (bob.id, staff.id)];
        assert_eq!(app.read(groups::memberships).await, pairs);
    })
    .await;
}
