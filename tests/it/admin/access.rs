//! Each role at each route, and when a sign-in is too old for a change.

use std::collections::BTreeSet;

use keystead::domain::Role;

use super::{Visitor, of};
use crate::harness::{Browser, TestApp, each_database};

/// Who gets in: administrator, auditor, help desk, application owner.
type Gets = [bool; 4];

const ALL: Gets = [true, true, true, true];
const PEOPLE: Gets = [true, true, true, false];
const PEOPLE_CHANGE: Gets = [true, false, true, false];
const READ: Gets = [true, true, false, false];
const CHANGE: Gets = [true, false, false, false];
const NONE: Gets = [false, false, false, false];
const APPS: Gets = [true, true, false, true];
const APPS_CHANGE: Gets = [true, false, false, true];

/// Path, who may read it, who may send its form.
const ROUTES: &[(&str, Gets, Gets)] = &[
    ("/admin", ALL, NONE),
    ("/admin/search", ALL, NONE),
    ("/admin/style", ALL, NONE),
    ("/admin/applications", APPS, NONE),
    ("/admin/add-application", CHANGE, CHANGE),
    ("/admin/applications/{id}", APPS, APPS_CHANGE),
    ("/admin/applications/{id}/connect", APPS, APPS_CHANGE),
    ("/admin/applications/{id}/rotate", APPS_CHANGE, APPS_CHANGE),
    ("/admin/applications/{id}/access", APPS, APPS_CHANGE),
    ("/admin/applications/{id}/claims", APPS, NONE),
    ("/admin/applications/{id}/security", APPS, APPS_CHANGE),
    ("/admin/applications/{id}/profile", APPS_CHANGE, APPS_CHANGE),
    ("/admin/applications/{id}/redirects", APPS, APPS_CHANGE),
    ("/admin/applications/{id}/activity", APPS, NONE),
    ("/admin/applications/{id}/live", APPS, NONE),
    ("/admin/applications/{id}/check", APPS, APPS_CHANGE),
    ("/admin/applications/{id}/history", APPS, NONE),
    ("/admin/applications/{id}/state", APPS_CHANGE, APPS_CHANGE),
    ("/admin/applications/{id}/delete", CHANGE, CHANGE),
    ("/admin/users", PEOPLE, PEOPLE_CHANGE),
    ("/admin/users/new", PEOPLE_CHANGE, PEOPLE_CHANGE),
    ("/admin/users/{id}", PEOPLE, PEOPLE_CHANGE),
    ("/admin/users/{id}/groups", PEOPLE, CHANGE),
    ("/admin/users/{id}/applications", PEOPLE, NONE),
    ("/admin/users/{id}/credentials", PEOPLE, PEOPLE_CHANGE),
    ("/admin/users/{id}/sessions", PEOPLE, PEOPLE_CHANGE),
    ("/admin/users/{id}/consents", PEOPLE, PEOPLE_CHANGE),
    ("/admin/users/{id}/events", PEOPLE, NONE),
    ("/admin/users/{id}/role", CHANGE, CHANGE),
    ("/admin/users/{id}/state", PEOPLE_CHANGE, PEOPLE_CHANGE),
    ("/admin/users/{id}/delete", PEOPLE_CHANGE, PEOPLE_CHANGE),
    ("/admin/groups", READ, NONE),
    ("/admin/groups/tree", READ, NONE),
    ("/admin/groups/new", CHANGE, CHANGE),
    ("/admin/groups/{id}", READ, CHANGE),
    ("/admin/groups/{id}/edit", CHANGE, CHANGE),
    ("/admin/groups/{id}/delete", CHANGE, CHANGE),
    ("/admin/failures", APPS, APPS_CHANGE),
    ("/admin/failures/{id}", APPS, APPS_CHANGE),
    ("/admin/flows/{id}", APPS, APPS_CHANGE),
    ("/admin/events", READ, NONE),
    ("/admin/sessions", PEOPLE, PEOPLE_CHANGE),
    ("/admin/settings", READ, CHANGE),
    ("/admin/settings/languages", READ, CHANGE),
    ("/admin/settings/legal", READ, CHANGE),
    ("/admin/settings/server", READ, NONE),
    ("/admin/sign-in-policy", READ, CHANGE),
    ("/admin/keys", READ, NONE),
    ("/admin/keys/{id}/rotate", CHANGE, CHANGE),
    ("/admin/keys/{id}/retire", CHANGE, CHANGE),
    ("/admin/scopes", READ, NONE),
    ("/admin/scopes/new", CHANGE, CHANGE),
    ("/admin/scopes/{id}", READ, CHANGE),
    ("/admin/scopes/{id}/delete", CHANGE, CHANGE),
    ("/admin/settings/mail", CHANGE, CHANGE),
    ("/admin/settings/address", CHANGE, CHANGE),
    ("/admin/backup", CHANGE, CHANGE),
    ("/admin/backup/{file}", CHANGE, CHANGE),
    ("/admin/backup/{file}/delete", CHANGE, CHANGE),
    ("/admin/registration", READ, NONE),
    ("/admin/registration/new", CHANGE, CHANGE),
    ("/admin/registration/{id}/revoke", CHANGE, CHANGE),
    ("/admin/api", ALL, NONE),
    ("/admin/api/new", ALL, ALL),
    ("/admin/api/{id}/revoke", CHANGE, CHANGE),
];

