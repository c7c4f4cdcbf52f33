//! `keystead user`, typed.

use serde_json::json;

use crate::cli::{Shell, each_shell};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn an_account_is_made_shown_changed_and_deleted() {
    each_shell(|shell| {
        let made = shell.run("user create Alice --email ' Alice@Example.COM '");
        assert_eq!(made.out, "Created user 'alice'.\n");
        assert_eq!(made.err, "Note: There is no password yet: keystead user invite alice\n");
        let alice = shell.json("user show alice");
        assert_eq!(alice["username"], "alice");
        assert_eq!(alice["email"], "alice@example.com");
        assert_eq!(alice["email_verified"], false);
        assert_eq!(alice["has_password"], false);
        assert_eq!(alice["groups"], json!({ "direct": [], "inherited": ["everyone"] }));
        let id = alice["id"].as_str().unwrap();
        shell.done(&format!("user update {id} --username alicia --given-name 'Alice B.'"));
        let alicia = shell.json("user show Alice@EXAMPLE.com");
        assert_eq!((&alicia["id"], &alicia["username"]), (&alice["id"], &json!("alicia")));
        assert_eq!(alicia["given_name"], "Alice B.");
        assert_eq!(shell.done("user delete alicia"), "Deleted user 'alicia'.\n");
        assert_eq!(shell.json("user list"), json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_other_systems_call_people_is_kept_shown_and_taken_away() {
    each_shell(|shell| {
        shell.done("user create alice --external-id old:corp=f:1:4=2 --external-id okta=00u1");
        let ids = |name: &str| shell.json(&format!("user show {name}"))["external_ids"].clone();
        assert_eq!(ids("alice"), json!({ "okta": "00u1", "old:corp": "f:1:4=2" }));
        assert!(shell.done("user show alice").contains("okta=00u1"));
        shell.refused(
            "user create bob --external-id okta=00u1",
            "the external id 'okta=00u1' is taken; choose another",
        );
        assert!(shell.run("user show bob").code == 1, "nothing is half made");
        shell.done("user create bob");
        shell.done("client create wiki --name Wiki");
        let noted = shell.noted("client update wiki --sub external:okta --force");
        assert!(
            noted.contains("and one person has no id of okta: it gets Keystead's identifier"),
            "{noted}"
        );
        let noted = shell.noted("user update bob --external-id okta=00u2");
        assert!(noted.contains("'wiki' knows this person by that id from now on."), "{noted}");
        shell.done("user update alice --external-id okta=00u9 --no-external-id old:corp");
        assert_eq!(ids("alice"), json!({ "okta": "00u9" }));
        let again = shell.noted("user update alice --external-id okta=00u9");
        assert_eq!(again, "Note: Nothing changed.\n");
        let log = shell.done("event list --user alice");
        assert!(log.contains("external"), "{log}");
        let log = log.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(log.contains("command line noted that okta calls alice 00u1"), "{log}");
        shell.misused("user update bob --external-id okta", "error: invalid value 'okta'");
        let long = "x".repeat(256);
        let answer = shell.run(&format!("user update bob --external-id okta={long}"));
        assert!(answer.code == 1 && answer.err.contains("1 to 255"), "{}", answer.err);
    })
    .await;
}

#[tokio::test]
async fn every_claim_of_a_person_can_be_set_and_taken_away() {
    const CLAIMS: [(&str, &str); 18] = [
        ("display-name", "Alice Liddell"),
        ("given-name", "Alice"),
        ("family-name", "Liddell"),
        ("middle-name", "Pleasance"),
        ("nickname", "Al"),
        ("phone-number", "+41 44 668 18 00"),
        ("profile", "https://example.com/alice"),
        ("picture", "https://example.com/alice.png"),
        ("website", "https://alice.example.com"),
        ("gender", "female"),
        ("birthdate", "1852-05-04"),
        ("zoneinfo", "Europe/London"),
        ("locale", "en-GB"),
        ("street-address", "Christ Church"),
        ("locality", "Oxford"),
        ("region", "Oxfordshire"),
        ("postal-code", "OX1 1DP"),
        ("country", "UK"),
    ];
    each_shell(|shell| {
        let flags: String =
            CLAIMS.iter().map(|(name, value)| format!(" --{name} '{value}'")).collect();
        shell.done(&format!("user create alice --phone-number-verified{flags}"));
        let alice = shell.json("user show alice");
        for (name, value) in CLAIMS {
            let name = name.replace('-', "_");
            let found = alice.get(&name).unwrap_or(&alice["address"][&name]);
            assert_eq!(found, value, "{name}");
        }
        assert_eq!(alice["phone_number_verified"], true);
        let flags: String = CLAIMS.iter().map(|(name, _)| format!(" --{name} ''")).collect();
        shell.done(&format!("user update alice{flags}"));
        let alice = shell.json("user show alice");
        for (name, _) in CLAIMS {
            let found = alice.get(name.replace('-', "_"));
            assert!(found.is_none_or(serde_json::Value::is_null), "{name}: {found:?}");
        }
        assert!(alice.get("address").is_none());
    })
    .await;
}

#[tokio::test]
async fn an_address_is_verified_only_if_somebody_says_so() {
    each_shell(|shell| {
        let verified = || shell.json("user show alice")["email_verified"].clone();
        shell.done("user create alice --email a@example.com --email-verified");
        assert_eq!(verified(), true);
        shell.done("user update alice --email b@example.com");
        assert_eq!(verified(), false);
        shell.done("user update alice --email-verified");
        assert_eq!(verified(), true);
        shell.done("user update alice --email-verified=false");
        assert_eq!(verified(), false);
    })
    .await;
}

#[tokio::test]
async fn a_password_comes_from_standard_input_and_follows_the_rules() {
    each_shell(|shell| {
        let made = shell.run_with("user create admin --admin --password-stdin", PASSWORD);
        assert_eq!((made.code, made.err.as_str()), (0, ""));
        let admin = shell.json("user show admin");
        assert_eq!((&admin["administrator"], &admin["has_password"]), (&json!(true), &json!(true)));
        let set = |input: &str| shell.run_with("user set-password admin --password-stdin", input);
        let done = set("correct horse battery staple\n");
        assert_eq!(done.out, "Set the password of 'admin' and ended their sessions.\n");
        for (input, code, error) in [
            ("", 2, "Error: nothing came on standard input; send the secret there, like: printf %s \"$SECRET\" | keystead ...\n"),
            ("\n", 2, "Error: nothing came on standard input; send the secret there, like: printf %s \"$SECRET\" | keystead ...\n"),
            ("short\n", 1, "Error: the password was refused: use at least 12 characters. Four or five words you can remember do well\n"),
            ("passwordpassword", 1, "Error: the password was refused: this password is easy to guess. Add a few unrelated words\n"),
        ] {
            let answer = set(input);
            assert_eq!((answer.code, answer.err.as_str(), answer.out.as_str()), (code, error, ""));
        }
        let weak = shell.run_with("user create bob --password-stdin", "short");
        assert_eq!(weak.code, 1);
        shell.refused("user show bob", "no user 'bob'; list them with: keystead user list");
    })
    .await;
}

#[tokio::test]
async fn links_stand_alone_on_standard_output() {
    each_shell(|shell| {
        let made = shell.done("user create alice --invite");
        let (sentence, link) = made.split_once('\n').unwrap();
        assert_eq!(sentence, "Created user 'alice'.");
        assert!(is_link(link.trim_end(), "/invite?token="), "{link}");
        let invited = shell.run("user invite alice");
        assert!(is_link(invited.out.trim_end(), "/invite?token="), "{}", invited.out);
        assert!(invited.err.starts_with("Note: Works once, until "), "{}", invited.err);
        let reset = shell.json("user reset-link alice");
        assert!(is_link(reset["url"].as_str().unwrap(), "/recover?token="));
        let document = shell.json("user create bob --invite");
        assert!(is_link(document["invitation"].as_str().unwrap(), "/invite?token="));
        shell.done("user disable alice");
        let error = "'alice' is disabled; enable the account first: keystead user enable alice";
        shell.refused("user reset-link alice", error);
        shell.refused("user invite alice", error);
    })
    .await;
}

#[tokio::test]
async fn a_role_is_given_shown_and_taken() {
    each_shell(|shell| {
        shell.done("user create eve --role auditor");
        let role = || shell.json("user show eve")["role"].clone();
        assert_eq!(role(), "auditor");
        shell.done("user update eve --role application-owner");
        assert_eq!(role(), "application_owner");
        shell.run("client create wiki --redirect-uri https://wiki.example.com/cb");
        assert_eq!(shell.done("client add-owner wiki eve"), "Updated client 'wiki'.\n");
        let twice = shell.run("client add-owner wiki eve");
        assert_eq!(twice.err, "Note: 'eve' owned 'wiki' before.\n");
        assert_eq!(shell.done("client remove-owner wiki eve"), "Updated client 'wiki'.\n");
        shell.done("user update eve --no-role");
        assert_eq!(role(), json!(null));
        let unknown = shell.run("user update eve --role king");
        assert_eq!(unknown.code, 2);
        assert!(unknown.err.contains("administrator, auditor, helpdesk or application-owner"));
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays_unless_forced() {
    each_shell(|shell| {
        shell.done("user create admin --admin");
        let error = "'admin' is the last administrator who can sign in; make another one first, or repeat with --force";
        for line in ["user disable admin", "user delete admin", "user update admin --no-admin"] {
            shell.refused(line, error);
        }
        shell.done("user create deputy --admin");
        shell.done("user disable deputy");
        shell.refused("user delete admin", error);
        shell.done("user enable deputy");
        shell.done("user update admin --no-admin");
        shell.done("user delete deputy --force");
        shell.done("user update admin --admin");
    })
    .await;
}

#[tokio::test]
async fn what_is_so_already_is_said_and_not_done() {
    each_shell(|shell| {
        shell.done("user create alice --email a@example.com");
        let quiet = |line: &str, note: &str| {
            let answer = shell.run(line);
            assert_eq!((answer.code, answer.out.as_str(), answer.err.as_str()), (0, "", note));
        };
        quiet("user update alice --email a@EXAMPLE.com", "Note: Nothing changed.\n");
        quiet("user enable alice", "Note: 'alice' was not disabled.\n");
        quiet("user unlock alice", "Note: No failed attempts held 'alice' up.\n");
        shell.done("user disable alice");
        quiet("user disable alice", "Note: 'alice' was disabled before.\n");
        assert_eq!(shell.json("event list").as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_with_its_rule_and_changes_nothing() {
    let long = "x".repeat(151);
    each_shell(|shell| {
        shell.done("user create alice --email alice@example.com");
        shell.done("user create bob --email bob@example.com");
        let before = shell.json("user list");
        for (line, error) in [
            ("user create alice", "the username 'alice' is taken; choose another"),
            ("user create 'al ice'", "'al ice' cannot be a username: leave out spaces and control characters"),
            ("user create al@ice", "'al@ice' cannot be a username: leave out / : | \" \\ < > and @"),
            ("user create ''", "'' cannot be a username: use 1 to 64 characters"),
            ("user update alice --username bob", "the username 'bob' is taken; choose another"),
            ("user update alice --email alice", "'alice' cannot be an e-mail address: write it like alice@example.com"),
            ("user update alice --email '' --email-verified", "'' cannot be a verified e-mail address: there is no address; give one with it"),
            ("user update alice --phone-number 0446681800", "'0446681800' cannot be a phone number: write it with the country's code, like +41 44 668 18 00"),
            ("user update alice --picture /alice.png", "'/alice.png' cannot be the picture: write a whole address that begins with https://"),
            ("user update alice --birthdate 4.5.1852", "'4.5.1852' cannot be the birthdate: write YYYY-MM-DD, 0000-MM-DD or YYYY"),
            ("user update alice --locale english", "'english' cannot be the locale: write a language tag, like en or de-CH"),
            ("user update alice --zoneinfo 'London time'", "'London time' cannot be the zoneinfo: write a name of the time zone database, like Europe/Zurich"),
            ("user create carol --email Bob@Example.com", "the e-mail address 'bob@example.com' is taken; choose another"),
            ("user update alice --email bob@example.com", "the e-mail address 'bob@example.com' is taken; choose another"),
            ("user show alcie", "no user 'alcie'; did you mean 'alice'?"),
            ("user delete carol", "no user 'carol'; list them with: keystead user list"),
        ] {
            shell.refused(line, error);
        }
        shell.refused(
            &format!("user update alice --given-name {long}"),
            &format!("'{}…' cannot be the given name: use at most 150 characters", &long[..60]),
        );
        assert_eq!(shell.json("user list"), before);
    })
    .await;
}

#[tokio::test]
async fn wrong_usage_exits_with_two() {
    each_shell(|shell: &Shell| {
        for (line, error) in [
            ("user", "People who may sign in"),
            ("user craete alice", "error: unrecognized subcommand 'craete'"),
            ("user create", "error: the following required arguments were not provided:\n  <NAME>"),
            (
                "user create a --invite --password-stdin",
                "error: the argument '--invite' cannot be used with '--password-stdin'",
            ),
            ("user create a --password secret", "error: unexpected argument '--password' found"),
            (
                "user set-password a",
                "error: the following required arguments were not provided:\n  --password-stdin",
            ),
            ("user update a", "Error: nothing to change; see: keystead user update --help\n"),
            (
                "user update a --admin --no-admin",
                "error: the argument '--admin' cannot be used with '--no-admin'",
            ),
            (
                "user update a --email-verified=maybe",
                "error: invalid value 'maybe' for '--email-verified[=<BOOL>]'",
            ),
        ] {
            shell.misused(line, error);
        }
    })
    .await;
}

fn is_link(text: &str, path: &str) -> bool {
    let token = text.strip_prefix("https://id.example.com").and_then(|t| t.strip_prefix(path));
    token.is_some_and(|token| token.len() == 54)
}

#[tokio::test]
async fn several_accounts_are_changed_or_none() {
    each_shell(|shell| {
        for name in ["alice", "bob", "carol"] {
            shell.done(&format!("user create {name}"));
        }
        let error = "no user 'carole'; did you mean 'carol'?";
        shell.refused("user disable alice bob carole", error);
        assert_eq!(shell.json("user show alice")["disabled_at"], json!(null), "none was");
        let done = shell.run("user disable alice bob alice");
        assert_eq!(done.out, "Disabled user 'alice'.\nDisabled user 'bob'.\n");
        let again = shell.run("user disable bob carol");
        assert_eq!(again.out, "Disabled user 'carol'.\n");
        assert_eq!(again.err, "Note: 'bob' was disabled before.\n");
        shell.done("user enable alice bob carol");
        let ended = shell.run("user end-sessions alice bob");
        assert_eq!(ended.out, "Ended 0 sessions of 'alice'.\nEnded 0 sessions of 'bob'.\n");
        shell.done("user delete alice bob");
        assert_eq!(shell.json("user list").as_array().unwrap().len(), 1);
    })
    .await;
}
