//! Ways by which part of a right would become all of them.

use keystead::directory::settings::{self, Wish, Wishes};
use keystead::domain::settings::known;
use keystead::domain::{Actor, ApiScope, Role, Secret};
use serde_json::{Value, json};

use crate::admin::Visitor;
use crate::api::{Caller, done, problem};
use crate::harness::{TestApp, each_database};
use crate::settings::set;

const CLI: Actor = Actor::CommandLine;
const MAIL: &str = "/admin/settings/mail";

fn mail(members: &[(&str, Value)]) -> Wishes {
    let wish = |(name, value): &(&str, Value)| (known(name).unwrap(), Wish::Value(value.clone()));
    members.iter().map(wish).collect()
}

/// A mail server with a password, on this machine, for whom nothing was sent.
async fn with_password(app: &TestApp) {
    let mut wishes = mail(&[
        ("mail.host", json!("127.0.0.1")),
        ("mail.port", json!(9)),
        ("mail.from", json!("sso@example.com")),
        ("mail.username", json!("sso")),
    ]);
    wishes.push((known("mail.password").unwrap(), Wish::Secret(Secret::sent("hunter2"))));
    settings::update(app, &CLI, &wishes, None).await.unwrap();
}

fn has_password(app: &TestApp) -> bool {
    app.registry().settings().mail.password.is_some()
}

#[tokio::test]
async fn a_token_that_decides_no_roles_does_not_decide_who_reads_mail() {
    each_database(async |app: TestApp| {
        let weak = [ApiScope::Read, ApiScope::WriteSettings];
        let weak = Caller::of(&app, "root", Role::Administrator, &weak).await;
        let both = [ApiScope::WriteSettings, ApiScope::WriteRoles];
        let both = Caller::again(&app, "root", &both).await;
        let server = json!({ "mail": { "host": "mail.evil.example", "from": "x@evil.example" } });
        let no = || (403, "not_allowed".to_owned());
        let refused = weak.patch("/settings", server.clone()).await;
        assert_eq!(problem(&refused), no());
        assert!(refused.body.contains("roles:write"), "{}", refused.body);
        assert!(app.registry().settings().mail().is_none());
        done(&both.patch("/settings", server.clone()).await, 200);
        let recovery = json!({ "sign_in": { "recovery": true } });
        assert_eq!(problem(&weak.patch("/settings", recovery.clone()).await), no());
        for (member, value) in
            [("password", json!("x")), ("port", json!(25)), ("host", Value::Null)]
        {
            let change = json!({ "branding": { "name": "Acme" }, "mail": { member: value } });
            assert_eq!(problem(&weak.patch("/settings", change).await), no(), "{member}");
        }
        done(&both.patch("/settings", recovery.clone()).await, 200);
        assert!(app.registry().settings().sign_in.recovery);
        // What changes nothing of it is everybody's who may change settings.
        let same = json!({ "branding": { "name": "Acme" }, "sign_in": { "recovery": true },
            "mail": server["mail"] });
        done(&weak.patch("/settings", same).await, 200);
        assert_eq!(app.registry().settings().branding.name, "Acme");
    })
    .await;
}

#[tokio::test]
async fn a_stored_mail_password_goes_to_no_other_server() {
    each_database(async |app: TestApp| {
        for (name, value) in [
            ("mail.host", json!("mail.evil.example")),
            ("mail.port", json!(2525)),
            ("mail.security", json!("none")),
            ("mail.username", json!("other")),
        ] {
            with_password(&app).await;
            set(&app, "mail.from", json!("Acme <sso@example.com>")).await;
            assert!(has_password(&app), "the sender is nobody's account");
            let notes = set(&app, name, value.clone()).await;
            assert!(!has_password(&app), "{name}");
            assert!(notes[0].contains("set mail.password again"), "{name}: {notes:?}");
            let usual = vec![(known("mail.security").unwrap(), Wish::Value(Value::Null))];
            settings::update(&app, &CLI, &usual, None).await.unwrap();
        }
        // Given again with the change, the same one is kept.
        with_password(&app).await;
        let mut wishes = mail(&[("mail.host", json!("localhost"))]);
        wishes.push((known("mail.password").unwrap(), Wish::Secret(Secret::sent("hunter2"))));
        let done = settings::update(&app, &CLI, &wishes, None).await.unwrap();
        assert!(has_password(&app) && done.notes.is_empty(), "{:?}", done.notes);
        // The console asks for it, before anything is saved or sent.
        let mut root = Visitor::root(&app).await;
        let form = [
            ("host", "mail.evil.example"),
            ("port", "587"),
            ("security", "starttls"),
            ("username", "sso"),
            ("from", "sso@example.com"),
            ("to", "eve@evil.example"),
            ("action", "test"),
        ];
        let page = root.post(MAIL, &form).await;
        assert!(page.text("password-error").contains("Type the password again"), "{}", page.body);
        assert_eq!(app.registry().settings().mail.host.as_deref(), Some("localhost"));
    })
    .await;
}

#[tokio::test]
async fn nobody_signs_in_to_a_far_mail_server_without_encryption() {
    each_database(async |app: TestApp| {
        let far = mail(&[
            ("mail.host", json!("mail.example.com")),
            ("mail.from", json!("sso@example.com")),
            ("mail.security", json!("none")),
            ("mail.username", json!("sso")),
        ]);
        let told = settings::update(&app, &CLI, &far, None).await.unwrap_err().to_string();
        assert!(told.contains("mail.security") && told.contains("in the clear"), "{told}");
        settings::update(&app, &CLI, &far[..3].to_vec(), None).await.unwrap();
        let near = [far, mail(&[("mail.host", json!("localhost"))])].concat();
        settings::update(&app, &CLI, &near, None).await.unwrap();
    })
    .await;
}
