//! Who may change what: each role as far as it reaches, whichever door it comes through.

use keystead::directory::members::{self, Members};
use keystead::directory::profile::Details;
use keystead::directory::rights::{ManagesClient, Right, SeesClient};
use keystead::directory::users::{self, NewUser, UserChange};
use keystead::directory::{
    DirectoryError, Force, clients, credentials, groups, links, owners, scope_maps, secrets,
};
use keystead::domain::{Actor, LinkPurpose, Role, Scopes, Secret, Staff, SubMode, User};
use keystead::store;

use crate::harness::{Browser, PASSWORD, TestApp, each_database};

const ALL: Actor = Actor::CommandLine;

/// Somebody with a role, and what they act as.
async fn staff(app: &TestApp, name: &str, role: Role) -> (User, Actor) {
    let mut user = app.user(name).await;
    user.role = Some(role);
    app.write(async |tx| store::users::update(tx, &user).await).await;
    let actor = Actor::Staff(Staff::of(&user).unwrap());
    (user, actor)
}

fn role(role: Role) -> UserChange {
    UserChange { role: Some(Some(role)), ..UserChange::default() }
}

#[track_caller]
fn refused<T>(outcome: Result<T, DirectoryError>) {
    assert_eq!(outcome.err().map(|error| error.code()), Some("not_allowed"));
}

#[tokio::test]
async fn what_the_help_desk_made_before_somebody_got_a_role_opens_nothing_after() {
    each_database(async |app| {
        let (_, desk) = staff(&app, "desk", Role::Helpdesk).await;
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        assert_eq!(browser.get("/").await.status, 200);
        let link = links::reset_link(&app, &desk, "alice").await.unwrap();
        let token = link.url.split_once("token=").unwrap().1.to_owned();
        users::update(&app, &ALL, "alice", role(Role::Administrator), Force::No).await.unwrap();
        let password = Secret::sent("another fine long password");
        assert!(links::take_reset(&app, &token, &password).await.is_err());
        assert_eq!(browser.get("/").await.status, 303, "the session ended");
    })
    .await;
}

