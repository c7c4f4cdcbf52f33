//! `keystead setting` typed, and settings in documents and over the API.

use std::fs;

use keystead::domain::{ApiScope, Role};
use serde_json::json;

use crate::api::{Caller, done, problem};
use crate::cli::each_shell;
use crate::harness::each_database;

#[tokio::test]
async fn settings_are_listed_set_shown_and_reset() {
    each_shell(|shell| {
        let out = shell.done("setting set branding.name 'Acme sign-in'");
        assert_eq!(out, "branding.name is now Acme sign-in.\n");
        let out = shell.done("setting set languages.offered fr,en");
        assert_eq!(out, "languages.offered is now en,fr.\n");
        assert_eq!(
            shell.done("setting set sign_in.remember off"),
            "sign_in.remember is now false.\n"
        );
        let shown = shell.json("setting show branding.name");
        assert_eq!(shown["value"], "Acme sign-in");
        assert_eq!((&shown["origin"], &shown["default"]), (&json!("database"), &json!("Keystead")));
        let note = shell.noted("setting set branding.accent ffd400");
        assert!(note.contains("too pale"), "{note}");
        fs::write(shell.folder().join("logo.png"), b"\x89PNG\r\n\x1a\nrest").unwrap();
        assert!(
            shell
                .done("setting set branding.logo --file logo.png")
                .contains("image/png of 12 bytes")
        );
        fs::write(shell.folder().join("logo.svg"), b"<svg onload='alert(1)'/>").unwrap();
        shell.refused(
            "setting set branding.logo --file logo.svg",
            "branding.logo cannot be set so: use a PNG, JPEG or WebP picture",
        );
        assert_eq!(shell.done("setting reset branding.name"), "branding.name is now Keystead.\n");
        assert!(shell.done("setting list").contains("branding.accent"));
        shell.done("setting set sign_in.idle_minutes 20");
        let all = shell.json("config show");
        let found = all.as_array().unwrap().iter().find(|s| s["key"] == "session.idle_minutes");
        assert_eq!(found.unwrap()["value"], json!(20));
        assert_eq!(found.unwrap()["origin"], "database");
    })
    .await;
}

#[tokio::test]
async fn wrong_settings_are_refused_with_what_to_write() {
    each_shell(|shell| {
        for (line, error) in [
            (
                "setting show brandin.name",
                "no setting 'brandin.name'; did you mean 'branding.name'",
            ),
            ("setting set sign_in.idle_minutes many", "write a whole number from 1 to 525600"),
            ("setting set mail.password hunter2", "mail.password is a secret"),
            ("setting set branding.name", "name the value of branding.name too"),
            ("setting set languages.default it", "use one of en, de, fr"),
            ("setting set sign_in.recovery true", "set mail.host and mail.from too"),
        ] {
            let answer = shell.run(line);
            assert_eq!(answer.code, 1, "{line}: {}", answer.out);
            assert!(answer.err.contains(error), "{line}: {}", answer.err);
        }
        let answer = shell.run_with("setting set mail.password", "hunter2\n");
        assert_eq!(
            (answer.code, answer.out.as_str()),
            (0, "mail.password is now set.\n"),
            "{}",
            answer.err
        );
        let all =
            [shell.done("setting list"), shell.done("export"), shell.done("event list --json")];
        assert!(!all.concat().contains("hunter2"));
    })
    .await;
}

#[tokio::test]
async fn settings_survive_their_own_document_and_a_secret_comes_by_reference() {
    each_shell(|shell| {
        let first = json!({ "settings": {
            "branding": { "name": "yes", "accent": "#1f4e9e", "sentence": "Who: staff #1" },
            "legal": { "imprint": "Acme Ltd\nOxford", "privacy": "https://acme.example/privacy" },
            "mail": { "host": "mail.example.com", "from": "Acme <sso@example.com>",
                      "password": { "file": "mail-password" } },
            "profile": { "editable": [] },
        } });
        fs::write(shell.folder().join("mail-password"), "hunter2\n").unwrap();
        let done = shell.run_with("apply -f -", &first.to_string());
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(
            done.out.contains("~ settings branding\n    accent: (none) -> \"#1f4e9e\"\n"),
            "{}",
            done.out
        );
        assert!(
            done.out.contains("password: \"(hidden)\" -> \"(hidden, another)\""),
            "{}",
            done.out
        );
        assert_eq!(shell.run_with("apply -f -", &first.to_string()).out, "Nothing to change.\n");
        let written = shell.done("export");
        fs::write(shell.folder().join("all.yaml"), &written).unwrap();
        assert_eq!(shell.done("apply -f all.yaml --prune"), "Nothing to change.\n");
        let less = json!({ "settings": { "branding": { "name": "yes" } } }).to_string();
        let dry = shell.run_with("apply -f - --dry-run --prune", &less);
        assert!(dry.out.contains("imprint: \"Acme Ltd\\nOxford\" -> (none)"), "{}", dry.out);
        for (document, error) in [
            (json!({ "settings": { "brandng": {} } }), "did you mean 'branding'?"),
            (json!({ "settings": { "branding": { "colour": "x" } } }), "there is no 'colour' here"),
            (
                json!({ "settings": { "branding": { "accent": "x" } } }),
                "settings.branding.accent: write a colour",
            ),
            (
                json!({ "settings": { "mail": { "password": "x" } } }),
                "a secret does not stand here",
            ),
            (
                json!({ "settings": { "mail": { "password": { "env": "NO_SUCH" } } } }),
                "has no NO_SUCH",
            ),
        ] {
            let answer = shell.run_with("apply -f -", &document.to_string());
            assert_eq!(answer.code, 1);
            assert!(answer.err.contains(error), "{document}: {}", answer.err);
        }
    })
    .await;
}

#[tokio::test]
async fn programs_read_and_change_settings_with_the_scope_for_it() {
    each_database(async |app| {
        let caller = Caller::new(&app).await;
        let read = caller.get("/settings").await;
        let tag = read.header("etag").to_owned();
        let settings = done(&read, 200);
        assert_eq!(settings["branding"]["name"], "Keystead");
        assert_eq!(settings["mail"]["has_password"], false);
        assert!(settings["mail"].get("password").is_none());
        let change = json!({ "branding": { "name": "Acme" }, "mail": { "password": "hunter2" } });
        let changed =
            caller.call("PATCH", "/settings", Some(change.clone()), &[("if-match", &tag)]).await;
        let after = done(&changed, 200);
        assert_eq!(
            (&after["branding"]["name"], &after["mail"]["has_password"]),
            (&json!("Acme"), &json!(true))
        );
        assert!(!changed.body.contains("hunter2"));
        let late = caller.call("PATCH", "/settings", Some(change), &[("if-match", &tag)]).await;
        assert_eq!(late.status, 412);
        let wrong = caller.patch("/settings", json!({ "sign_in": { "idle_minutes": 0 } })).await;
        assert_eq!(wrong.json()["errors"][0]["pointer"], "/sign_in/idle_minutes");
        let auditor = Caller::of(&app, "aud", Role::Auditor, &[ApiScope::Read]).await;
        done(&auditor.get("/settings").await, 200);
        assert_eq!(problem(&auditor.patch("/settings", json!({})).await).0, 403);
        let helper = Caller::of(&app, "help", Role::Helpdesk, &[ApiScope::Read]).await;
        assert_eq!(problem(&helper.get("/settings").await).0, 403);
    })
    .await;
}
