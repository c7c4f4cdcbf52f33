//! `keystead export` and `keystead apply`: what is written down can be brought about, and changes
//! nothing where it is so already.

use std::fs;

use serde_json::{Value, json};

use crate::cli::{Answer, Shell, each_shell};

/// Something of everything, with names that a YAML reader could take for something else.
fn full(shell: &Shell) {
    for line in [
        "scope create contact --sentence 'See how to reach you: by mail, #1' --claim email --claim phone_number",
        "group create no --description 'yes: \"quoted\" # not a comment'",
        "group create '123'",
        "group create 'Ärzte & Söhne'",
        "group add-member no --group 123",
        "user create alice --admin --email alice@example.com --email-verified --display-name 'Alice: Liddell' --birthdate 1985-02-28 --country CH",
        "user create bob --given-name true --family-name 'x: - y #z'",
        "user create null --nickname ~",
        "user disable null",
        "group add-member 123 alice bob",
        "group add-member no alice",
        "client create netbox --template netbox --url https://netbox.example.com",
        "client create wiki --name 'The #1: wiki' --redirect-uri https://wiki.example.com/cb?a=1 --alg ES256 --trusted",
        "client create app --public --redirect-uri com.example.app:/cb",
        "client scope-map wiki no openid contact",
        "client claim-map wiki roles 123 editor '1e3' --join csv",
        "client claim-map wiki roles no reader",
        "client add-owner wiki bob",
    ] {
        shell.done(line);
    }
}

fn apply(shell: &Shell, document: &Value, flags: &str) -> Answer {
    shell.run_with(&format!("apply -f - {flags}"), &document.to_string())
}

#[tokio::test]
async fn a_full_directory_survives_its_own_document() {
    each_shell(|shell| {
        full(shell);
        let first = shell.done("export");
        fs::write(shell.folder().join("all.yaml"), &first).unwrap();
        let dry = shell.run("apply -f all.yaml --dry-run --prune");
        assert_eq!((dry.code, dry.out.as_str()), (0, "Nothing to change.\n"), "{}", dry.err);
        let events = shell.json("event list").as_array().unwrap().len();
        assert_eq!(shell.done("apply -f all.yaml --prune"), "Nothing to change.\n");
        assert_eq!(shell.done("export"), first);
        let now = shell.json("event list").as_array().unwrap().len();
        assert_eq!(now, events, "what changes nothing leaves no event");
    })
    .await;
}

#[tokio::test]
async fn an_empty_directory_becomes_another_ones_copy() {
    each_shell(|shell| {
        full(shell);
        let copy = shell.done("export");
        for line in ["client delete netbox", "client delete wiki", "client delete app"] {
            shell.done(line);
        }
        for name in ["alice", "bob", "null"] {
            shell.done(&format!("user delete {name} --force"));
        }
        for name in ["no", "123", "'Ärzte & Söhne'"] {
            shell.done(&format!("group delete {name}"));
        }
        shell.done("scope delete contact");
        fs::write(shell.folder().join("copy.yaml"), &copy).unwrap();
        let dry = shell.run("apply -f copy.yaml --dry-run");
        assert_eq!(dry.code, 2, "{}", dry.err);
        assert!(dry.out.ends_with("Would create 10, change 0, delete 0.\n"), "{}", dry.out);
        assert!(shell.json("client list").as_array().unwrap().is_empty(), "a dry run did it");
        let done = shell.run("apply -f copy.yaml");
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains("+ user alice\n"), "{}", done.out);
        assert!(done.err.contains("keystead client show-secret wiki"), "{}", done.err);
        assert_eq!(shell.done("export"), copy);
        assert_eq!(shell.done("apply -f copy.yaml"), "Nothing to change.\n");
    })
    .await;
}