#[tokio::test]
async fn the_help_desk_cannot_touch_an_administrator_nor_raise_itself() {
    each_database(async |app| {
        staff(&app, "root", Role::Administrator).await;
        let (_, desk) = staff(&app, "desk", Role::Helpdesk).await;
        app.user("alice").await;
        let password = Secret::sent("another fine long password");
        for name in ["root", "root@example.com"] {
            refused(users::update(&app, &desk, name, UserChange::default(), Force::Yes).await);
            refused(users::disable(&app, &desk, name, Force::Yes).await);
            refused(users::enable(&app, &desk, name).await);
            refused(users::delete(&app, &desk, name, Force::Yes).await);
            refused(credentials::set_password(&app, &desk, name, &password).await);
            refused(credentials::unlock(&app, &desk, name).await);
            refused(links::invite(&app, &desk, name).await);
            refused(links::reset_link(&app, &desk, name).await);
        }
        for name in ["desk", "alice"] {
            for wanted in Role::ALL {
                refused(users::update(&app, &desk, name, role(wanted), Force::Yes).await);
            }
        }
        let new = NewUser {
            username: "eve".into(),
            role: Some(Role::Administrator),
            ..NewUser::default()
        };
        refused(users::create(&app, &desk, new).await);
        users::disable(&app, &desk, "alice", Force::No).await.unwrap();
        credentials::set_password(&app, &desk, "alice", &password).await.unwrap();
        let new = NewUser { username: "bob".into(), ..NewUser::default() };
        users::create(&app, &desk, new).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_help_desk_does_not_vouch_for_people() {
    each_database(async |app| {
        app.user("alice").await;
        let (_, desk) = staff(&app, "desk", Role::Helpdesk).await;
        let details = |email: &str, verified| Details {
            fields: vec![("email", email.to_owned())],
            email_verified: verified,
            ..Details::default()
        };
        let change = |details| UserChange { details, ..UserChange::default() };
        let set = async |actor: &Actor, wanted: UserChange| {
            users::update(&app, actor, "alice", wanted, Force::No).await
        };
        refused(set(&desk, change(details("root@corp.example", Some(true)))).await);
        let username = Some("root".to_owned());
        refused(set(&desk, UserChange { username, ..UserChange::default() }).await);
        let (username, details_of_eve) = ("eve".to_owned(), details("e@corp.example", Some(true)));
        let eve = NewUser { username, details: details_of_eve, ..NewUser::default() };
        refused(users::create(&app, &desk, eve).await);
        set(&ALL, change(details("alice@corp.example", Some(true)))).await.unwrap();
        set(
            &desk,
            change(Details { fields: vec![("nickname", "Al".into())], ..Details::default() }),
        )
        .await
        .unwrap();
        let user = set(&desk, change(details("new@corp.example", None))).await.unwrap().value;
        assert!(!user.email_verified, "a new address is nobody's yet");
        app.client_with("mail", |client| client.settings.sub = SubMode::Email).await;
        refused(set(&desk, change(details("other@corp.example", None))).await);
        set(&ALL, change(details("other@corp.example", Some(true)))).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn links_end_with_the_account_or_the_role_of_who_made_them() {
    each_database(async |app| {
        app.user("alice").await;
        for (name, end) in [("carol", "disabled"), ("dave", "without the role")] {
            let (_, desk) = staff(&app, name, Role::Helpdesk).await;
            let link = links::reset_link(&app, &desk, "alice").await.unwrap();
            let token = link.url.split_once("token=").unwrap().1;
            links::look(&app, token, LinkPurpose::Reset).await.unwrap();
            match end {
                "disabled" => drop(users::disable(&app, &ALL, name, Force::No).await.unwrap()),
                _ => {
                    let none = UserChange { role: Some(None), ..UserChange::default() };
                    users::update(&app, &ALL, name, none, Force::No).await.unwrap();
                }
            }
            let gone = links::look(&app, token, LinkPurpose::Reset).await;
            assert!(matches!(gone, Err(DirectoryError::LinkExpired)), "{end}");
        }
    })
    .await;
}

#[tokio::test]
async fn groups_and_clients_are_out_of_reach_of_the_help_desk_and_of_auditors() {
    each_database(async |app| {
        app.client("web").await;
        let alice = app.user("alice").await;
        app.group("crew", &[&alice]).await;
        let alice = Members { users: vec!["alice".into()], groups: Vec::new() };
        for (name, held) in [("desk", Role::Helpdesk), ("eye", Role::Auditor)] {
            let (_, actor) = staff(&app, name, held).await;
            refused(groups::create(&app, &actor, "more", None).await);
            refused(groups::delete(&app, &actor, "crew").await);
            refused(members::add(&app, &actor, "crew", &alice).await);
            refused(members::remove(&app, &actor, "crew", &alice).await);
            refused(clients::update(&app, &actor, ("web", None), Force::No, |_| ()).await);
            refused(clients::delete(&app, &actor, "web").await);
            refused(secrets::show(&app, &actor, "web").await);
            refused(owners::add(&app, &actor, "web", name).await);
        }
        let (_, eye) = staff(&app, "watcher", Role::Auditor).await;
        refused(users::disable(&app, &eye, "alice", Force::No).await);
        refused(users::create(&app, &eye, NewUser::default()).await);
    })
    .await;
}

#[tokio::test]
async fn an_application_owner_changes_what_they_own_alone() {
    each_database(async |app| {
        app.client("web").await;
        app.client("wiki").await;
        let (owner, actor) = staff(&app, "owner", Role::ApplicationOwner).await;
        owners::add(&app, &ALL, "web", "owner").await.unwrap();
        let scopes = Scopes::parse("openid");
        scope_maps::set(&app, &actor, "web", ("everyone", &scopes)).await.unwrap();
        secrets::rotate(&app, &actor, "web", None).await.unwrap();
        refused(scope_maps::set(&app, &actor, "wiki", ("everyone", &scopes)).await);
        refused(secrets::rotate(&app, &actor, "wiki", None).await);
        refused(secrets::show(&app, &actor, "wiki").await);
        refused(owners::add(&app, &actor, "wiki", "owner").await);
        refused(users::disable(&app, &actor, "owner", Force::No).await);
        let staff = Staff::of(&owner).unwrap();
        let mut conn = app.db.read().await.unwrap();
        for (client, expected) in [("web", true), ("wiki", false), ("none", false)] {
            let sees = SeesClient::of(&mut conn, &staff, client).await.unwrap();
            let manages = ManagesClient::of(&mut conn, &staff, client).await.unwrap();
            assert_eq!((sees.is_some(), manages.is_some()), (expected, expected), "{client}");
        }
        drop(conn);
        owners::remove(&app, &ALL, "web", "owner").await.unwrap();
        refused(secrets::show(&app, &actor, "web").await);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_was_taken_meanwhile_changes_nothing_any_more() {
    each_database(async |app| {
        staff(&app, "root", Role::Administrator).await;
        let (_, second) = staff(&app, "second", Role::Administrator).await;
        groups::create(&app, &second, "crew", None).await.unwrap();
        let none = UserChange { role: Some(None), ..UserChange::default() };
        users::update(&app, &ALL, "second", none, Force::No).await.unwrap();
        refused(groups::create(&app, &second, "more", None).await);
        users::update(&app, &ALL, "second", role(Role::Administrator), Force::No).await.unwrap();
        users::disable(&app, &ALL, "second", Force::No).await.unwrap();
        refused(groups::create(&app, &second, "more", None).await);
    })
    .await;
}

#[tokio::test]
async fn a_change_from_an_outdated_page_is_refused_and_changes_nothing() {
    use keystead::directory::profile::Details;
    use keystead::directory::revision::Revision;
    use keystead::directory::view::UserView;
    each_database(async |app| {
        let alice = app.user("alice").await;
        let seen = Revision::of(&UserView::from(&alice));
        let named = |name: &str, revision: &Revision| UserChange {
            details: Details {
                fields: vec![("display_name", name.to_owned())],
                ..Details::default()
            },
            revision: Some(revision.clone()),
            ..UserChange::default()
        };
        users::update(&app, &ALL, "alice", named("First", &seen), Force::No).await.unwrap();
        let late = users::update(&app, &ALL, "alice", named("Second", &seen), Force::No).await;
        assert_eq!(late.unwrap_err().code(), "changed");
        let found = app.read(async |conn| store::users::find(conn, &alice.id).await).await;
        assert_eq!(found.unwrap().display_name.as_deref(), Some("First"));
    })
    .await;
}

#[tokio::test]
async fn people_act_for_themselves_without_any_role() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.user("bob").await;
        let own = Actor::User(alice.id.clone(), "alice".into());
        let password = Secret::sent(format!("{PASSWORD} indeed"));
        credentials::set_password(&app, &own, "alice", &password).await.unwrap();
        refused(credentials::set_password(&app, &own, "bob", &password).await);
        refused(users::update(&app, &own, "alice", role(Role::Auditor), Force::No).await);
    })
    .await;
}
