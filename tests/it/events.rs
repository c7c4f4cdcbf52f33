//! Every change and every authentication leaves a line in the audit log.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use keystead::directory::links::{self, take_setup};
use keystead::directory::users::{FirstPassword, NewUser};
use keystead::domain::{AccessTokenFormat, Actor, Client, EVERYONE, Event, GrantType, Secret};
use keystead::explain::sentence;
use keystead::store::events::{self, Filter};

use crate::cli::{Shell, each_shell};
use crate::harness::{Browser, Party, Scene, TestApp, each_database};

/// The verbs, what each is told on standard input, and the event that each leaves.
const VERBS: &[(&str, &str, &str)] = &[
    ("setup-link", "", "setup_link.made"),
    ("setting set public_url https://sso.example.com", "", "public_url.changed"),
    ("user create alice", "", "user.created"),
    ("user update alice --display-name Alice", "", "user.updated"),
    ("user invite alice", "", "user.invited"),
    ("user reset-link alice", "", "user.reset_link_made"),
    ("user set-password alice --password-stdin", "correct horse battery", "user.password_set"),
    ("user disable alice", "", "user.disabled"),
    ("user enable alice", "", "user.enabled"),
    ("group create staff", "", "group.created"),
    ("group add-member staff alice", "", "group.member_added"),
    ("group remove-member staff alice", "", "group.member_removed"),
    ("client create wiki", "", "client.created"),
    ("client update wiki --name Wiki", "", "client.updated"),
    ("client update wiki --disable", "", "client.updated"),
    ("client update wiki --enable", "", "client.updated"),
    ("client add-redirect-uri wiki https://w.example/cb", "", "client.redirect_uri_added"),
    ("client remove-redirect-uri wiki https://w.example/cb", "", "client.redirect_uri_removed"),
    (
        "client add-redirect-uri wiki https://w.example/ --post-logout",
        "",
        "client.post_logout_redirect_uri_added",
    ),
    (
        "client remove-redirect-uri wiki https://w.example/ --post-logout",
        "",
        "client.post_logout_redirect_uri_removed",
    ),
    ("client show-secret wiki", "", "client.secret_shown"),
    ("client rotate-secret wiki", "", "client.secret_rotated"),
    ("client scope-map wiki staff openid", "", "client.scope_map_set"),
    ("client remove-scope-map wiki staff", "", "client.scope_map_removed"),
    ("client claim-map wiki role staff editor", "", "client.claim_map_set"),
    ("client remove-claim-map wiki role staff", "", "client.claim_map_removed"),
    ("user update alice --role application-owner", "", "user.updated"),
    ("client add-owner wiki alice", "", "client.owner_added"),
    ("client remove-owner wiki alice", "", "client.owner_removed"),
    ("client delete wiki", "", "client.deleted"),
    ("scope create contact --sentence Reach", "", "scope.created"),
    ("scope delete contact", "", "scope.deleted"),
    ("key rotate --alg ES256", "", "key.created"),
    ("group delete staff", "", "group.deleted"),
    ("user delete alice", "", "user.deleted"),
];

