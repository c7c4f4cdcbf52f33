//! What administrators set while servers run: kept, told of, seen everywhere, never out of bounds.

use keystead::directory::settings::{self, Seen, Wish, Wishes};
use keystead::directory::{DirectoryError, secret_key};
use keystead::domain::settings::{KNOWN, SECTIONS, known};
use keystead::domain::{Actor, Role, Secret, Staff};
use keystead::explain::sentence;
use keystead::store::events::{self, Filter};
use serde_json::{Value, json};

use crate::harness::{Browser, TestApp, each_database};

pub const CLI: Actor = Actor::CommandLine;

fn wish(name: &str, value: Value) -> Wishes {
    vec![(known(name).unwrap(), Wish::Value(value))]
}

/// Sets something that is expected to pass.
pub async fn set(app: &TestApp, name: &str, value: Value) -> Vec<String> {
    settings::update(app, &CLI, &wish(name, value), None).await.unwrap().notes
}

async fn last_event(app: &TestApp) -> (String, Value) {
    let all = app.read(async |conn| events::list(conn, &Filter::default(), None, 1).await).await;
    (sentence::event(&all[0]), json!(all[0].detail.0))
}

#[tokio::test]
async fn a_setting_is_seen_by_every_node_and_told_in_the_log() {
    each_database(async |app: TestApp| {
        let node = app.another_node().await;
        set(&app, "branding.name", json!("Acme")).await;
        assert_eq!(app.registry().settings().branding.name, "Acme");
        assert_eq!(node.registry().settings().branding.name, "Keystead");
        node.refresh_registry().await.unwrap();
        assert_eq!(node.registry().settings().branding.name, "Acme");
        let (said, detail) = last_event(&app).await;
        assert_eq!(said, "command line changed branding name in the settings");
        let change = json!({ "branding.name": { "from": "Keystead", "to": "Acme" } });
        assert_eq!(detail["changes"], change);
        let again = settings::update(&app, &CLI, &wish("branding.name", json!("Acme")), None).await;
        assert!(!again.unwrap().changed);
        set(&app, "branding.name", Value::Null).await;
        assert_eq!(app.registry().settings().branding.name, "Keystead");
        let yellow = set(&app, "branding.accent", json!("#ffd400")).await;
        assert!(yellow[0].contains("too pale"), "{yellow:?}");
    })
    .await;
}

#[tokio::test]
async fn the_mail_password_is_sealed_and_stays_out_of_everything_that_is_shown() {
    each_database(async |app: TestApp| {
        let password = || Wish::Secret(Secret::sent("hunter2 hunter2"));
        let mut mail = wish("mail.host", json!("mail.example.com"));
        mail.extend(wish("mail.from", json!("Acme <sso@example.com>")));
        mail.push((known("mail.password").unwrap(), password()));
        settings::update(&app, &CLI, &mail, None).await.unwrap();
        let stored = app.registry().settings().mail().unwrap();
        assert_eq!((stored.host.as_str(), stored.port), ("mail.example.com", 587));
        assert_eq!(settings::mail_password(&app).unwrap().unwrap().expose(), "hunter2 hunter2");
        let (_, detail) = last_event(&app).await;
        let shown = settings::document(&app.registry().settings());
        let rows = app.read(async |conn| keystead::store::settings::all(conn).await).await;
        for place in [json!(rows), detail, shown, json!(settings::effective(&app))] {
            assert!(!place.to_string().contains("hunter2"), "{place}");
        }
        let again = vec![(known("mail.password").unwrap(), password())];
        assert!(!settings::update(&app, &CLI, &again, None).await.unwrap().changed);
        // It goes along when the secret key is replaced.
        let replaced = secret_key::replace(&app, &CLI, &[9; 32]).await.unwrap();
        assert!(replaced.value.mail_password);
        let node = app.node_with_key(&[9; 32]).await.unwrap();
        let opened = settings::mail_password(&node).unwrap().unwrap();
        assert_eq!(opened.expose(), "hunter2 hunter2");
    })
    .await;
}

