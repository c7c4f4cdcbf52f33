//! What commands print, and to where.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::cli::each_shell;

#[tokio::test]
async fn a_table_in_a_pipe_has_one_line_a_row() {
    each_shell(|shell| {
        let long = "x".repeat(140);
        shell.done(&format!("user create alice --display-name {long} --email a@example.com"));
        let table = shell.done("user list");
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 2, "{table}");
        assert!(lines[0].starts_with("USERNAME  NAME"), "{table}");
        assert!(lines[1].starts_with(&format!("alice     {long}  a@example.com")), "{table}");
    })
    .await;
}

#[tokio::test]
async fn every_list_and_show_speaks_json() {
    each_shell(|shell| {
        shell.done("user create alice");
        shell.done("client create wiki");
        for list in [
            "user list",
            "group list",
            "client list",
            "key list",
            "event list",
            "flow list",
            "config show",
        ] {
            assert!(shell.json(list).is_array(), "{list}");
        }
        for show in ["user show alice", "group show everyone", "client show wiki"] {
            assert!(shell.json(show).is_object(), "{show}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_made_can_be_printed_as_a_document() {
    each_shell(|shell| {
        let group = shell.json("group create staff --description 'Who works here'");
        assert_eq!(
            (&group["name"], &group["description"]),
            (&"staff".into(), &"Who works here".into())
        );
        let scope = shell.json("scope create contact --sentence Reach --claim email");
        assert_eq!((&scope["name"], &scope["claims"]), (&"contact".into(), &json!(["email"])));
        let keys = shell.json("key rotate --alg ES256");
        assert_eq!((&keys[0]["alg"], &keys[0]["state"]), (&"ES256".into(), &"next".into()));
        assert_eq!(shell.json("key rotate --now").as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn no_document_holds_a_secret() {
    each_shell(|shell| {
        shell.done("client create wiki");
        let secret = shell.done("client show-secret wiki");
        shell.run_with("user create admin --admin --password-stdin", "correct horse battery");
        for line in ["client show wiki", "client list", "event list", "user show admin"] {
            let answer = shell.run(&format!("{line} --json"));
            assert!(!answer.out.contains(secret.trim_end()), "{line}");
            assert!(
                !answer.out.contains("secret_hash") && !answer.out.contains("argon2"),
                "{line}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn every_change_leaves_an_event_in_a_plain_sentence() {
    each_shell(|shell| {
        for line in [
            "user create alice --email a@example.com",
            "user update alice --given-name Alice",
            "group create staff",
            "group add-member staff alice",
            "client create wiki",
            "client scope-map wiki staff openid",
            "client claim-map wiki roles staff editor",
            "client add-redirect-uri wiki https://wiki.example.com/cb",
            "client rotate-secret wiki",
            "client update wiki --alg ES256",
        ] {
            shell.done(line);
        }
        let events = shell.json("event list");
        let mut told: Vec<_> =
            events.as_array().unwrap().iter().map(|e| e["sentence"].as_str().unwrap()).collect();
        told.reverse();
        assert_eq!(
            told,
            [
                "command line created the user alice",
                "command line changed given name of the user alice",
                "command line created the group staff",
                "command line added alice to staff",
                "command line registered the client wiki",
                "command line let members of staff have openid at wiki",
                "command line set editor in the claim roles of staff at wiki",
                "command line registered https://wiki.example.com/cb as a redirect URI of wiki",
                "command line gave wiki a new secret",
                "command line changed settings alg of the client wiki",
            ]
        );
        let changed = &events[0];
        assert_eq!(changed["kind"], "client.updated");
        assert_eq!(
            changed["detail"]["changes"],
            json!({ "settings.alg": { "from": "RS256", "to": "ES256" } })
        );
        let at = changed["at"].as_str().unwrap();
        assert!(at.len() == 20 && at.ends_with('Z'), "{at}");
        assert_eq!(shell.json("event list --client wiki --limit 2").as_array().unwrap().len(), 2);
        assert_eq!(shell.json("event list --user alice").as_array().unwrap().len(), 3);
        assert_eq!(shell.json("event list --failed"), json!([]));
        assert_eq!(shell.json("event list --since 2999-01-01"), json!([]));
        shell.refused("event list --user alcie", "no user 'alcie'; did you mean 'alice'?");
        shell.misused("event list --since yesterday", "error: invalid value 'yesterday' for '--since <TIME>': write 2026-11-22, 2026-11-22T08:15:00Z, or so long ago: 24h");
    })
    .await;
}

#[tokio::test]
async fn a_flow_that_is_not_there_says_why_that_may_be() {
    each_shell(|shell| {
        shell.refused("flow show K7QF-2M9X", "no flow 'K7QF-2M9X'; it was mistyped, or is older than the 10000 flows that are kept (flows.keep): list them with: keystead flow list");
        let list = shell.run("flow list --failed");
        assert_eq!((list.code, list.err.as_str()), (0, "Nobody tried to sign in.\n"));
    })
    .await;
}

#[tokio::test]
async fn whoever_stops_reading_is_no_failure() {
    each_shell(|shell| {
        let mut child = shell
            .command()
            .args(["user", "list"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    })
    .await;
}

#[tokio::test]
async fn help_has_examples_and_completions_know_the_commands() {
    each_shell(|shell| {
        for line in ["--help", "user create --help", "client create --help", "key rotate --help"] {
            assert!(shell.done(line).contains("Example"), "{line}");
        }
        for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let script = shell.done(&format!("completions {name}"));
            assert!(script.contains("set-password"), "{name}");
        }
        assert!(shell.done("--version").starts_with("keystead "));
        shell.misused("completions ksh", "error: invalid value 'ksh' for '<SHELL>'");
    })
    .await;
}

#[tokio::test]
async fn settings_are_shown_with_their_origin_and_without_secrets() {
    each_shell(|shell| {
        let shown = shell.json("config show --listen 127.0.0.1:9");
        let of = |key: &str| -> Value {
            shown.as_array().unwrap().iter().find(|s| s["key"] == key).unwrap().clone()
        };
        let listen = json!({ "key": "listen", "value": "127.0.0.1:9", "origin": "--listen" });
        assert_eq!(of("listen"), listen);
        assert_eq!(of("public_url")["origin"], "KEYSTEAD_PUBLIC_URL");
        assert_eq!(of("log.level")["origin"], "default");
        assert!(!shell.folder().join("data").exists(), "showing makes nothing");
    })
    .await;
}

#[tokio::test]
async fn every_verb_that_takes_a_name_refuses_an_unknown_one_with_its_near_miss() {
    each_shell(|shell| {
        shell.done("user create alice");
        shell.done("group create staff");
        shell.done("client create netbox");
        let user = "no user 'alcie'; did you mean 'alice'?";
        let group = "no group 'stuff'; did you mean 'staff'?";
        let client = "no client 'netbx'; did you mean 'netbox'?";
        for (line, error) in [
            ("user show alcie", user),
            ("user update alcie --nickname A", user),
            ("user disable alcie", user),
            ("user enable alcie", user),
            ("user delete alcie", user),
            ("user invite alcie", user),
            ("user reset-link alcie", user),
            ("user unlock alcie", user),
            ("user end-sessions alcie", user),
            ("user revoke-consent alcie netbox", user),
            ("event list --user alcie", user),
            ("group show stuff", group),
            ("group delete stuff", group),
            ("group add-member stuff alice", group),
            ("group add-member staff alcie", user),
            ("group add-member staff --group stuff", group),
            ("group remove-member stuff alice", group),
            ("group remove-member staff alcie", user),
            ("group remove-member staff --group stuff", group),
            ("client show netbx", client),
            ("client update netbx --name N", client),
            ("client delete netbx", client),
            ("client config netbx", client),
            ("client show-secret netbx", client),
            ("client rotate-secret netbx", client),
            ("client add-redirect-uri netbx https://a.example/", client),
            ("client remove-redirect-uri netbx https://a.example/", client),
            ("client scope-map netbx staff openid", client),
            ("client scope-map netbox stuff openid", group),
            ("client remove-scope-map netbx staff", client),
            ("client claim-map netbx role staff x", client),
            ("client remove-claim-map netbx role staff", client),
            ("client add-owner netbx alice", client),
            ("client remove-owner netbx alice", client),
            ("event list --client netbx", client),
            (
                "event list --client nobody",
                "no client 'nobody'; list them with: keystead client list",
            ),
        ] {
            shell.refused(line, error);
        }
    })
    .await;
}

#[tokio::test]
async fn settings_in_a_document_have_their_kinds() {
    each_shell(|shell| {
        let all = shell.json("config show");
        let value = |key: &str| {
            let found = all.as_array().unwrap().iter().find(|setting| setting["key"] == key);
            found.unwrap()["value"].clone()
        };
        assert_eq!(value("events.keep_days"), json!(365));
        assert_eq!(value("trusted_proxies"), json!([]));
        assert_eq!(value("listen"), json!("127.0.0.1:8080"));
    })
    .await;
}

#[tokio::test]
async fn a_client_for_a_program_is_not_said_to_wait_for_people() {
    each_shell(|shell| {
        let out = shell.done("client create m --template machine");
        assert!(out.contains("itself; nobody signs in to it"), "{out}");
        assert!(out.contains("Next: keystead client scope-map m everyone SCOPE"), "{out}");
    })
    .await;
}