#[tokio::test]
async fn every_verb_that_changes_something_leaves_an_event() {
    each_shell(|shell| {
        let mut known = BTreeSet::new();
        for (line, input, kind) in VERBS {
            let answer = shell.run_with(line, input);
            assert_eq!(answer.code, 0, "keystead {line}: {}", answer.err);
            let fresh = fresh(shell, &mut known);
            assert!(fresh.iter().any(|found| found == kind), "keystead {line}: {fresh:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_log_tells_who_typed_and_knows_the_deleted_by_name() {
    each_shell(|shell| {
        shell.done("user create bob");
        let all = shell.json("event list");
        let user = all[0]["detail"]["os_user"].as_str().unwrap().to_owned();
        assert!(!user.is_empty());
        let told = shell.done("event list");
        assert!(told.lines().nth(1).unwrap().contains(&user), "{told}");
        shell.done("user delete bob");
        let told = shell.done("event list --user bob");
        assert!(told.contains("created the user bob") && told.contains("deleted"), "{told}");
        shell.refused(
            "event list --user bobb",
            "no user 'bobb'; list them with: keystead user list",
        );
        let flows = shell.run("flow list --user bob");
        assert_eq!((flows.code, flows.err.as_str()), (0, "Nobody tried to sign in.\n"));
        shell.misused("event list --limit 0", "error: invalid value '0'");
        shell.misused("flow list --limit 0", "error: invalid value '0'");
    })
    .await;
}

/// The kinds of the events since the last look.
fn fresh(shell: &Shell, known: &mut BTreeSet<String>) -> Vec<String> {
    let all = shell.json("event list --limit 1000");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let new = all.as_array().unwrap().iter().filter(|event| known.insert(text(&event["id"])));
    new.map(|event| text(&event["kind"])).collect()
}

async fn log(app: &TestApp) -> Vec<Event> {
    let filter = Filter::default();
    let mut all = app.read(async |conn| events::list(conn, &filter, None, 500).await).await;
    all.reverse();
    all
}

fn of<'a>(log: &'a [Event], kind: &str) -> Vec<&'a Event> {
    log.iter().filter(|event| event.kind == kind).collect()
}

#[tokio::test]
async fn setting_up_is_told_with_the_address_it_was_done_from() {
    each_database(async |app| {
        let link = links::setup_link(&app, &Actor::System).await.unwrap();
        let token = link.url.split_once("token=").unwrap().1;
        let new = NewUser {
            username: "root".into(),
            password: FirstPassword::Given(Secret::sent("correct horse battery")),
            ..NewUser::default()
        };
        take_setup(&app, token, new, Some("192.0.2.7".into())).await.unwrap();
        let log = log(&app).await;
        assert_eq!(of(&log, "setup_link.made")[0].actor, "Keystead");
        let done = of(&log, "setup.completed")[0];
        assert_eq!(done.address.as_deref(), Some("192.0.2.7"));
        let told = sentence::event(done);
        assert_eq!(told, "root set Keystead up and became its first administrator");
    })
    .await;
}

#[tokio::test]
async fn sign_ins_name_the_client_they_were_for() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        scene.browser.log_in(&page, "alice", "wrong").await;
        scene.tokens(&[]).await;
        let log = log(&app).await;
        let failed = of(&log, "sign_in.failed")[0];
        assert_eq!(
            sentence::event(failed),
            "somebody failed to sign in as alice to web: wrong password"
        );
        assert_eq!(sentence::event(of(&log, "sign_in.succeeded")[0]), "alice signed in to web");
    })
    .await;
}

#[tokio::test]
async fn a_refused_consent_is_remembered() {
    each_database(async |app| {
        let mut scene = Scene::new(&app).await;
        scene.browser.sign_in("alice").await;
        let page = scene.browser.get(&scene.party.ask(&[])).await;
        let page = scene.browser.follow(page).await;
        scene.browser.submit(&page, &[("action", "deny")]).await;
        let log = log(&app).await;
        let told = sentence::event(of(&log, "consent.refused")[0]);
        assert_eq!(told, "alice refused to consent to web");
    })
    .await;
}

#[tokio::test]
async fn clients_that_fail_to_prove_who_they_are_are_told_of_at_each_endpoint() {
    each_database(async |app| {
        let scene = Scene::new(&app).await;
        let mut party = scene.party;
        party.secret = Some("wrong".into());
        for (endpoint, form) in [
            ("token_endpoint", ("grant_type", "client_credentials")),
            ("introspection_endpoint", ("token", "x")),
            ("revocation_endpoint", ("token", "x")),
        ] {
            for _ in 0..3 {
                assert_eq!(party.call(endpoint, &[form]).await.error().1, "invalid_client");
            }
            app.wait(60);
        }
        let log = log(&app).await;
        let failed = of(&log, "client.authentication_failed");
        let told: Vec<String> = failed.iter().map(|event| sentence::event(event)).collect();
        let line =
            |at| format!("web failed to prove who it is at the {at} endpoint: client secret wrong");
        assert_eq!(told, [line("token"), line("introspection"), line("revocation")]);
        let counted = |n: usize| failed[n].detail.get("not_written_before").cloned();
        assert_eq!((counted(0), counted(1)), (None, Some(2.into())));
        assert!(failed.iter().all(|event| event.failed && event.client_id.is_some()));
    })
    .await;
}