#[tokio::test]
async fn a_plan_names_each_difference_before_and_after() {
    each_shell(|shell| {
        full(shell);
        let wanted = json!({
            "users": { "bob": { "email": "Bob@Example.com", "groups": [] } },
            "clients": { "wiki": {
                "settings": { "alg": "RS256" },
                "redirect_uris": ["https://wiki.example.com/new"],
                "owners": ["alice"],
                "claim_maps": { "roles": { "join": "array", "values": { "no": ["a,b"] } } },
            } },
        });
        let dry = apply(shell, &wanted, "--dry-run");
        assert_eq!(dry.code, 2, "{}", dry.err);
        for line in [
            "~ user bob\n",
            "    email: (none) -> \"bob@example.com\"\n",
            "    groups: [\"123\"] -> []\n",
            "~ client wiki\n",
            "    settings.alg: \"ES256\" -> \"RS256\"\n",
            "    redirect_uris: [\"https://wiki.example.com/cb?a=1\"] -> [\"https://wiki.example.com/new\"]\n",
            "    owners: [\"bob\"] -> [\"alice\"]\n",
            "    claim_maps.roles.join: \"csv\" -> \"array\"\n",
            "    claim_maps.roles.values.123: [\"editor\",\"1e3\"] -> (none)\n",
            "Would create 0, change 2, delete 0.\n",
        ] {
            assert!(dry.out.contains(line), "{line} in {}", dry.out);
        }
        assert_eq!(apply(shell, &wanted, "").code, 0);
        assert_eq!(apply(shell, &wanted, "--dry-run").code, 0);
        assert_eq!(apply(shell, &wanted, "").out, "Nothing to change.\n");
        let wiki = shell.json("client show wiki");
        assert_eq!(wiki["scope_maps"].as_array().unwrap().len(), 1, "not named, so it stays");
        let events = shell.done("event list --client wiki");
        assert!(events.contains("command line changed settings alg of the client wiki"), "{events}");
    })
    .await;
}

