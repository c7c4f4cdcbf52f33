//! Files that are no backup, and places where none can be: a sentence each, and nothing half-written.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use keystead::directory::backup;
use keystead::store::dump::Overwrite;

use super::{Folder, made, restored, targets};
use crate::cli::{Shell, each_shell};
use crate::harness::{Scene, TestApp, each_database};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The error of a command that fails, without what it printed before.
#[track_caller]
fn refused(shell: &Shell, line: &str, told: &str) {
    let answer = shell.run(line);
    assert_eq!(answer.code, 1, "{line}: {} {}", answer.out, answer.err);
    assert!(
        answer.err.starts_with("Error: ") && answer.err.contains(told),
        "{line}: {}",
        answer.err
    );
}

#[tokio::test]
async fn the_command_says_what_is_wrong_with_a_file_or_a_place() {
    each_shell(|shell| {
        shell.done("user create root --admin");
        let made = shell.run("backup create good.db");
        assert!(made.out.starts_with("Wrote good.db (") && made.code == 0, "{}", made.err);
        assert!(made.err.contains("The secret key is not in it: keep a copy of"), "{}", made.err);
        let before = names(shell.folder());
        refused(shell, "backup create good.db", "good.db is there already");
        refused(
            shell,
            "backup create missing/a.db",
            "missing/a.db cannot be written: No such file",
        );
        refused(shell, "backup create good.db/a.db", "good.db/a.db cannot be written: Not a dir");
        refused(shell, "backup create .", ". is there already");
        assert_eq!(names(shell.folder()), before, "nothing was left");

        let file = |name: &str| shell.folder().join(name);
        let good = fs::read(file("good.db")).unwrap();
        fs::write(file("empty.db"), "").unwrap();
        fs::write(file("text.db"), "just a text, long enough to be taken for a header ".repeat(9))
            .unwrap();
        fs::write(file("half.db"), &good[..good.len() / 2]).unwrap();
        let conn = rusqlite::Connection::open(file("other.db")).unwrap();
        conn.execute_batch("create table cats (name text)").unwrap();
        drop(conn);
        for (name, told) in [
            ("nothing.db", "nothing.db cannot be read: No such file or directory"),
            ("empty.db", "empty.db is no SQLite database, and so no backup"),
            ("text.db", "text.db is no SQLite database, and so no backup"),
            ("half.db", "half.db ends too early: "),
            ("other.db", "other.db is a SQLite database, but not one of Keystead's"),
            (".", ". cannot be read: Is a directory"),
        ] {
            refused(shell, &format!("backup verify {name}"), told);
            let to = "--database-url sqlite://there.db";
            refused(shell, &format!("{to} backup restore {name}"), told);
            assert!(!file("there.db").exists(), "{name}");
        }
        let verified = shell.done("backup verify good.db");
        assert!(verified.contains("ok    signing keys:") && verified.contains("can be restored"));
        assert_eq!(shell.json("backup verify good.db")["findings"][0]["status"], "ok");
        shell.done("--database-url sqlite://there.db backup restore good.db");
        let fresh = "--data-dir fresh --database-url sqlite://fresh/keystead.db";
        let bare = shell.run(&format!("{fresh} backup restore good.db"));
        assert_eq!(bare.code, 0, "a machine of which nothing is left: {}", bare.err);
        assert!(bare.err.contains("Before Keystead is started, see to the secret key"));
        let unlocked = shell.run(&format!("{fresh} user list"));
        assert!(unlocked.err.contains("there is no secret key at fresh/secret.key"));
        fs::copy(file("data/secret.key"), file("fresh/secret.key")).unwrap();
        assert!(shell.done(&format!("{fresh} user list")).contains("root"));
        let events = shell.done(&format!("{fresh} event list"));
        assert!(events.contains("command line restored the backup good.db"), "{events}");
        let folder = "--database-url sqlite://nowhere/there.db backup restore good.db";
        refused(shell, folder, "nowhere/there.db cannot be written: its folder is not there");
        assert!(names(shell.folder()).iter().all(|name| !name.starts_with('.')));
    })
    .await;
}

