//! First steps and what can be in their way: set-up link, doctor, settings, database.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::cli::{Shell, each_shell};
use crate::harness::Database;

#[tokio::test]
async fn a_set_up_link_is_made_until_somebody_is_in_charge() {
    each_shell(|shell| {
        let link = shell.done("setup-link");
        assert!(link.starts_with("https://id.example.com/setup?token="), "{link}");
        let again = shell.json("setup-link");
        assert_ne!(again["url"].as_str().unwrap(), link.trim_end());
        shell.done("user create admin --admin");
        shell.refused("setup-link", "an administrator exists already (admin), so there is nothing to set up; to get back in, reset that account's password, or create another administrator: keystead user reset-link NAME, or: keystead user create NAME --admin --password-stdin");
        shell.done("user disable admin --force");
        shell.done("setup-link");
    })
    .await;
}

#[tokio::test]
async fn the_doctor_names_what_is_missing() {
    each_shell(|shell| {
        // Nobody listens on port 9.
        let doctor = || -> Vec<(String, String)> {
            let answer = shell.run("doctor --json --public-url http://127.0.0.1:9");
            assert_eq!(answer.code, 1, "the public URL does not answer");
            let all: Value = serde_json::from_str(&answer.out).unwrap();
            let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
            let all = all.as_array().unwrap().iter();
            all.map(|one| (text(one, "check"), text(one, "status"))).collect()
        };
        let status = |findings: &[(String, String)], check: &str| {
            findings.iter().find(|(name, _)| name == check).map(|(_, status)| status.clone())
        };
        shell.done("key rotate --alg ES256");
        let found = doctor();
        assert_eq!(status(&found, "database").as_deref(), Some("ok"));
        assert_eq!(status(&found, "secret key").as_deref(), Some("ok"));
        assert_eq!(status(&found, "signing keys").as_deref(), Some("ok"));
        assert_eq!(status(&found, "administrators").as_deref(), Some("warn"));
        assert_eq!(status(&found, "public URL").as_deref(), Some("fail"));
        shell.done("user create admin --admin");
        assert_eq!(status(&doctor(), "administrators").as_deref(), Some("ok"));
        let text = shell.run("doctor --public-url http://127.0.0.1:9").out;
        let line = "FAIL  public URL: http://127.0.0.1:9 does not answer: Connection refused";
        assert!(text.contains(line), "{text}");
        std::fs::remove_file(shell.folder().join("data/secret.key")).unwrap();
        assert_eq!(status(&doctor(), "secret key").as_deref(), Some("fail"));
    })
    .await;
}