#[tokio::test]
async fn strangers_cannot_fill_the_log_with_made_up_clients() {
    each_database(async |app| {
        let mut party = Scene::new(&app).await.party;
        for n in 0..20 {
            party.id = format!("made-up-{n}");
            let form = [("grant_type", "client_credentials")];
            assert_eq!(party.call("token_endpoint", &form).await.error().0, 401);
        }
        let log = log(&app).await;
        let failed = of(&log, "client.authentication_failed");
        assert_eq!(failed.len(), 1);
        assert!(!format!("{:?}", failed[0]).contains("made-up"), "{:?}", failed[0]);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_acts_for_itself_is_told_of() {
    each_database(async |app| {
        for kind in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
            let change = |client: &mut Client| {
                client.settings.access_token = kind;
                client.settings.grant_types = vec![GrantType::ClientCredentials];
            };
            let registered = app.client_with(&format!("{kind:?}").to_lowercase(), change).await;
            app.allow(&registered.client.id, EVERYONE, "openid").await;
            let party = Party::new(&app.app, &registered).await;
            let form = [("grant_type", "client_credentials")];
            assert_eq!(party.call("token_endpoint", &form).await.status, 200);
        }
        let log = log(&app).await;
        let told: Vec<String> =
            of(&log, "client.token_issued").into_iter().map(sentence::event).collect();
        assert_eq!(told, ["opaque got a token for itself", "jwt got a token for itself"]);
    })
    .await;
}

#[tokio::test]
async fn pages_leave_their_events() {
    each_database(async |app| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        let page = browser.get("/logout").await;
        browser.submit(&page, &[]).await;
        let log = log(&app).await;
        assert_eq!(of(&log, "sign_in.succeeded").len(), 1);
        assert_eq!(sentence::event(of(&log, "session.ended")[0]), "alice ended a session");
    })
    .await;
}

/// String literals of the program outside `sentence.rs` that look like kinds of events.
fn written() -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let program = text.split("#[cfg(test)]").next().unwrap();
            if program.contains("audit::Entry") {
                kinds.extend(program.split('"').filter(|text| is_kind(text)).map(str::to_owned));
            }
        }
    }
    kinds
}

fn is_kind(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_setting = keystead::domain::settings::known(text).is_some();
    text.split_once('.').is_some_and(|(noun, verb)| part(noun) && part(verb)) && !is_setting
}

#[test]
fn every_kind_has_a_phrase_and_every_phrase_is_written() {
    let text = fs::read_to_string("src/explain/sentence.rs").unwrap();
    let table = text.split_once("pub fn event").unwrap().0;
    let phrases: BTreeSet<String> =
        table.split('"').filter(|text| is_kind(text)).map(str::to_owned).collect();
    let written = written();
    assert!(written.len() > 40, "{written:?}");
    let dumb: Vec<_> = written.difference(&phrases).collect();
    assert!(dumb.is_empty(), "written and without a phrase: {dumb:?}");
    // Some are put together; the verbs that leave them tell.
    let left: BTreeSet<String> = VERBS.iter().map(|(_, _, kind)| (*kind).to_owned()).collect();
    let written: BTreeSet<_> = written.union(&left).cloned().collect();
    let idle: Vec<_> = phrases.difference(&written).collect();
    assert!(idle.is_empty(), "phrases that nobody writes: {idle:?}");
}