#[tokio::test]
async fn only_prune_deletes_and_only_in_sections_that_are_there() {
    each_shell(|shell| {
        full(shell);
        let wanted = json!({ "clients": { "app": {} }, "groups": { "no": { "groups": [] } } });
        assert!(!apply(shell, &wanted, "").out.contains("\n- "));
        let pruned = apply(shell, &wanted, "--prune");
        assert_eq!(pruned.code, 0, "{}", pruned.err);
        for line in
            ["- client netbox\n", "- client wiki\n", "- group 123\n", "- group Ärzte & Söhne\n"]
        {
            assert!(pruned.out.contains(line), "{line} in {}", pruned.out);
        }
        assert!(
            pruned.out.contains("    groups: [\"123\",\"no\"] -> [\"no\"]\n"),
            "{}",
            pruned.out
        );
        assert_eq!(shell.json("user list").as_array().unwrap().len(), 3);
        let last = apply(shell, &json!({ "users": {} }), "--prune");
        assert_eq!(last.code, 1);
        assert!(
            last.err.starts_with("Error: users.alice: 'alice' is the last administrator"),
            "{}",
            last.err
        );
        assert!(last.err.ends_with("; nothing was changed\n"), "{}", last.err);
        assert_eq!(shell.json("user list").as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn one_part_that_cannot_be_takes_everything_back() {
    each_shell(|shell| {
        full(shell);
        let before = shell.done("export");
        let wanted = json!({
            "groups": { "new": {} },
            "users": { "carol": { "groups": ["new"] }, "bob": { "email": "no address" } },
        });
        let refused = apply(shell, &wanted, "");
        assert_eq!(
            (refused.code, refused.err.as_str()),
            (1, "Error: users.bob: 'no address' cannot be an e-mail address: write it like alice@example.com; nothing was changed\n")
        );
        let wanted = json!({
            "groups": { "new": {} },
            "clients": { "wiki": { "scope_maps": { "nwe": ["openid"] } } },
        });
        let refused = apply(shell, &wanted, "");
        let told = "Error: clients.wiki.scope_maps.nwe: no group 'nwe'; did you mean 'new'?";
        assert!(refused.err.starts_with(told), "{}", refused.err);
        assert_eq!(shell.done("export"), before);
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_with_a_document_is_told_at_once() {
    each_shell(|shell| {
        let wrong = "\
clients:
  netbox:
    redirect_uri: [https://netbox.example.com/cb]
    settings: {alg: HS256, pcke: required}
    secret: hunter2hunter2hunter2
users:
  alice: {role: emperor, groups: staff}
";
        let told = shell.run_with("apply -f -", wrong);
        assert_eq!(
            told.err,
            "Error: users.alice.role: 'emperor' is not a role; known are administrator, auditor, helpdesk, application_owner\n\
             users.alice.groups: write a list, not a text\n\
             clients.netbox.redirect_uri: there is no 'redirect_uri' here; did you mean 'redirect_uris'?\n\
             clients.netbox.settings.alg: unknown variant `HS256`, expected one of `RS256`, `PS256`, `ES256`, `ES384`, `EdDSA`\n\
             clients.netbox.settings.pcke: there is no setting 'pcke'; did you mean 'pkce'?\n\
             clients.netbox.secret: a secret does not stand here; write {env: NAME} or {file: PATH}\n\
             nothing was changed\n"
        );
        assert!(shell.run_with("apply -f -", "a: [").err.contains("not valid YAML"));
        let twice = shell.run_with("apply -f -", "groups: {a: {}, a: {}}");
        assert_eq!(twice.code, 1, "a name twice: {}", twice.out);
        let spelt = shell.run_with("apply -f -", "users: {Alice: {}}");
        assert!(spelt.err.contains("write the name as it is stored: 'alice'"), "{}", spelt.err);
        let missing = shell.run("apply -f nowhere.yaml");
        assert!(missing.err.starts_with("Error: nowhere.yaml cannot be read"), "{}", missing.err);
    })
    .await;
}

#[tokio::test]
async fn secrets_are_named_and_never_printed() {
    const SECRET: &str = "a-secret-of-netbox-itself";
    each_shell(|shell| {
        full(shell);
        fs::write(shell.folder().join("wiki.secret"), format!("{SECRET}\n")).unwrap();
        let wanted = json!({ "clients": {
            "wiki": { "secret": { "file": "wiki.secret" } },
            "new": { "secret": { "file": "wiki.secret" } },
        } });
        let done = apply(shell, &wanted, "");
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains("    secret: \"(hidden)\" -> \"(hidden, another)\"\n"), "{}", done.out);
        assert!(!format!("{}{}", done.out, done.err).contains(SECRET));
        assert!(!shell.done("export").contains(SECRET));
        for client in ["wiki", "new"] {
            assert_eq!(shell.done(&format!("client show-secret {client}")), format!("{SECRET}\n"));
        }
        assert_eq!(apply(shell, &wanted, "").out, "Nothing to change.\n");
        let wanted = json!({ "clients": { "wiki": { "secret": { "env": "WIKI_SECRET" } } } });
        let refused = apply(shell, &wanted, "");
        assert_eq!(refused.err, "Error: clients.wiki.secret: the environment has no WIKI_SECRET; set it, or leave the secret out; nothing was changed\n");
    })
    .await;
}

#[tokio::test]
async fn two_can_change_places() {
    each_shell(|shell| {
        for line in ["user create alice --admin", "user create bob", "group create a", "group create b"] {
            shell.done(line);
        }
        let swap = |outer: &str, inner: &str| {
            json!({ "groups": { outer: { "groups": [inner] }, inner: { "groups": [] } } })
        };
        assert_eq!(apply(shell, &swap("a", "b"), "").code, 0);
        let swapped = apply(shell, &swap("b", "a"), "");
        assert_eq!(swapped.code, 0, "{}", swapped.err);
        let wanted =
            json!({ "users": { "alice": { "role": null }, "bob": { "role": "administrator" } } });
        let swapped = apply(shell, &wanted, "");
        assert_eq!(swapped.code, 0, "{}", swapped.err);
        let both = json!({ "groups": { "a": { "groups": ["b"] } } });
        assert!(apply(shell, &both, "").err.starts_with("Error: groups.a.groups: 'b' cannot be put into 'a'"));
    })
    .await;
}
