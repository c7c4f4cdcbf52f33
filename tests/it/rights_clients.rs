//! How far an application owner reaches in what they own, and what a change means for people.

use keystead::directory::claim_maps::{self, NewClaimMap};
use keystead::directory::impact::{self, Impact, MapChange};
use keystead::directory::members::{self, Members};
use keystead::directory::revision::Revision;
use keystead::directory::view::ClientView;
use keystead::directory::{
    DirectoryError, Force, clients, consequences, find, groups, owners, scope_maps, uris, users,
};
use keystead::domain::{
    Actor, Client, ClientId, EVERYONE, GroupId, Pkce, Role, Scopes, Staff, SubMode, UriPurpose,
};
use keystead::store;

use crate::harness::{Scene, TestApp, each_database};

const ALL: Actor = Actor::CommandLine;

async fn owner(app: &TestApp) -> Actor {
    let mut user = app.user("owner").await;
    user.role = Some(Role::ApplicationOwner);
    app.write(async |tx| store::users::update(tx, &user).await).await;
    owners::add(app, &ALL, "web", "owner").await.unwrap();
    Actor::Staff(Staff::of(&user).unwrap())
}

#[track_caller]
fn refused<T>(outcome: Result<T, DirectoryError>) {
    assert_eq!(outcome.err().map(|error| error.code()), Some("not_allowed"));
}

async fn web(app: &TestApp) -> Client {
    find::client(&mut app.db.read().await.unwrap(), "web").await.unwrap()
}