#[tokio::test]
async fn what_breaks_a_rule_or_does_not_go_together_changes_nothing() {
    each_database(async |app: TestApp| {
        for (name, value) in [
            ("branding.accent", json!("blue")),
            ("languages.default", json!("it")),
            ("sign_in.recovery", json!(true)),
            ("mail.host", json!("mail.example.com")),
            ("mail.password", json!("in the clear")),
            ("sign_in.least_password", json!(8)),
        ] {
            let both = [wish("branding.sentence", json!("Hello")), wish(name, value)].concat();
            let error = settings::update(&app, &CLI, &both, None).await.unwrap_err();
            assert!(matches!(error, DirectoryError::Value { .. }), "{name}: {error}");
            assert!(!error.to_string().contains("in the clear"));
            assert_eq!(settings::problems(&app.registry().settings(), &both).len(), 1, "{name}");
        }
        assert_eq!(app.registry().settings().branding.sentence, None);
        let offered = wish("languages.offered", json!(["de"]));
        let error = settings::update(&app, &CLI, &offered, None).await.unwrap_err();
        assert!(error.to_string().contains("languages.default"), "{error}");
        let near = settings::known("branding.colour").unwrap_err().to_string();
        assert!(near.contains("no setting 'branding.colour'"), "{near}");
        assert!(settings::known("brandin.name").unwrap_err().to_string().contains("branding.name"));
    })
    .await;
}

#[tokio::test]
async fn only_administrators_change_settings_and_of_two_the_second_is_told() {
    each_database(async |app: TestApp| {
        let mut user = app.user("aud").await;
        user.role = Some(Role::Auditor);
        app.write(async |tx| keystead::store::users::update(tx, &user).await).await;
        let actor = Actor::Staff(Staff::of(&user).unwrap());
        let name = wish("branding.name", json!("Mine"));
        let error = settings::update(&app, &actor, &name, None).await.unwrap_err();
        assert!(matches!(error, DirectoryError::NotAllowed(_)), "{error}");

        let before = settings::revision(&app.registry().settings(), &["branding"]);
        let revisions = [before];
        let seen = Some(Seen { sections: &["branding"], revisions: &revisions });
        // Another section is another matter.
        set(&app, "legal.imprint", json!("Acme Ltd")).await;
        settings::update(&app, &CLI, &name, seen).await.unwrap();
        let late = settings::update(&app, &CLI, &wish("branding.name", json!("Late")), seen).await;
        assert!(matches!(late.unwrap_err(), DirectoryError::Changed(_)));
        assert_eq!(app.registry().settings().branding.name, "Mine");
        assert_eq!(SECTIONS.len(), 6);
    })
    .await;
}

#[tokio::test]
async fn session_lifetimes_come_from_the_database_unless_the_file_says_otherwise() {
    each_database(async |app: TestApp| {
        app.user("alice").await;
        let mut browser = Browser::new(&app.app);
        browser.sign_in("alice").await;
        app.wait(30 * 60);
        assert_eq!(browser.get("/account/security").await.status, 200);
        set(&app, "sign_in.idle_minutes", json!(20)).await;
        app.wait(21 * 60);
        assert_eq!(browser.get("/account/security").await.status, 303, "signed out by then");
        let here = settings::effective(&app);
        let idle = |all: &[settings::Effective]| {
            all.iter().find(|one| one.name == "sign_in.idle_minutes").cloned().unwrap()
        };
        assert_eq!((idle(&here).value, idle(&here).origin.as_str()), (json!(20), "database"));

        let fixed = app.another_node_with(&[("KEYSTEAD_SESSION__IDLE_MINUTES", "100")]).await;
        let there = idle(&settings::effective(&fixed));
        assert_eq!((there.value, there.locked), (json!(100), true));
        assert_eq!(there.origin, "KEYSTEAD_SESSION__IDLE_MINUTES");
        let stored = app.registry().settings().for_file();
        let shown = fixed.config.settings_over(&stored);
        let shown = shown.iter().find(|setting| setting.key == "session.idle_minutes").unwrap();
        assert_eq!(shown.value.as_deref(), Some("100"));
        let shown = app.config.settings_over(&stored);
        let shown = shown.iter().find(|setting| setting.key == "session.idle_minutes").unwrap();
        assert_eq!(
            (shown.value.as_deref(), shown.origin.to_string().as_str()),
            (Some("20"), "database")
        );
        let five = wish("sign_in.idle_minutes", json!(5));
        let notes = settings::update(&fixed, &CLI, &five, None).await.unwrap().notes;
        assert!(notes[0].contains("wins"), "{notes:?}");
    })
    .await;
}

#[test]
fn what_the_file_can_say_too_has_the_same_default_there() {
    let flags = keystead::config::Flags {
        config: Some("/dev/null".into()),
        ..keystead::config::Flags::default()
    };
    let none = std::iter::empty();
    let config = keystead::config::Config::load(&flags, none, std::path::Path::new("/")).unwrap();
    for known in KNOWN.iter().filter(|known| known.file_key.is_some()) {
        let file = config.settings().find(|setting| Some(setting.key) == known.file_key).unwrap();
        let ours = keystead::domain::Settings::default().get(known).to_string();
        assert_eq!(file.value.as_deref(), Some(ours.as_str()), "{}", known.name);
    }
}