/// The routes that take a form.
pub fn forms() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().filter(|(_, _, send)| send.contains(&true)).map(|(path, ..)| *path)
}

/// The routes that show a page.
pub fn pages() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|(path, ..)| *path)
}

/// The paths with a person, a group and a client of this application in them.
pub async fn filled_in(app: &TestApp, path: &str) -> String {
    let user = keystead::domain::Username::parse("alice").unwrap();
    let found = app.read(async |conn| keystead::store::users::find_by_username(conn, &user).await);
    let user = match found.await {
        Some(user) => user,
        None => app.user("alice").await,
    };
    let registry = app.registry();
    let group = match registry.group_by_name("crew") {
        Some(group) => group.clone(),
        None => app.group("crew", &[]).await,
    };
    let shop = keystead::domain::ClientId("shop".to_owned());
    if registry.client(&shop).is_none() {
        app.client("shop").await;
    }
    let id = match path.split('/').nth(2) {
        Some("groups") => group.id.0,
        Some("applications") => shop.0,
        Some("keys") => registry.keys()[0].kid.0.clone(),
        Some("scopes") => "wiki".to_owned(),
        Some("api") => super::automation::token_of_another(app).await,
        Some("registration") => super::registration::token(app).await,
        Some("failures") => super::failures::counted(app).await.0,
        Some("flows") => super::failures::refused(app).await.0,
        _ => user.id.0,
    };
    if !registry.scopes().contains_key("wiki") {
        let (name, sentence) = ("wiki".to_owned(), "Read the wiki".to_owned());
        let new = keystead::directory::scopes::NewScope { name, sentence, claims: Vec::new() };
        let actor = keystead::domain::Actor::CommandLine;
        keystead::directory::scopes::create(&app.app, &actor, new).await.unwrap();
    }
    let path = path.replace("{id}", &id);
    match path.contains("{file}") {
        true => path.replace("{file}", &super::backup::made(app).await),
        false => path,
    }
}

#[test]
fn the_table_knows_every_route_of_the_console() {
    let source = include_str!("../../../src/web/mod.rs");
    let routed = source.split('"').filter(|text| text.starts_with("/admin"));
    let known: BTreeSet<&str> = ROUTES.iter().map(|(path, ..)| *path).collect();
    assert_eq!(routed.collect::<BTreeSet<_>>(), known);
}