#[tokio::test]
async fn a_file_that_was_changed_by_hand_does_not_pass() {
    each_database(async |app: TestApp| {
        Scene::new(&app).await;
        let folder = Folder::new();
        for (n, (change, told)) in [
            (
                "pragma foreign_keys = off; insert into group_members values ('x', 'y')",
                "references: a row of group_members names one of",
            ),
            ("create table spies (name text)", "schema: table spies is none of ours"),
            (
                "create table sqlitex_stat1 (name text)",
                "schema: table sqlitex_stat1 is none of ours",
            ),
            (
                "drop table spent; create table spent (id text)",
                "schema: table spent is made otherwise than ours",
            ),
            ("drop index users_by_email", "schema: index users_by_email is missing"),
            ("update signing_keys set private = x'00'", "signing keys: cannot be opened: "),
            ("update clients set secret_sealed = x'00'", "client secrets: cannot be opened: web"),
        ]
        .into_iter()
        .enumerate()
        {
            let file = folder.file(&format!("{n}.db"));
            made(&app, &file).await;
            rusqlite::Connection::open(&file).unwrap().execute_batch(change).unwrap();
            for target in targets().await {
                let refused = restored(&app, &file, &target.url(), Overwrite::No).await;
                let refused = refused.unwrap_err().to_string();
                assert!(refused.contains("does not pass: ") && refused.contains(told), "{refused}");
                target.remove().await;
            }
        }
        let file = folder.file("torn.db");
        made(&app, &file).await;
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(0xff);
        fs::write(&file, bytes).unwrap();
        let refused = restored(&app, &file, "sqlite:///nowhere", Overwrite::No).await;
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("pages and indexes: ") || refused.contains("is damaged"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_would_run_by_itself_is_refused_whatever_it_is_called() {
    each_database(async |app: TestApp| {
        let folder = Folder::new();
        let names = ["t", "sqlitex", "_sqlx_migrations", "users"];
        let body = "after insert on events begin update users set role = 'administrator'; end";
        for (n, name) in names.into_iter().enumerate() {
            let file = folder.file(&format!("{n}.db"));
            made(&app, &file).await;
            let change = format!("create trigger {name} {body}");
            rusqlite::Connection::open(&file).unwrap().execute_batch(&change).unwrap();
            let told = backup::verify(&app.config, &file).await.unwrap_err().to_string();
            assert!(told.contains(&format!("trigger {name} is none of ours")), "{told}");
            for target in targets().await {
                let refused = restored(&app, &file, &target.url(), Overwrite::No).await;
                assert!(refused.unwrap_err().to_string().contains(name));
                target.remove().await;
            }
        }
        let file = folder.file("view.db");
        made(&app, &file).await;
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.execute_batch("create view sqlitey as select 1").unwrap();
        let told = backup::verify(&app.config, &file).await.unwrap_err().to_string();
        assert!(told.contains("view sqlitey is none of ours"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn a_line_of_the_log_that_was_changed_is_noticed() {
    each_database(async |app: TestApp| {
        let mut scene = Scene::new(&app).await;
        scene.tokens(&[]).await;
        app.wait(120);
        keystead::explain::chain::extend(&app).await.unwrap();
        let folder = Folder::new();
        let file = folder.file("changed.db");
        made(&app, &file).await;
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.execute_batch("update events set actor = 'nobody' where chain is not null").unwrap();
        drop(conn);
        let refused = restored(&app, &file, "sqlite:///nowhere", Overwrite::No).await;
        assert!(refused.unwrap_err().to_string().contains("audit log: changed or cut below"));
    })
    .await;
}

#[tokio::test]
async fn a_database_in_use_is_no_backup_of_itself() {
    each_database(async |app: TestApp| {
        let Some(path) = app.url().strip_prefix("sqlite://") else { return };
        app.user("alice").await;
        let refused = restored(&app, Path::new(path), "sqlite:///nowhere", Overwrite::No).await;
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("is a database in use, whose latest changes are in a log"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn a_disk_that_is_full_leaves_nothing_behind() {
    each_shell(|shell| {
        shell.done("user create root --admin");
        let before = names(shell.folder());
        let keystead = shell.command();
        // Files may grow to 32 KiB, and whoever writes more is told so instead of being killed.
        let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" backup create full.db";
        let mut limited = std::process::Command::new("sh");
        limited.arg("-c").arg(script).arg(keystead.get_program());
        limited.current_dir(shell.folder()).env_clear();
        for (name, value) in keystead.get_envs() {
            limited.env(name, value.unwrap());
        }
        let done = limited.stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{told}");
        assert!(told.contains("full.db"), "{told}");
        let after: Vec<_> =
            names(shell.folder()).into_iter().filter(|name| !before.contains(name)).collect();
        assert!(after.is_empty(), "{after:?}");
    })
    .await;
}