#[tokio::test]
async fn an_owner_cannot_take_consent_away_rename_people_or_undo_a_stop() {
    each_database(async |app| {
        app.client("web").await;
        let owner = owner(&app).await;
        let now = app.clock.now();
        let edits: [fn(&mut Client); 3] = [
            |client| client.trusted = true,
            |client| client.settings.sub = SubMode::Email,
            |client| client.slug = "other".to_owned(),
        ];
        for edit in edits {
            let refused = clients::update(&app, &owner, ("web", None), Force::Yes, edit).await;
            assert_eq!(refused.unwrap_err().code(), "not_allowed");
        }
        let pkce = |client: &mut Client| client.settings.pkce = Pkce::Optional;
        clients::update(&app, &owner, ("web", None), Force::No, pkce).await.unwrap();
        let close = move |client: &mut Client| client.disabled_at = Some(now);
        clients::update(&app, &owner, ("web", None), Force::No, close).await.unwrap();
        let open = |client: &mut Client| client.disabled_at = None;
        let refused = clients::update(&app, &owner, ("web", None), Force::No, open).await;
        assert_eq!(refused.unwrap_err().code(), "not_allowed");
        let client = web(&app).await;
        assert_eq!(client.settings.pkce, Pkce::Optional);
        assert!(client.disabled_at.is_some() && !client.trusted && client.slug == "web");
        clients::update(&app, &ALL, ("web", None), Force::No, open).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_owner_widens_nothing_that_nobody_is_asked_about() {
    each_database(async |app| {
        app.client("web").await;
        let owner = owner(&app).await;
        let scopes = Scopes::parse("openid profile email");
        let claim = |claim: &str| NewClaimMap {
            claim: claim.to_owned(),
            group: EVERYONE.to_owned(),
            values: vec!["admin".to_owned()],
            join: None,
        };
        let uri = (UriPurpose::Authorization, "https://evil.example/cb");
        scope_maps::set(&app, &owner, "web", (EVERYONE, &scopes)).await.unwrap();
        claim_maps::set(&app, &owner, "web", claim("roles")).await.unwrap();
        for name in ["preferred_username", "nickname"] {
            refused(claim_maps::set(&app, &owner, "web", claim(name)).await);
            claim_maps::set(&app, &ALL, "web", claim(name)).await.unwrap();
        }
        let trust = |client: &mut Client| client.trusted = true;
        clients::update(&app, &ALL, ("web", None), Force::No, trust).await.unwrap();
        refused(uris::add(&app, &owner, "web", uri).await);
        refused(scope_maps::set(&app, &owner, "web", (EVERYONE, &scopes)).await);
        refused(claim_maps::set(&app, &owner, "web", claim("roles")).await);
        scope_maps::remove(&app, &owner, "web", EVERYONE).await.unwrap();
        uris::add(&app, &ALL, "web", uri).await.unwrap();
        uris::remove(&app, &owner, "web", uri).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_owner_learns_no_names_of_groups_by_guessing() {
    each_database(async |app| {
        app.client("web").await;
        app.group("secret-project", &[]).await;
        let owner = owner(&app).await;
        let scopes = Scopes::parse("openid");
        for (actor, told) in [(&owner, false), (&ALL, true)] {
            let new = NewClaimMap {
                claim: "roles".into(),
                group: "secret-projct".into(),
                values: vec!["x".into()],
                join: None,
            };
            let errors = [
                scope_maps::set(&app, actor, "web", ("secret-projct", &scopes)).await.unwrap_err(),
                scope_maps::remove(&app, actor, "web", "secret-projct").await.unwrap_err(),
                claim_maps::set(&app, actor, "web", new).await.unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.to_string().contains("secret-project"), told, "{error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_a_client_from_one_state_the_second_is_refused() {
    each_database(async |app| {
        app.client("web").await;
        let saw = Revision::of(&ClientView::from(&web(&app).await));
        let name = |name: &'static str| move |client: &mut Client| client.name = name.to_owned();
        let one = clients::update(&app, &ALL, ("web", Some(&saw)), Force::No, name("One")).await;
        assert!(one.unwrap().changed);
        let two = clients::update(&app, &ALL, ("web", Some(&saw)), Force::No, name("Two")).await;
        assert!(matches!(two, Err(DirectoryError::Changed(_))));
        assert_eq!(web(&app).await.name, "One");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_scope_maps_says_who_gains_and_who_loses() {
    each_database(async |app| {
        app.client("web").await;
        let everyone = GroupId(EVERYONE.to_owned());
        let names = ["alice", "bob", "carla", "dora"];
        for name in names {
            app.user(name).await;
        }
        let crew = groups::create(&app, &ALL, "crew", None).await.unwrap();
        let team = groups::create(&app, &ALL, "team", None).await.unwrap();
        let nest = Members { users: vec!["alice".into()], groups: vec!["team".into()] };
        members::add(&app, &ALL, "crew", &nest).await.unwrap();
        let inner = Members { users: vec!["bob".into(), "alice".into()], groups: Vec::new() };
        members::add(&app, &ALL, "team", &inner).await.unwrap();
        let id = ClientId("web".to_owned());
        let told = async |change| impact::of(&app, &id, change).await.unwrap();
        assert_eq!(told(MapChange::Set(&crew.id)).await, Impact { gain: 0, lose: 0 });
        assert_eq!(told(MapChange::Remove(&everyone)).await, Impact { gain: 0, lose: 4 });
        scope_maps::remove(&app, &ALL, "web", EVERYONE).await.unwrap();
        assert_eq!(told(MapChange::Set(&crew.id)).await, Impact { gain: 2, lose: 0 });
        assert_eq!(told(MapChange::Set(&team.id)).await, Impact { gain: 2, lose: 0 });
        users::disable(&app, &ALL, "bob", Force::No).await.unwrap();
        assert_eq!(told(MapChange::Set(&crew.id)).await, Impact { gain: 1, lose: 0 });
        scope_maps::set(&app, &ALL, "web", ("crew", &Scopes::parse("openid"))).await.unwrap();
        assert_eq!(told(MapChange::Set(&everyone)).await, Impact { gain: 2, lose: 0 });
        assert_eq!(told(MapChange::Remove(&crew.id)).await, Impact { gain: 0, lose: 1 });
    })
    .await;
}

#[tokio::test]
async fn the_first_map_of_ones_own_shuts_out_those_whom_the_template_let_in() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.user("bob").await;
        let crew = app.group("crew", &[&alice]).await;
        let new = clients::NewClient {
            id: "wiki".into(),
            scopes_of_everyone: Scopes::parse("openid"),
            ..clients::NewClient::default()
        };
        clients::create(&app, &ALL, new).await.unwrap();
        let id = ClientId("wiki".to_owned());
        let told = impact::of(&app, &id, MapChange::Set(&crew.id)).await.unwrap();
        assert_eq!(told, Impact { gain: 0, lose: 1 });
    })
    .await;
}

#[tokio::test]
async fn a_deletion_names_what_it_takes_along() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        owner(&app).await;
        let client = web(&app).await;
        let told = consequences::of_client(&app, &client).await.unwrap();
        assert_eq!(told, ["1 grant", "1 consent", "1 scope map", "1 owner"]);
        app.read(async |conn| {
            assert_eq!(store::grants::count_of_client(conn, &client.id, 1).await?, 1);
            assert_eq!(store::consents::count_of_client(conn, &client.id, 0).await?, 0);
            store::groups::count_people(conn, &[], &[]).await
        })
        .await;
    })
    .await;
}