#[tokio::test]
async fn each_role_opens_what_it_should_and_nothing_else() {
    each_database(async |app| {
        for (n, role) in Role::ALL.into_iter().enumerate() {
            let mut visitor = Visitor::new(&app, role.as_str(), Some(role)).await;
            filled_in(&app, "/admin").await;
            if role == Role::ApplicationOwner {
                let (actor, name) = (keystead::domain::Actor::CommandLine, role.as_str());
                keystead::directory::owners::add(&app, &actor, "shop", name).await.unwrap();
            }
            for (path, read, send) in ROUTES {
                let at = filled_in(&app, path).await;
                let answer = visitor.get(&at).await;
                let expected = if read[n] { 200 } else { 403 };
                assert_eq!(answer.status, expected, "{role:?} reads {path}: {}", answer.body);
                if !read[n] {
                    assert_eq!(answer.text("error-code"), "not_allowed", "{role:?} {path}");
                }
                if send.contains(&true) {
                    let answer = visitor.post(&at, &[]).await;
                    let refused = answer.status == 403;
                    assert_eq!(refused, !send[n], "{role:?} sends {path}: {}", answer.status);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn people_without_a_role_and_strangers_stay_outside() {
    each_database(async |app| {
        let mut nobody = Visitor::new(&app, "nobody", None).await;
        let mut stranger = Browser::new(&app.app);
        for (path, _, send) in ROUTES {
            let at = filled_in(&app, path).await;
            let answer = nobody.get(&at).await;
            assert_eq!((answer.status, answer.text("error-code").as_str()), (403, "no_role"));
            let answer = stranger.get(&at).await;
            assert_eq!(answer.status, 303, "{path}");
            assert_eq!(answer.param("next").as_deref(), Some(at.as_str()));
            assert!(answer.location().starts_with("/login?"), "{}", answer.location());
            if send.contains(&true) {
                assert_eq!(nobody.post(&at, &[]).await.status, 403, "{path}");
                let sent = stranger.post(&at, &[]).await;
                assert!(sent.location().starts_with("/login?"), "{path}");
            }
        }
        let home = nobody.get("/").await;
        assert!(home.has("current-user") && !home.has("to-console"));
    })
    .await;
}

#[tokio::test]
async fn a_change_wants_a_recent_sign_in_and_leads_back_after_it() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let alice = app.user("alice").await;
        app.wait(3601);
        assert_eq!(root.get("/admin/users").await.status, 200);
        let path = of(&alice, "/state");
        let answer = root.post(&path, &[("action", "disable")]).await;
        assert_eq!(answer.location(), format!("/login?again=1&next={}", path.replace('/', "%2F")));
        let found = app.read(async |c| keystead::store::users::find(c, &alice.id).await).await;
        assert!(found.unwrap().disabled_at.is_none());
        let login = root.browser.follow(answer).await;
        assert!(login.has("login-submit"), "{}", login.body);
        let back = root.browser.log_in(&login, "root", crate::harness::PASSWORD).await;
        assert!(back.has("confirm-state"), "{}", back.body);
        root.done(&path, &[("action", "disable")]).await;
    })
    .await;
}

#[tokio::test]
async fn a_form_is_not_offered_when_it_could_not_be_sent_any_more() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        app.wait(46 * 60);
        let own = root.get(&of(&root.user.clone(), "")).await;
        assert!(own.has("again") && !own.has("save"), "{}", own.body);
        let answer = root.get("/admin/users/new").await;
        assert!(answer.location().starts_with("/login?again=1"), "{}", answer.body);
        assert_eq!(root.post("/admin/groups/new", &[("name", "late")]).await.status, 303);
        assert!(app.registry().group_by_name("late").is_some(), "begun in time, sent in time");
    })
    .await;
}

#[tokio::test]
async fn the_help_desk_cannot_reach_an_administrator_through_any_form() {
    each_database(async |app| {
        let root = Visitor::root(&app).await;
        let mut desk = Visitor::new(&app, "desk", Some(Role::Helpdesk)).await;
        let password = ("password", "another fine long password");
        for (tab, form) in [
            ("", vec![("username", "root"), ("email", "desk@evil.example")]),
            ("/state", vec![("action", "disable")]),
            ("/delete", vec![("confirm", "root")]),
            ("/credentials", vec![("action", "set-password"), password]),
            ("/credentials", vec![("action", "reset-link")]),
            ("/credentials", vec![("action", "unlock")]),
            ("/sessions", vec![("action", "end-all")]),
            ("/consents", vec![("client", "web")]),
        ] {
            let answer = desk.post(&of(&root.user, tab), &form).await;
            assert_eq!((answer.status, answer.text("error-code").as_str()), (403, "not_allowed"));
        }
        let own = of(&desk.user.clone(), "");
        for role in ["administrator", "auditor"] {
            assert_eq!(desk.post(&format!("{own}/role"), &[("role", role)]).await.status, 403);
            // A field that the form does not have changes nothing.
            desk.done(
                &own,
                &[("username", "desk"), ("role", role), ("revision", &revision(&desk))],
            )
            .await;
            desk.user = find(&app, &desk).await;
            assert_eq!(desk.user.role, Some(Role::Helpdesk));
        }
        let unchanged = find(&app, &root).await;
        assert_eq!(unchanged.email.as_deref(), Some("root@example.com"));
        assert!(unchanged.disabled_at.is_none());
    })
    .await;
}

async fn find(app: &TestApp, visitor: &Visitor) -> keystead::domain::User {
    let id = visitor.user.id.clone();
    app.read(async |conn| keystead::store::users::find(conn, &id).await).await.unwrap()
}

fn revision(visitor: &Visitor) -> String {
    use keystead::directory::{revision::Revision, view::UserView};
    Revision::of(&UserView::from(&visitor.user)).as_str().to_owned()
}
