//! What reviews found, and what holds since.

use keystead::directory::{self, Force, own, owners, users};
use keystead::domain::{Actor, ClientId, Role, Secret};
use keystead::store::{events, grants};

use crate::account::{events_of, person};
use crate::admin::{Visitor, at};
use crate::harness::http::Answer;
use crate::harness::{Browser, PASSWORD, Party, Scene, TestApp, each_database};

const CLI: Actor = Actor::CommandLine;
const SECURITY: &str = "/account/security";
const CONNECTIONS: &str = "/account/connections";
const PROFILE: &str = "/account/profile";
const OFFLINE: (&str, &str) = ("scope", "openid email offline_access");

async fn trusted(app: &TestApp) -> Party {
    let registered = app.client_with("web", |web| web.trusted = true).await;
    app.allow(&registered.client.id, keystead::domain::EVERYONE, OFFLINE.1).await;
    Party::new(&app.app, &registered).await
}

fn input(page: &Answer, wanted: &str) -> String {
    let found = page.inputs().into_iter().find(|(name, _)| name == wanted);
    found.unwrap_or_else(|| panic!("no {wanted}: {}", page.body)).1
}

#[tokio::test]
async fn what_a_trusted_application_holds_is_shown_and_taken_back() {
    each_database(async |app| {
        let party = trusted(&app).await;
        let mut alice = person(&app, "alice").await;
        let tokens = party.sign_in(&mut alice.browser, "alice", &[OFFLINE]).await;
        let user = alice.user.id.clone();
        let held = app.read(async |conn| grants::standing(conn, &user, 9).await).await;
        assert_eq!(held.len(), 1);
        let page = alice.get(CONNECTIONS).await;
        for told in ["you were not asked", "Stays connected when you sign out", "See your e-mail"] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        let page = alice.done(CONNECTIONS, &[("client", "web")]).await;
        assert!(page.text("toast").ends_with("What it held stopped working."), "{}", page.body);
        assert!(page.body.contains("Nothing is connected"), "{}", page.body);
        assert_eq!(party.refresh(tokens.get("refresh_token")).await.status, 400);
        assert_eq!(alice.post(CONNECTIONS, &[("client", "web")]).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_signed_out_from_elsewhere_leaves_nothing_behind() {
    each_database(async |app| {
        let party = trusted(&app).await;
        let mut alice = person(&app, "alice").await;
        for action in ["end", "end-others"] {
            let mut thief = Browser::new(&app.app);
            thief.sign_in("alice").await;
            let tokens = party.sign_in(&mut thief, "alice", &[OFFLINE]).await;
            let refresh = tokens.get("refresh_token");
            let session = input(&alice.get(SECURITY).await, "session");
            alice.done(SECURITY, &[("action", action), ("session", &session)]).await;
            assert_eq!(party.refresh(refresh).await.status, 400, "{action}");
        }
        // Whoever signs out at the browser itself keeps what was to outlive it.
        let tokens = party.sign_in(&mut alice.browser, "alice", &[OFFLINE]).await;
        let page = alice.get("/logout").await;
        alice.browser.submit(&page, &[("action", "logout")]).await;
        assert_eq!(party.refresh(tokens.get("refresh_token")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_was_signed_out_meanwhile_signs_out_no_other() {
    each_database(async |app| {
        let alice = person(&app, "alice").await;
        let id = alice.user.id.clone();
        let own = directory::sessions::of_user(&app, &alice.user).await.unwrap()[0].id;
        let actor = Actor::User(id.clone(), "alice".into());
        let mut other = Browser::new(&app.app);
        other.sign_in("alice").await;
        let newest = directory::sessions::of_user(&app, &alice.user).await.unwrap();
        let newest = newest.iter().find(|session| session.id != own).unwrap().id;
        directory::sessions::end(&app, &CLI, "alice", own).await.unwrap();
        let name = id.as_str();
        let refused = directory::sessions::end_others(&app, &actor, name, own).await.unwrap_err();
        assert_eq!(refused.code(), "not_there");
        let both = (own, newest);
        assert!(directory::sessions::end_from(&app, &actor, name, both).await.is_err());
        assert!(other.get("/").await.has("current-user"));
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_in_over_another_ends_their_session_and_the_log_says_so() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        app.user("bob").await;
        let page = alice.get("/login?again=1").await;
        alice.browser.log_in(&page, "bob", PASSWORD).await;
        assert_eq!(events_of(&app, &alice).await[0], "session.ended");
        let filter =
            events::Filter { kind: Some("session.ended".into()), ..events::Filter::default() };
        let found = app.read(async |conn| events::list(conn, &filter, None, 9).await).await;
        let told = keystead::explain::sentence::event(&found[0]);
        assert_eq!(told, "bob ended a session of alice");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_makes_strangers_of_browsers_that_knew_the_old_one() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        let mut thief = Browser::new(&app.app);
        thief.sign_in("alice").await;
        app.wait(1);
        let new = Secret::sent("another fine long password");
        directory::credentials::set_password(&app, &CLI, alice.id.as_str(), &new).await.unwrap();
        // As many wrong tries as slow a stranger down, from a stranger.
        let mut stranger = Browser::new(&app.app);
        let tried = async |browser: &mut Browser| {
            let page = browser.get("/login").await;
            browser.log_in(&page, "alice", "wrong").await.status
        };
        let mut tries = 0;
        while tried(&mut stranger).await != 429 {
            tries += 1;
            assert!(tries < 20, "nobody is slowed down");
        }
        assert_eq!(tried(&mut thief).await, 429, "a bucket of their own");
    })
    .await;
}

#[tokio::test]
async fn the_copy_of_everything_wants_a_recent_sign_in_and_is_noted() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        assert_eq!(alice.get("/account/profile/export").await.status, 200);
        assert_eq!(events_of(&app, &alice).await[0], "user.exported");
        app.wait(3601);
        let late = alice.get("/account/profile/export").await;
        assert_eq!(late.location(), "/login?again=1&next=/account/profile");
        assert!(own::export(&app, &alice.user, None).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn what_people_name_leads_applications_to_no_inner_machine() {
    each_database(async |app| {
        let mut alice = person(&app, "alice").await;
        let at = input(&alice.get(PROFILE).await, "revision");
        for (field, value) in [
            ("picture", "http://example.com/a.png"),
            ("picture", "https://10.0.0.7/a.png"),
            ("picture", "https://[::1]/a.png"),
            ("picture", "https://0x7f000001/"),
            ("website", "https://localhost:8080/"),
            ("website", "https://metadata.google.internal/"),
            ("profile", "https://printer/"),
            ("profile", "https://nas.LAN./"),
        ] {
            let answer = alice.post(PROFILE, &[("revision", &at), (field, value)]).await;
            assert_eq!(answer.status, 422, "{value}");
            assert!(answer.body.contains(&format!("href=\"#{field}\"")), "{}", answer.body);
        }
        alice.done(PROFILE, &[("revision", &at), ("picture", "https://example.com/a.png")]).await;
        // What an administrator wrote is not a person's to mend.
        app.sql("update users set profile = '{\"website\":\"http://wiki\"}'").await;
        let page = alice.get(PROFILE).await;
        let at = input(&page, "revision");
        let kept = [("revision", at.as_str()), ("website", "http://wiki"), ("given_name", "Al")];
        alice.done(PROFILE, &kept).await;
    })
    .await;
}

#[tokio::test]
async fn owners_neither_set_the_logo_nor_count_the_members_of_groups() {
    each_database(async |app| {
        let alice = app.user("alice").await;
        app.group("crew", &[&alice]).await;
        app.client("web").await;
        let mut owner = Visitor::new(&app, "owner", Some(Role::ApplicationOwner)).await;
        owners::add(&app, &CLI, "web", "owner").await.unwrap();
        let page = owner.get(&at("web", "")).await;
        assert!(!page.has("logo_uri"), "{}", page.body);
        let at_once = input(&page, "revision");
        let form = [("revision", at_once.as_str()), ("logo_uri", "https://evil.example/a.png")];
        assert_eq!(owner.post(&at("web", ""), &form).await.status, 403);
        let web = app.registry().client(&ClientId("web".into())).unwrap();
        assert_eq!(web.settings.logo_uri, None);
        owner.done(&at("web", ""), &[("revision", &at_once), ("name", "Mine")]).await;
        let form = [("action", "remove-scopes"), ("group", "everyone")];
        let asked = owner.post(&at("web", "/access"), &form).await;
        assert!(asked.has("impact"), "{}", asked.body);
        assert!(!asked.text("impact").contains(char::is_numeric), "{}", asked.text("impact"));
        let told = asked.text("impact");
        let sure = [form.as_slice(), &[("knowing", told.as_str())]].concat();
        owner.done(&at("web", "/access"), &sure).await;
    })
    .await;
}

#[tokio::test]
async fn a_role_says_first_for_how_many_people_it_changes() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.group("crew", &[&alice]).await;
        app.group("inner", &[&bob, &alice]).await;
        let nest = directory::members::Members { users: Vec::new(), groups: vec!["inner".into()] };
        directory::members::add(&app, &CLI, "crew", &nest).await.unwrap();
        app.client("web").await;
        let path = at("web", "/access");
        let form =
            [("action", "set-claim"), ("claim", "roles"), ("claim_group", "crew"), ("values", "x")];
        let asked = root.post(&path, &form).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        assert_eq!(asked.text("impact"), "roles changes for 2 people at their next sign-in.");
        let web = ClientId("web".into());
        assert!(app.registry().claim_maps(&web).is_empty(), "asked, and not done");
        let told = asked.text("impact");
        root.done(&path, &[form.as_slice(), &[("knowing", told.as_str())]].concat()).await;
        assert_eq!(app.registry().claim_maps(&web).len(), 1);
        users::disable(&app, &CLI, "bob", Force::No).await.unwrap();
        let remove = [("action", "remove-claim"), ("claim", "roles"), ("claim_group", "crew")];
        let asked = root.post(&path, &remove).await;
        assert_eq!(asked.text("impact"), "roles changes for 1 person at the next sign-in.");
    })
    .await;
}

#[tokio::test]
async fn the_log_says_who_used_the_command_line() {
    each_database(async |app| {
        let mut root = Visitor::root(&app).await;
        let mut event = crate::harness::samples::event(keystead::domain::Selector(99));
        event.actor = "command line".into();
        event.address = None;
        event.detail.0.insert("os_user".into(), "ada<b>".into());
        app.write(async |tx| events::insert(tx, &event).await).await;
        let page = root.get("/admin/events").await;
        assert!(page.body.contains("<td>ada&#60;b&#62;</td>"), "{}", page.body);
        let csv = root.get("/admin/events?format=csv").await;
        assert!(csv.body.contains("\"command line (ada<b>)\""), "{}", csv.body);
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_somebody_brings_is_not_easily_guessed() {
    each_database(async |app| {
        app.client("web").await;
        for (secret, fits) in [
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("passwordpassword", false),
            ("1212121212121212", false),
            ("8f3kQz0vLw2MxT7b", true),
            ("correct-horse-battery-staple", true),
        ] {
            let secret_given = Secret::sent(secret);
            let done = directory::secrets::rotate(&app, &CLI, "web", Some(&secret_given)).await;
            assert_eq!(done.is_ok(), fits, "{secret}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_help_desk_reads_no_groups_by_a_token_either() {
    each_database(async |app| {
        let scopes = [keystead::domain::ApiScope::Read];
        let desk = crate::api::Caller::of(&app, "desk", Role::Helpdesk, &scopes).await;
        for path in ["/groups", "/groups/everyone", "/groups/everyone/members"] {
            assert_eq!(desk.get(path).await.status, 403, "{path}");
        }
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        assert_eq!(desk.get("/flows").await.status, 403);
    })
    .await;
}
