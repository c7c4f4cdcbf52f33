//! What keeps a server from starting is told in one sentence, with exit status 1 and nothing
//! half-written.

use std::process::Output;

use super::Installation;
use crate::harness::TestApp;

/// The one sentence of a refusal.
#[track_caller]
fn told(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("Error: ")).collect();
    assert_eq!(errors.len(), 1, "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    errors[0].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_port_says_so_and_leaves_the_first_alone() {
    for installation in Installation::each().await {
        let mut first = installation.serve().await;
        let address = format!("127.0.0.1:{}", installation.port);
        let error = told(&installation.run(&["serve", "--listen", &address], ""));
        let expected = format!(
            "Error: cannot listen on {address}: another program uses that port; stop it, or set \
             another address as listen"
        );
        assert_eq!(error, expected);
        assert!(first.is_running());
        drop(first);
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_key_opens_nothing_and_changes_nothing() {
    for installation in Installation::each().await {
        installation.populate();
        let other = installation.with_key("MTIzNDUta2V5c3RlYWQta2V5c3RlYWQta2V5c3RlYWQ=");
        for command in
            [&["serve"][..], &["user", "list"], &["user", "create", "bob"], &["key", "list"]]
        {
            let error = told(&other.run(command, ""));
            let expected =
                "Error: the secret key is not the one this database was made with; restore";
            assert!(error.starts_with(expected), "{error}");
        }
        let users = installation.cli(&["user", "list", "--json"], "");
        assert!(users.contains("alice") && !users.contains("bob"), "{users}");
        let malformed = installation.with_key("c2hvcnQ=").run(&["serve"], "");
        assert!(told(&malformed).contains("32 bytes in base64"));
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_cannot_be_written_is_named() {
    let installation = Installation::each().await.remove(0);
    let file = installation.folder.join("file");
    std::fs::write(&file, "").unwrap();
    let folder = file.join("data");
    let mut command = installation.command(&["serve", "--data-dir", folder.to_str().unwrap()]);
    command.env_remove("KEYSTEAD_SECRET_KEY").env_remove("KEYSTEAD_DATABASE_URL");
    let error = told(&command.output().unwrap());
    let expected = format!("the data folder {} cannot be made, since a file", folder.display());
    assert!(error.contains(&expected) && error.contains("data_dir"), "{error}");
    let none = installation.folder.join("none/keystead.db");
    let mut command = installation.command(&["user", "create", "bob"]);
    command.env("KEYSTEAD_DATABASE_URL", format!("sqlite://{}", none.display()));
    let error = told(&command.output().unwrap());
    assert!(error.contains(none.to_str().unwrap()) && error.contains("folder exists"), "{error}");
    assert!(!none.parent().unwrap().exists(), "nothing half-written");
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_keystead_is_refused_untouched() {
    for installation in Installation::each().await {
        installation.populate();
        let row = "insert into _sqlx_migrations
                   (version, description, success, checksum, execution_time)
                   values (9999, 'from the future', true, '', 0)";
        TestApp::sql_at(&installation.database_url, row).await;
        for command in [&["serve"][..], &["user", "list"]] {
            let error = told(&installation.run(command, ""));
            assert!(error.contains("newer Keystead (migration 9999)"), "{error}");
            assert!(error.contains("run that version, or restore a backup"), "{error}");
        }
        let undo = "delete from _sqlx_migrations where version = 9999";
        TestApp::sql_at(&installation.database_url, undo).await;
        assert!(installation.cli(&["user", "list"], "").contains("alice"));
        installation.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_named_without_its_password() {
    let installation = Installation::each().await.remove(0);
    let mut command = installation.command(&["serve"]);
    let port = super::installation::free_port();
    let url = format!("postgres://keystead:hunter2@127.0.0.1:{port}/keystead");
    command.env("KEYSTEAD_DATABASE_URL", url);
    let output = command.output().unwrap();
    let error = told(&output);
    assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
    assert!(error.contains("check that PostgreSQL runs there"), "{error}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_speak_of_the_address_that_the_server_runs_under() {
    for installation in Installation::each().await {
        let mut server = installation.serve().await;
        server.ready().await;
        let url = format!("http://127.0.0.1:{}", installation.port);
        let create = |public_url: Option<&str>| {
            let mut command = installation.command(&["user", "create", "bob", "--invite"]);
            command.env_remove("KEYSTEAD_PUBLIC_URL");
            if let Some(url) = public_url {
                command.env("KEYSTEAD_PUBLIC_URL", url);
            }
            let output = command.output().unwrap();
            installation.cli(&["user", "delete", "bob"], "");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(&output.stdout), text(&output.stderr))
        };
        let (link, told) = create(None);
        assert!(link.contains(&format!("{url}/invite?token=")), "{link}");
        let note = format!(
            "Note: This command speaks of {url}, as which the server on this database last ran, \
             since its own settings name no public_url.\n"
        );
        assert_eq!(told.matches(&note).count(), 1, "{told}");
        let (_, told) = create(Some(&url));
        assert!(!told.contains("speaks of"), "{told}");
        let (link, told) = create(Some("https://other.example.com"));
        assert!(link.contains("https://other.example.com/invite?token="), "{link}");
        let note = format!(
            "The server on this database last ran as {url}, this command speaks of \
             https://other.example.com."
        );
        assert!(told.contains(&note), "{told}");
        drop(server);
        installation.remove().await;
    }
}

#[test]
fn a_command_in_the_wrong_folder_makes_nothing_there() {
    let folder = std::env::temp_dir().join(format!("keystead_elsewhere_{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keystead"));
        command.env_clear().current_dir(&folder).args(arguments).output().unwrap()
    };
    for arguments in [
        &["user", "list"][..],
        &["client", "update", "netbox", "--alg", "ES256"],
        &["client", "create", "netbox"],
        &["group", "create", "staff"],
        &["scope", "create", "wiki", "--sentence", "Write in the wiki"],
        &["key", "rotate", "--alg", "ES256"],
        &["flow", "list"],
        &["export"],
    ] {
        assert_eq!(
            told(&run(arguments)),
            "Error: there is no Keystead here: no database at sqlite://./data/keystead.db; run \
             this where keystead serve runs, or name its folder with --data-dir or its settings \
             with --config"
        );
        let nowhere = ["--database-url", "postgres://keystead@127.0.0.1:1/keystead"];
        told(&run(&[&nowhere, arguments].concat()));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }
    assert!(run(&["user", "create", "alice"]).status.success());
    assert!(run(&["client", "create", "netbox"]).status.success());
    std::fs::remove_dir_all(&folder).unwrap();
}