#[tokio::test]
async fn a_missing_or_other_secret_key_is_noticed_before_anything_is_written() {
    each_shell(|shell| {
        shell.done("user create alice");
        let file = shell.folder().join("data/secret.key");
        let original = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        shell.refused("user create bob", "there is no secret key at ./data/secret.key, but this database was made with one; restore secret.key from a backup, or set KEYSTEAD_SECRET_KEY");
        assert!(!file.exists(), "no other key was made");
        std::fs::write(&file, format!("{}=\n", "A".repeat(43))).unwrap();
        shell.refused("user create bob", "the secret key is not the one this database was made with; restore the original secret.key (or KEYSTEAD_SECRET_KEY), since without it signing keys and client secrets cannot be opened");
        std::fs::write(&file, "not a key\n").unwrap();
        shell.refused("user create bob", "./data/secret.key does not hold a secret key; it must be 32 bytes in base64: restore it from a backup");
        std::fs::write(&file, original).unwrap();
        assert_eq!(shell.json("user list").as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn bad_settings_are_one_sentence_each() {
    each_shell(|shell| {
        shell.refused(
            "user list --public-url ftp://id.example.com",
            "public_url (--public-url) is not an http or https address; write it like https://sso.example.com",
        );
        shell.refused(
            "user list --config missing.toml",
            "cannot read the settings file missing.toml (No such file or directory (os error 2)); correct --config",
        );
        std::fs::write(shell.folder().join("bad.toml"), "lisen = \"127.0.0.1:80\"\n").unwrap();
        shell.refused("user list --config bad.toml", "there is no setting lisen (bad.toml:1); did you mean listen?");
        assert!(!shell.folder().join("data").exists(), "nothing was made");
    })
    .await;
}

#[tokio::test]
async fn a_database_out_of_reach_is_one_sentence() {
    let database = Database::sqlite();
    let shell = Shell::on(database.url());
    let answer =
        shell.run("user list --database-url postgres://keystead:hunter2@127.0.0.1:9/keystead");
    let error = "Error: the database at 127.0.0.1:9 cannot be reached: ";
    assert!(answer.code == 1 && answer.err.starts_with(error), "{}", answer.err);
    assert!(!answer.err.contains("hunter2") && answer.err.lines().count() == 1, "{}", answer.err);
    let answer = shell.run("user create g --database-url sqlite:///proc/nowhere/keystead.db");
    let error = "Error: the database file /proc/nowhere/keystead.db cannot be opened: ";
    assert!(answer.code == 1 && answer.err.starts_with(error), "{}", answer.err);
    for database in Database::each().await {
        let url = database.url();
        let Some(server) = url.strip_prefix("postgres://").and_then(|url| url.split('?').next())
        else {
            database.remove().await;
            continue;
        };
        let (host, _) = server.rsplit_once('/').unwrap();
        let answer =
            shell.run(&format!("user list --database-url postgres://{host}/keystead_nowhere"));
        let said = "cannot be reached: database \"keystead_nowhere\" does not exist; check that";
        assert!(answer.err.contains(said), "{}", answer.err);
        database.remove().await;
    }
    std::fs::write(shell.folder().join("file"), "").unwrap();
    for folder in ["file", "file/data"] {
        let answer = shell.run(&format!("user create g --data-dir {folder}"));
        let error =
            format!("Error: the data folder {folder} cannot be made, since a file is in its");
        // The database is elsewhere; the folder is for the secret key.
        assert!(answer.err.starts_with(&error), "{}", answer.err);
    }
    std::fs::remove_dir_all(shell.folder()).unwrap();
    database.remove().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_to_its_container() {
    each_shell(|shell| {
        shell.refused(
            "healthcheck --listen 127.0.0.1:9",
            "nothing answers on 127.0.0.1:9: Connection refused (os error 111); see that keystead serve runs there",
        );
    })
    .await;
}

#[tokio::test]
async fn the_secret_key_is_for_its_owner_alone() {
    each_shell(|shell| {
        shell.done("user list");
        let key = std::fs::metadata(shell.folder().join("data/secret.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    })
    .await;
}

/// A server in the folder of the shell; killed with it.
struct Serving {
    child: std::process::Child,
    url: String,
    link: String,
}

impl Serving {
    fn start(shell: &Shell) -> Serving {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let mut child = shell
            .command()
            .args(["serve", "--public-url", &url, "--listen", &format!("127.0.0.1:{port}")])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut link = String::new();
        let out = child.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut link).unwrap();
        Serving { child, url, link }
    }

    fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test]
async fn a_running_server_sees_a_change_within_a_second() {
    for database in Database::each().await {
        let shell = Shell::on(database.url());
        let server = Serving::start(&shell);
        let start = format!("Set up Keystead: {}/setup?token=", server.url);
        assert!(server.link.starts_with(&start), "{}", server.link);
        let status = async |path: &str| {
            reqwest::get(format!("{}{path}", server.url)).await.unwrap().status().as_u16()
        };
        let discovery = "/application/o/wiki/.well-known/openid-configuration";
        assert_eq!(status(discovery).await, 404);
        shell.done("client create wiki");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(status(discovery).await, 200, "{}", database.name());
        let doctor = shell.run(&format!("doctor --public-url {}", server.url));
        assert_eq!(doctor.code, 0, "{}", doctor.out);
        shell.done("client delete wiki");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(status(discovery).await, 404, "{}", database.name());
        assert_eq!(server.stop(), Some(0));
        std::fs::remove_dir_all(shell.folder()).unwrap();
        database.remove().await;
    }
}
